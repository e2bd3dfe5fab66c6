"""A foreign AMQP 1.0 peer for InteroperabilityTests, on Qpid Proton's Python binding.

    amqp_peer.py receive COUNT            listens on a free port, prints it, prints what comes
    amqp_peer.py send PORT COUNT          sends COUNT messages to 127.0.0.1:PORT and prints the outcomes
"""
import sys

from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container


class Receive(MessagingHandler):
    def __init__(self, count):
        super().__init__()
        self.left = count

    def on_start(self, event):
        # Port 0 would do, but the acceptor does not tell what it got.
        import socket
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.acceptor = event.container.listen(f"127.0.0.1:{port}")
        print(f"port {port}", flush=True)

    def on_message(self, event):
        message = event.message
        print(f"message {message.id} {message.subject} {bytes(message.body).decode()} {message.properties['n']}", flush=True)
        self.left -= 1
        if self.left == 0:
            self.accept(event.delivery)
            self.acceptor.close()


class Send(MessagingHandler):
    def __init__(self, port, count):
        super().__init__()
        self.port, self.count, self.sent, self.settled = port, count, 0, 0

    def on_start(self, event):
        self.connection = event.container.connect(f"amqp://127.0.0.1:{self.port}", allowed_mechs="ANONYMOUS", reconnect=False)
        event.container.create_sender(self.connection, "from-python")

    def on_sendable(self, event):
        while event.sender.credit and self.sent < self.count:
            event.sender.send(Message(id=self.sent, body=b"x" * 3000, properties={"n": self.sent}))
            self.sent += 1

    def on_accepted(self, event):
        self.settle("accepted")

    def on_rejected(self, event):
        self.settle("rejected " + event.delivery.remote.condition.name)

    def settle(self, outcome):
        print(outcome, flush=True)
        self.settled += 1
        if self.settled == self.count:
            self.connection.close()


if sys.argv[1] == "receive":
    Container(Receive(int(sys.argv[2]))).run()
else:
    Container(Send(int(sys.argv[2]), int(sys.argv[3]))).run()
