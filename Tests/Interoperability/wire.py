"""Bytes on the wire, for a judge of another make: a relay that records what passes, and Wireshark's
dissector (tshark) on a capture file made of that. Nothing is captured from an interface, so nobody
needs rights for it."""

import socket
import struct
import subprocess
import threading
import xml.etree.ElementTree

from rig import find_program

CLIENT, SERVER = ("10.0.0.1", 40_000), ("10.0.0.2", 5672)
#: What one TCP segment of the capture carries at most.
SEGMENT_BYTES = 16_000


class Relay:
    """Between a client and `port` of this machine. `connections` holds the recorded bytes: for each
    connection a list of (is from the client, bytes) in their order."""

    def __init__(self, port):
        self._target = port
        self.connections = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            record = []
            with self._lock:
                self.connections.append(record)
            for source, sink, is_client in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pump, args=(source, sink, record, is_client), daemon=True).start()

    def _pump(self, source, sink, record, is_client):
        try:
            while data := source.recv(1 << 16):
                with self._lock:
                    record.append((is_client, data))
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._listener.close()

    def recorded(self):
        with self._lock:
            return [list(record) for record in self.connections]


def write_capture(path, connections):
    """A pcap file (version 2.4, Ethernet) with a made-up handshake and made-up headers around the bytes."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1))
        clock = 0
        for number, record in enumerate(connections):
            ends = ((CLIENT[0], CLIENT[1] + number), SERVER)
            sequences = [1000, 5000]

            def write(is_client, flags, payload=b""):
                nonlocal clock
                clock += 1
                me, other = (0, 1) if is_client else (1, 0)
                packet = _packet(ends[me], ends[other], sequences[me], sequences[other] if flags & 0x10 else 0, flags, payload)
                sequences[me] += len(payload) + (1 if flags & 0x02 else 0)
                file.write(struct.pack("<IIII", clock // 1000, clock % 1000 * 1000, len(packet), len(packet)) + packet)

            write(True, 0x02)
            write(False, 0x12)
            write(True, 0x10)
            for is_client, data in record:
                for start in range(0, len(data), SEGMENT_BYTES):
                    write(is_client, 0x18, data[start:start + SEGMENT_BYTES])


def _packet(source, target, sequence, acknowledged, flags, payload):
    tcp = struct.pack(">HHIIBBHHH", source[1], target[1], sequence, acknowledged, 5 << 4, flags, 0xFFFF, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(payload), 0, 0x4000, 64, 6, 0,
                     socket.inet_aton(source[0]), socket.inet_aton(target[0]))
    return bytes(12) + b"\x08\x00" + ip + tcp + payload


def tshark(capture, *options):
    # Checksums are not made up.
    command = [find_program("tshark"), "-r", str(capture), "-d", f"tcp.port=={SERVER[1]},amqp", "-o", "tcp.check_checksum:FALSE",
               "-o", "ip.check_checksum:FALSE", *options]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Frame:
    """A frame of AMQP as the dissector saw it."""

    def __init__(self, element, is_client):
        self._element = element
        self.is_client = is_client
        self.fields = [(field.get("name"), field.get("show"), field.get("value") or "") for field in element.iter("field")]

    def names(self):
        return [name for name, _, _ in self.fields]

    def show(self, name):
        """The first field of that name, or None. Performatives' arguments go by their last word."""
        wanted = (name, f"amqp.performative.arguments.{name}")
        return next((show for found, show, _ in self.fields if found in wanted), None)

    def texts(self, name):
        """Everything below the first field of that name, as the dissector words it."""
        top = next((field for field in self._element.iter("field") if field.get("name") == name), None)
        return [] if top is None else [field.get("showname") or field.get("show") or "" for field in top.iter("field")]

    @property
    def performative(self):
        return self.show("amqp.performative")

    def bytes_of(self, name):
        return [bytes.fromhex(value) for found, _, value in self.fields if found == name]


def frames(capture):
    """Every frame of a capture, in its order. The dissector must have understood all of it."""
    root = xml.etree.ElementTree.fromstring(tshark(capture, "-T", "pdml"))
    assert not [proto for proto in root.iter("proto") if proto.get("name") == "_ws.malformed"], "malformed frames"
    for packet in root.iter("packet"):
        source = next(field.get("show") for field in packet.iter("field") if field.get("name") == "ip.src")
        for element in packet.findall("proto"):
            if element.get("name") == "amqp":
                yield Frame(element, source == CLIENT[0])


def write_messages(path, messages):
    """A capture in which each message is the content of a transfer: so the dissector reads what it
    shows as mere bytes inside a data section."""
    record = [(True, b"AMQP\x00\x01\x00\x00")]
    for number, message in enumerate(messages):
        # handle 0, delivery-id, delivery-tag, message-format 0
        arguments = b"\x43" + struct.pack(">BI", 0x70, number) + b"\xa0\x01\x00" + b"\x43"
        performative = b"\x00\x53\x14\xc0" + bytes([len(arguments) + 1, 4]) + arguments
        body = struct.pack(">BBH", 2, 0, 0) + performative + message
        record.append((True, struct.pack(">I", len(body) + 4) + body))
    write_capture(path, [record])
