"""A foreign AMQP 1.0 peer that keeps what it is sent, on Qpid Proton's Python binding."""

import queue
import threading

from proton.handlers import MessagingHandler
from proton.reactor import ApplicationEvent, Container, EventInjector

from rig import free_port


class Receiver(MessagingHandler):
    """Listens on loopback in a thread of its own; `next_message` gives one message after the other,
    with the address that it was sent to as `entity`."""

    def __init__(self):
        super().__init__(prefetch=1000)
        self.port = free_port()
        self._messages = queue.Queue()
        self._injector = EventInjector()
        self._started = threading.Event()
        self._connections = []
        self._thread = threading.Thread(target=lambda: Container(self).run(), daemon=True)
        self._thread.start()
        assert self._started.wait(10), "the AMQP receiver did not start"

    def on_start(self, event):
        event.container.selectable(self._injector)
        self._acceptor = event.container.listen(f"127.0.0.1:{self.port}")
        self._started.set()

    def on_message(self, event):
        event.message.entity = event.link.remote_target.address
        self._messages.put(event.message)

    def on_connection_opened(self, event):
        self._connections.append(event.connection)

    def on_finish(self, event):
        """The container runs until nothing is open."""
        self._acceptor.close()
        self._injector.close()
        for connection in self._connections:
            connection.close()

    def next_message(self, seconds=20):
        return self._messages.get(timeout=seconds)

    def close(self):
        self._injector.trigger(ApplicationEvent("finish"))
        self._thread.join(10)
