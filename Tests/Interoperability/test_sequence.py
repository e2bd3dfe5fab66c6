"""`sequence` at the receiver: per subject from 1 by 1, without gap or repeat, whatever ends the bridge.

A message that the broker sends again after a crash may be journalled twice and is then two events
of its own number each; a journalled event may be delivered twice and keeps its number. So what is
judged is the numbering: no number belongs to two ids, and none is left out."""

import collections
import json
import signal
import subprocess

import pytest

from amqp_receiver import Receiver
from rig import find_program, find_twinroute, wait_for_session

MESSAGES, DEVICES = 12_000, 10


class Bridge:
    """A bridge that is killed and started again between the same broker and receiver."""

    def __init__(self, rig, mosquitto):
        self.rig, self.mosquitto = rig, mosquitto
        self.receiver = Receiver()
        self.received = set()
        self.starts = 0
        self.config = rig.folder / "bridge.yaml"
        self.config.write_text(json.dumps({
            "source": "sequence.example.net", "data": str(rig.folder / "data"),
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "sequence",
                      "sessionExpiry": "1h", "subscriptions": [
                          {"topic": "devices/{subject}/messages/events", "type": "telemetry"},
                          {"topic": "twins/{subject}/create", "type": "twin-create"},
                          {"topic": "twins/{subject}/update", "type": "twin-update"}]}],
            "endpoints": {"hub": {"type": "EventHub", "connectionString": f"amqp://127.0.0.1:{self.receiver.port}",
                                  "path": "sequence"}},
            "routes": [{"id": "all", "endpoint": "hub"}]}))
        self.start()
        wait_for_session(mosquitto.port, self.child)

    def start(self):
        self.starts += 1
        self.child = self.rig.start(f"twinroute-{self.starts}", [find_twinroute(), "serve", "--config", str(self.config)])

    def end(self, how):
        if how == signal.SIGKILL:
            self.child.kill()
        else:
            assert self.child.stop() == 0

    def next(self, subject=None):
        """(subject, sequence, id, body) of the next message, of that subject where one is named."""
        while True:
            message = self.receiver.next_message(60)
            header = message.properties
            assert header["cloudEvents:sequencetype"] == "Integer"
            if subject in (None, header["cloudEvents:subject"]):
                return (header["cloudEvents:subject"], int(header["cloudEvents:sequence"]), header["cloudEvents:id"],
                        bytes(message.body))

    def next_new(self, subject):
        """The next message of that subject that has not come before: one whose outcome was not on disk
        at a kill is delivered again, under the same id and number."""
        while True:
            message = self.next(subject)
            if message[2] not in self.received:
                self.received.add(message[2])
                return message

    def publish(self, topic, payload):
        subprocess.run([find_program("mosquitto_pub"), "-p", str(self.mosquitto.port), "-q", "1", "-t", topic, "-m", payload],
                       check=True, timeout=10)


@pytest.fixture
def bridge(rig, mosquitto):
    bridge = Bridge(rig, mosquitto)
    yield bridge
    bridge.receiver.close()


def test_no_number_is_skipped_or_used_twice_across_restarts_and_kills_under_load(rig, bridge):
    publisher = rig.start_publisher(bridge.mosquitto.port, rate=3000, devices=DEVICES, count=MESSAGES)
    ends = {1000: signal.SIGKILL, 3000: signal.SIGTERM, 5000: signal.SIGKILL, 7000: signal.SIGKILL}
    numbered = collections.defaultdict(lambda: collections.defaultdict(set))
    arrived, payloads = 0, set()
    while len(payloads) < MESSAGES:
        subject, sequence, identifier, body = bridge.next()
        if subject == "probe":
            continue
        numbered[subject][sequence].add(identifier)
        payloads.add((subject, json.loads(body)["n"]))
        arrived += 1
        if arrived in ends:
            bridge.end(ends[arrived])
            bridge.start()
    assert publisher.wait(30) == 0
    assert bridge.starts == len(ends) + 1 and len(numbered) == DEVICES
    for subject, sequences in numbered.items():
        assert sorted(sequences) == list(range(1, len(sequences) + 1)), subject
        assert all(len(identifiers) == 1 for identifiers in sequences.values()), subject
        assert len({identifier for identifiers in sequences.values() for identifier in identifiers}) == len(sequences)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_recreated_twin_starts_at_1_again_and_its_count_survives_a_restart(bridge, how):
    patch = '[{"op":"replace","path":"/a","value":1}]'

    def send(*actions):
        for action in actions:
            bridge.publish(f"twins/pump-1/{action}", "{}" if action == "create" else patch)

    def sequences(count):
        return [bridge.next_new("pump-1")[1] for _ in range(count)]

    def restart():
        # Once a later message of the same connection is here, the broker has the acknowledgement
        # of those before it and sends none of them again.
        bridge.publish("devices/last/messages/events", "1")
        bridge.next("last")
        bridge.end(how)
        bridge.start()

    send("update", "create", "update", "update")
    assert sequences(4) == [1, 1, 2, 3]
    restart()
    send("update", "create", "update")
    assert sequences(3) == [4, 1, 2]
    restart()
    send("update", "create")
    assert sequences(2) == [3, 1]
