"""An AMQP 1.0 receiver on Qpid Proton's Python binding that keeps each message's bytes as they came.

    raw_receiver.py FILE      listens on a free port of 127.0.0.1, accepts everything, and appends each
                              message to FILE as a line of hexadecimal digits

Prints {"listening": PORT}, and {"received": COUNT} after each message.
"""
import json
import socket
import sys

from proton import Delivery, Handler
from proton.reactor import Container

CREDIT = 1000


def say(**what):
    print(json.dumps(what), flush=True)


class RawReceiver(Handler):
    def __init__(self, file):
        super().__init__()
        self.file = file
        self.count = 0

    def on_reactor_init(self, event):
        # Port 0 would do, but the acceptor does not tell what it got.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.acceptor = event.container.listen(f"127.0.0.1:{port}")
        say(listening=port)

    def on_connection_remote_open(self, event):
        event.connection.open()

    def on_session_remote_open(self, event):
        event.session.open()

    def on_link_remote_open(self, event):
        event.link.source.copy(event.link.remote_source)
        event.link.target.copy(event.link.remote_target)
        event.link.open()
        event.link.flow(CREDIT)

    def on_link_remote_close(self, event):
        event.link.close()

    def on_connection_remote_close(self, event):
        event.connection.close()

    def on_delivery(self, event):
        delivery, link = event.delivery, event.link
        if not link.is_receiver or not delivery.readable or delivery.partial:
            return
        self.file.write(link.recv(delivery.pending).hex() + "\n")
        self.file.flush()
        delivery.update(Delivery.ACCEPTED)
        link.advance()
        delivery.settle()
        link.flow(CREDIT - link.credit)
        self.count += 1
        say(received=self.count)


with open(sys.argv[1], "w") as file:
    Container(RawReceiver(file)).run()
