"""A TCP proxy on loopback that can go silent: no byte passes either way, and nothing is closed."""

import os
import selectors
import socket
import threading

CHUNK = 64 * 1024


class Proxy:
    """Passes 127.0.0.1:`port` on to 127.0.0.1:`target`, in a thread of its own."""

    def __init__(self, port, target):
        self.port, self.target = port, target
        self._selector = selectors.DefaultSelector()
        self._silent = self._ending = self._cutting = False
        self._pairs = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self._wake_reader, self._wake_writer = os.pipe()
        self._changed = threading.Event()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def silence(self):
        """From now on nothing passes; who connects finds somebody who says nothing."""
        self._change(_silent=True)

    def speak(self, cut=False):
        """Everything passes again, with what waited. `cut`: what waited is dropped instead, and the old
        connections with it."""
        self._change(_silent=False, _cutting=cut)

    def close(self):
        self._change(_ending=True)
        self._thread.join(5)

    def _change(self, **state):
        self._changed.clear()
        for name, value in state.items():
            setattr(self, name, value)
        os.write(self._wake_writer, b"x")
        self._changed.wait(5)

    def _run(self):
        while not self._ending:
            for key, _ in self._selector.select():
                if key.fileobj == self._wake_reader:
                    self._adopt_change()
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    self._pass(key.fileobj, key.data)
        for end in (*self._pairs, self._listener):
            end.close()
        self._changed.set()

    def _adopt_change(self):
        os.read(self._wake_reader, 1024)
        if self._cutting:
            self._cutting = False
            for end in list(self._pairs):
                self._drop(end)
        for end in [*self._pairs, self._listener]:
            data = self._peers.get(end)
            registered = end in self._selector.get_map()
            if self._silent and registered:
                self._selector.unregister(end)
            elif not self._silent and not registered:
                self._selector.register(end, selectors.EVENT_READ, data)
        self._changed.set()

    @property
    def _peers(self):
        ends = self._pairs
        return {end: other for pair in zip(ends[::2], ends[1::2]) for end, other in (pair, pair[::-1])}

    def _accept(self):
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=2)
        except OSError:
            return near.close()
        far.settimeout(None)
        for end, other in ((near, far), (far, near)):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end, selectors.EVENT_READ, other)
        self._pairs += [near, far]

    def _pass(self, end, other):
        if end not in self._pairs:
            return
        try:
            got = end.recv(CHUNK)
            if got:
                return other.sendall(got)
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end):
        if end not in self._pairs:
            return
        for one in (end, self._peers[end]):
            if one in self._selector.get_map():
                self._selector.unregister(one)
            one.close()
            self._pairs.remove(one)
