#!/usr/bin/env python3
"""Devices that publish over MQTT 3.1.1 at QoS 1, and go on when the broker comes back.

    publisher.py PORT RECORD DEVICES RATE BYTES

Each event is {"device":"d3","n":17,"us":…,"pad":"…"} on devices/d3/messages/events; n counts up from 1
per device. RECORD gets a line "d3 17" for each one that the broker acknowledged: those, and no others,
were *sent*. What was under way when a connection broke is not published again: nobody can know whether
the broker has it, and it may arrive or not.

Each line on stdin is a JSON object: {"rate": 0} pauses, {"rate": 500} goes on, {"burst": 2000} publishes so
many at once, {"stop": true} ends once all is acknowledged. Prints {"done": N} after the Nth line, and
{"now": {"published": …, "acknowledged": …, "under_way": …, "commands": N}} as that changes.
"""

import json
import os
import select
import socket
import struct
import sys
import time

WINDOW = 1000
RECONNECT_S = 0.2
LAST_ACKNOWLEDGEMENTS_S = 30


def say(**what):
    print(json.dumps(what), flush=True)


def packet(first, body):
    length, head = len(body), bytearray([first])
    while True:
        length, digit = divmod(length, 128)
        head.append(digit | 128 if length else digit)
        if not length:
            return bytes(head) + body


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


class Publisher:
    def __init__(self, port, record, devices, rate, size):
        self.port, self.devices, self.rate, self.size = port, devices, rate, size
        self.record = open(record, "ab", buffering=1 << 16)
        self.socket, self.connected = None, False
        self.retry_at = 0.0
        self.out, self.input, self.commands = bytearray(), b"", b""
        self.under_way, self.identifier = {}, 0
        self.published = self.acknowledged = self.commands_done = 0
        self.owed, self.paced_at = 0.0, time.monotonic()
        self.stopping = None

    def connect(self):
        self.retry_at = time.monotonic() + RECONNECT_S
        try:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=1)
        except OSError:
            return
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.out = bytearray(packet(0x10, b"\0\4MQTT\4\2\0\0" + text(f"faults-publisher-{os.getpid()}")))

    def disconnect(self):
        if self.socket is not None:
            self.socket.close()
        self.socket, self.connected = None, False
        self.out.clear()
        self.input = b""
        self.under_way.clear()

    def publish_due(self):
        now = time.monotonic()
        # What is owed to the rate while there is no broker does not pile up; a burst is owed in full.
        self.owed = max(self.owed, min(self.owed + (now - self.paced_at) * self.rate, WINDOW))
        self.paced_at = now
        while self.owed >= 1 and self.connected and len(self.under_way) < WINDOW and len(self.out) < 1 << 20:
            self.owed -= 1
            self.publish()

    def publish(self):
        device, number = f"d{self.published % self.devices}", self.published // self.devices + 1
        self.published += 1
        self.identifier = self.identifier % 65535 + 1
        body = f'{{"device":"{device}","n":{number},"us":{time.monotonic_ns() // 1000},"pad":"'
        body = (body + "x" * max(0, self.size - len(body) - 2) + '"}').encode()
        topic = text(f"devices/{device}/messages/events")
        self.out += packet(0x32, topic + struct.pack(">H", self.identifier) + body)
        self.under_way[self.identifier] = (device, number)

    def exchange(self):
        if self.socket is None and time.monotonic() >= self.retry_at:
            self.connect()
        reading = [0] if self.socket is None else [0, self.socket]
        readable, writable, _ = select.select(reading, [self.socket] if self.out else [], [], 0.005)
        if 0 in readable:
            self.read_commands()
        try:
            if self.socket in writable:
                del self.out[:self.socket.send(self.out)]
            if self.socket is not None and self.socket in readable:
                self.read_packets()
        except OSError:
            self.disconnect()

    def read_packets(self):
        got = self.socket.recv(1 << 16)
        if not got:
            return self.disconnect()
        self.input += got
        # CONNACK and PUBACK, the only packets that come, are four bytes long.
        whole = len(self.input) - len(self.input) % 4
        for at in range(0, whole, 4):
            kind, _, high, low = self.input[at:at + 4]
            if kind == 0x20:
                self.connected = True
            elif kind == 0x40 and (event := self.under_way.pop(high << 8 | low, None)):
                self.record.write(b"%s %d\n" % (event[0].encode(), event[1]))
                self.acknowledged += 1
        self.record.flush()
        self.input = self.input[whole:]

    def read_commands(self):
        got = os.read(0, 1 << 16)
        *lines, self.commands = (self.commands + got).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "rate" in command:
                self.rate = command["rate"]
            self.owed += command.get("burst", 0)
            if "stop" in command and self.stopping is None:
                self.rate, self.stopping = 0, time.monotonic()
            self.commands_done += 1
            say(done=self.commands_done)
        if not got:
            raise SystemExit(0)

    def run(self):
        said, said_at = None, 0.0
        while True:
            self.exchange()
            self.publish_due()
            now = {"published": self.published, "acknowledged": self.acknowledged,
                   "under_way": len(self.under_way) + int(self.owed), "commands": self.commands_done}
            if now != said and time.monotonic() - said_at > 0.05:
                said, said_at = now, time.monotonic()
                say(now=now)
            if self.stopping is not None:
                late = time.monotonic() - self.stopping > LAST_ACKNOWLEDGEMENTS_S
                if late or (not self.under_way and self.owed < 1 and not self.out):
                    say(now=now)
                    return 1 if late else 0


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    sys.exit(Publisher(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])).run())
