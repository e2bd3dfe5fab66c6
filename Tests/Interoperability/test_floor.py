"""The measuring device itself: what the receiver of crash test and benchmark counts."""

import json

import pytest
from proton import Message
from proton.utils import BlockingConnection

from rig import count_missing, read_record

TIMEOUT_S = 20


class Encoded:
    """A message as bytes, in place of a proton.Message."""

    def __init__(self, encoded):
        self.encoded = encoded

    def send(self, sender, tag=None):
        delivery = sender.delivery(tag or sender.delivery_tag())
        sender.stream(self.encoded)
        sender.advance()
        return delivery


def event(device, number):
    return Message(id=f"{device}-{number}", properties={"cloudEvents:subject": device}, inferred=True,
                   body=json.dumps({"device": device, "n": number}, separators=(",", ":")).encode())


def batch(*messages):
    """The body of a message with message-format 0x80013700: one data section a message."""
    encoded = b""
    for message in messages:
        inner = message.encode()
        encoded += b"\x00\x53\x75\xb0" + len(inner).to_bytes(4, "big") + inner
    return Encoded(encoded)


@pytest.fixture(params=("ANONYMOUS", "PLAIN"))
def count(rig, request, tmp_path):
    """count(messages) sends them and returns the receiver's summary and record."""

    def send_all(messages):
        record = tmp_path / "record.txt"
        receiver = rig.start_receiver(record=record, window=10)
        login = "user:secret@" if request.param == "PLAIN" else ""
        connection = BlockingConnection(f"amqp://{login}127.0.0.1:{receiver.port}", timeout=TIMEOUT_S,
                                        allowed_mechs=request.param)
        sender = connection.create_sender("telemetry")
        for message in messages:
            sender.send(message)
        connection.close()
        assert receiver.stop() == 0
        return receiver.said["summary"], read_record(record)

    return send_all


def test_each_number_is_counted_once(count):
    summary, record = count([event("d1", 1), event("d1", 2), event("d2", 1), event("d1", 2)])
    assert (summary["received"], summary["unique"], summary["duplicates"], summary["late"]) == (4, 3, 1, 0)
    assert record == {"d1": [(1, 2)], "d2": [(1, 1)]}


def test_a_first_arrival_behind_a_later_one_is_late(count):
    summary, _ = count([event("d1", 1), event("d1", 3), event("d1", 2), event("d1", 3), event("d1", 4)])
    assert (summary["unique"], summary["duplicates"], summary["late"]) == (4, 1, 1)


def test_a_gap_is_a_loss(count):
    _, record = count([event("d1", number) for number in (1, 2, 4, 5, 9)])
    assert count_missing({"d1": [(1, 9)]}, record) == (4, ["d1#3", "d1#6", "d1#7", "d1#8"])


def test_the_messages_of_a_batch_count_each(count):
    summary, record = count([batch(*(event("d1", number) for number in range(1, 51))), event("d1", 51)])
    assert (summary["deliveries"], summary["received"], summary["unreadable"]) == (2, 51, 0)
    assert record == {"d1": [(1, 51)]}


def test_what_is_not_an_event_is_reported(count):
    summary, _ = count([Message(body="text"), Message(body=b"no json", inferred=True), Encoded(b"\xff\x00"), event("d1", 1)])
    assert (summary["unreadable"], summary["unique"]) == (3, 1)
