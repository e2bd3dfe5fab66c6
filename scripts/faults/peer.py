#!/usr/bin/env python3
"""An AMQP 1.0 far side that misbehaves when it is told to, on Qpid Proton's Python binding.

    peer.py PORT RECORD [BEHAVIOUR]

Listens on 127.0.0.1:PORT. Every delivery becomes a line in RECORD before its outcome leaves, so that
the file knows at least as much as the sender, whenever this is killed:

    kind TAB subject TAB sequence TAB id TAB device TAB n TAB microseconds since it was published

kind: A accepted, R rejected, B rejected because busy, L released, M modified, U modified and undeliverable
here, W under way when the link was detached because busy.

BEHAVIOUR and each line on stdin are JSON objects; what they name changes, the rest stays:

    {"credit": 0}                   how much credit links get
    {"delay_ms": 50}                outcomes come so late
    {"keys": ["one"]}               passwords that may sign in; null: everybody
    {"outcomes": [{"outcome": "rejected", "one_in": 50, "always": true,
                   "conditions": ["amqp:decode-error"], "description": "…"}]}
                                    rejected, released, modified or undeliverable; `always`: the same
                                    events each time they come, else one in so many deliveries
    {"refuse_links": "amqp:not-found"}     links are refused with that condition; null: not
    {"busy": {"seconds": 3, "by": "rejected"}}    from the next delivery on, for so long, answers
                                    com.microsoft:server-busy with a hint, by rejecting or detaching
    {"detach": "amqp:link:stolen", "level": "link"}    once: ends link, session or connection
    {"drop": true}                  once: resets all connections

Prints {"listening": PORT}, {"done": N} after the Nth line of stdin, and {"seen": {…}} as counts change.
"""

import collections
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time

from proton import Collector, Condition, Connection, Delivery, Endpoint, Event, Message, Transport

import sasl_plain

READ_BYTES = 64 * 1024
TICK_S = 0.05
EARLY_GRACE_S = 0.5  # what was sent before the hint was read is not held against the sender
DEFAULTS = {"credit": 500, "delay_ms": 0, "keys": None, "outcomes": [], "refuse_links": None, "busy": None}
OUTCOMES = {"rejected": (Delivery.REJECTED, "R"), "released": (Delivery.RELEASED, "L"),
            "modified": (Delivery.MODIFIED, "M"), "undeliverable": (Delivery.MODIFIED, "U")}
REDIRECT = {"hostname": "127.0.0.1", "network-host": "127.0.0.1", "port": 5672, "address": "telemetry"}


def say(**what):
    print(json.dumps(what), flush=True)


class Seen(dict):
    """Counts for whoever drives the peer."""

    def add(self, name, count=1):
        self[name] = self.get(name, 0) + count


class Peer:
    def __init__(self, port, record, behaviour):
        self.behaviour = DEFAULTS | behaviour
        self.record = open(record, "ab", buffering=1 << 20)
        self.port = port
        self.seen, self.said = Seen(), None
        self.commands = 0
        self.connections = set()
        self.deliveries = 0
        self.busy_from = self.busy_until = 0.0
        self.message = Message()
        self.selector = selectors.DefaultSelector()
        self.running = True

    # --- who may sign in -------------------------------------------------------------------

    def may_sign_in(self, user, password):
        keys = self.behaviour["keys"]
        allowed = keys is None or password in keys
        self.seen.add(f"{'signed in' if allowed else 'refused'} {password or 'anonymous'}")
        return allowed

    # --- what becomes of a delivery --------------------------------------------------------

    def verdict(self, event):
        """(delivery state, kind, condition, description)"""
        self.deliveries += 1
        now = time.monotonic()
        busy = self.behaviour["busy"]
        if busy is not None:
            self.behaviour["busy"] = None
            self.busy_by, self.busy_from, self.busy_until = busy["by"], now, now + busy["seconds"]
            self.busy_seconds = busy["seconds"]
        if now < self.busy_until:
            if now > self.busy_from + EARLY_GRACE_S:
                self.seen.add("too early")
            return Delivery.REJECTED, "B", *self.busy_condition()
        for rule in self.behaviour["outcomes"]:
            number = event.number if rule.get("always") else self.deliveries
            if number and number % rule["one_in"] == 0:
                state, kind = OUTCOMES[rule["outcome"]]
                conditions = rule.get("conditions")
                condition = conditions[number // rule["one_in"] % len(conditions)] if conditions else None
                return state, kind, condition, rule.get("description", "told to")
        return Delivery.ACCEPTED, "A", None, None

    def busy_condition(self):
        return ("com.microsoft:server-busy", "The request was terminated because the entity is being throttled. "
                f"Error code : 50002. Please wait {self.busy_seconds} seconds and try again.")

    # --- the loop --------------------------------------------------------------------------

    def run(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, lambda: self.accept(listener))
        os.set_blocking(0, False)
        self.input = b""
        self.selector.register(0, selectors.EVENT_READ, self.read_commands)
        say(listening=listener.getsockname()[1])
        while self.running:
            for key, _ in self.selector.select(self.patience()):
                key.data()
            now = time.monotonic()
            for connection in list(self.connections):
                connection.settle_due(now)
                connection.pump()
            if self.seen != self.said:
                self.said = dict(self.seen)
                say(seen=self.said)
        self.record.flush()

    def patience(self):
        due = [c.delayed[0][0] for c in self.connections if c.delayed]
        return max(0.0, min([TICK_S, *(moment - time.monotonic() for moment in due)]))

    def accept(self, listener):
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen.add("connections")
        self.connections.add(PeerConnection(self, sock))

    def read_commands(self):
        try:
            got = os.read(0, READ_BYTES)
        except BlockingIOError:
            return
        if not got:
            self.running = False
        *lines, self.input = (self.input + got).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))
            self.commands += 1
            say(done=self.commands)

    def obey(self, command):
        if "detach" in command:
            for connection in list(self.connections):
                connection.end(command.pop("level", "link"), command["detach"])
            del command["detach"]
        if command.pop("drop", False):
            for connection in list(self.connections):
                connection.reset()
        unknown = set(command) - set(DEFAULTS)
        if unknown:
            raise SystemExit(f"peer: unknown behaviour: {', '.join(sorted(unknown))}")
        self.behaviour |= command
        for connection in self.connections:
            connection.grant_all()


class Arrived:
    """What one delivery carries."""

    def __init__(self, message, data):
        message.decode(data)
        header = message.properties or {}
        self.subject = header.get("cloudEvents:subject", "")
        self.sequence = header.get("cloudEvents:sequence", "")
        self.id = header.get("cloudEvents:id", "")
        try:
            body = json.loads(bytes(message.body))
        except (TypeError, ValueError):
            body = {}
        self.device, self.number = body.get("device", ""), body.get("n", 0)
        self.microseconds = time.monotonic_ns() // 1000 - body["us"] if "us" in body else 0

    def line(self, kind):
        return (f"{kind}\t{self.subject}\t{self.sequence}\t{self.id}\t{self.device}\t{self.number}\t"
                f"{self.microseconds}\n").encode()


class PeerConnection:
    def __init__(self, peer, sock):
        self.peer, self.sock = peer, sock
        self.delayed = collections.deque()
        self.links = set()
        self.transport = Transport(Transport.SERVER)
        self.transport.idle_timeout = 240  # reference: what Event Hubs asks for
        self.transport.sasl()
        self.connection = Connection()
        self.connection.container = "peer"
        self.collector = Collector()
        self.connection.collect(self.collector)
        self.transport.bind(self.connection)
        self.alive, self.mask = True, selectors.EVENT_READ
        peer.selector.register(sock, self.mask, self.on_ready)

    def on_ready(self):
        self.read()
        self.pump()

    def read(self):
        capacity = self.transport.capacity()
        if capacity <= 0:
            return
        try:
            got = self.sock.recv(min(capacity, READ_BYTES))
        except BlockingIOError:
            return
        except OSError:
            return self.close()
        if got:
            self.transport.push(got)
        else:
            self.transport.close_tail()

    def pump(self):
        """Events, then bytes: until there is nothing of either."""
        while self.alive:
            self.dispatch()
            self.transport.tick(time.monotonic())
            pending = self.transport.pending()
            if pending <= 0:
                if pending < 0:
                    self.close()
                break
            # The record first: what the sender hears of is in the file.
            self.peer.record.flush()
            try:
                sent = self.sock.send(self.transport.peek(pending))
            except BlockingIOError:
                break
            except OSError:
                return self.close()
            self.transport.pop(sent)
        if self.alive:
            mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.transport.pending() > 0 else 0)
            if mask != self.mask:
                self.mask = mask
                self.peer.selector.modify(self.sock, mask, self.on_ready)

    def close(self):
        if self.alive:
            self.alive = False
            self.delayed.clear()
            self.peer.connections.discard(self)
            self.peer.selector.unregister(self.sock)
            self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    # --- AMQP ------------------------------------------------------------------------------

    def dispatch(self):
        while (event := self.collector.peek()) is not None:
            kind = event.type
            if kind == Event.DELIVERY:
                self.receive(event.link)
            elif kind == Event.CONNECTION_REMOTE_OPEN:
                event.connection.open()
            elif kind == Event.SESSION_REMOTE_OPEN:
                event.session.open()
            elif kind == Event.LINK_REMOTE_OPEN:
                self.attach(event.link)
            elif kind in (Event.LINK_REMOTE_CLOSE, Event.LINK_REMOTE_DETACH):
                self.links.discard(event.link)
                event.link.close()
            elif kind == Event.SESSION_REMOTE_CLOSE:
                event.session.close()
            elif kind == Event.CONNECTION_REMOTE_CLOSE:
                event.connection.close()
            self.collector.pop()

    def attach(self, link):
        peer = self.peer
        refusal = (peer.behaviour["refuse_links"], "told to") if peer.behaviour["refuse_links"] else None
        if time.monotonic() < peer.busy_until:
            refusal = peer.busy_condition()
            if time.monotonic() > peer.busy_from + EARLY_GRACE_S:
                peer.seen.add("too early")
        peer.seen.add("links refused" if refusal else "links")
        if refusal:
            # AMQP 1.0, 2.6.3: an attach without a target, and the detach that says why.
            link.open()
            link.condition = condition(*refusal)
            link.close()
            return
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        link.open()
        self.links.add(link)
        self.grant(link)

    def grant(self, link):
        missing = self.peer.behaviour["credit"] - link.credit
        if link.is_receiver and link.state & Endpoint.LOCAL_ACTIVE and missing > 0:
            link.flow(missing)

    def grant_all(self):
        for link in self.links:
            self.grant(link)

    def receive(self, link):
        while (delivery := link.current) is not None and delivery.readable and not delivery.partial:
            data = link.recv(delivery.pending)
            link.advance()
            if not link.state & Endpoint.LOCAL_ACTIVE:
                continue  # under way when we detached
            event = Arrived(self.peer.message, data)
            state, kind, *why = self.peer.verdict(event)
            if kind == "B" and self.peer.busy_by == "detach":
                self.peer.record.write(event.line("W"))
                self.end("link", *why)
                return
            if self.peer.behaviour["delay_ms"] or self.delayed:  # outcomes keep the order of arrival
                due = time.monotonic() + self.peer.behaviour["delay_ms"] / 1000
                self.delayed.append((due, link, delivery, event, state, kind, why))
            else:
                self.settle(delivery, event, state, kind, why)
        self.grant(link)

    def settle_due(self, now):
        while self.delayed and self.delayed[0][0] <= now:
            _, link, *rest = self.delayed.popleft()
            if link in self.links:
                self.settle(*rest)
                self.grant(link)

    def settle(self, delivery, event, state, kind, why):
        self.peer.record.write(event.line(kind))
        if state == Delivery.REJECTED and why[0]:
            delivery.local.condition = condition(*why)
        if state == Delivery.MODIFIED:
            delivery.local.failed = True
            delivery.local.undeliverable = kind == "U"
        delivery.update(state)
        delivery.settle()

    def end(self, level, name, description="told to"):
        ends = {"link": list(self.links), "session": {link.session for link in self.links},
                "connection": [self.connection]}[level]
        for endpoint in ends:
            endpoint.condition = condition(name, description)
            endpoint.close()
        if level != "link" or ends:
            self.peer.seen.add("ended by us")
        self.links.clear()
        self.delayed.clear()


def condition(name, description):
    return Condition(name, description, REDIRECT if name == "amqp:link:redirect" else None)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    peer = Peer(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) == 4 else {})
    sasl_plain.install(peer.may_sign_in)
    signal.signal(signal.SIGTERM, lambda *_: setattr(peer, "running", False))
    peer.run()


if __name__ == "__main__":
    main()
