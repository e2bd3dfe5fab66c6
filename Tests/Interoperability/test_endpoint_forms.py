"""What an endpoint's `body` and `partitionBy` make of an event, and a broker's `maximumPayload` and a
subscription's `annotations`, seen by a foreign AMQP peer."""

import json
import subprocess

import pytest

from amqp_receiver import Receiver
from rig import find_program, find_twinroute, wait_for_session, wait_until

ENDPOINTS = {
    "plain": {"type": "EventHub"},
    "compact": {"type": "ServiceBus", "body": "cbor", "partitionBy": "attribute:type"},
    "whole": {"type": "EventHub", "body": "protobuf", "partitionBy": "none"},
}


@pytest.fixture
def bridge(rig, mosquitto):
    receiver = Receiver()
    config = rig.folder / "bridge.yaml"
    config.write_text(json.dumps({
        "source": "forms.example.net", "data": str(rig.folder / "data"),
        "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "maximumPayload": "1KiB", "subscriptions": [
            {"topic": "devices/{subject}/messages/events/{properties...}", "annotations": False}]}],
        "endpoints": {name: {"connectionString": f"amqp://127.0.0.1:{receiver.port}", "path": name, **endpoint}
                      for name, endpoint in ENDPOINTS.items()},
        "routes": [{"id": name, "endpoint": name} for name in ENDPOINTS]}))
    bridge = rig.start("twinroute", [find_twinroute(), "serve", "--config", str(config)])
    wait_for_session(mosquitto.port, bridge)

    def publish(subject, payload):
        subprocess.run([find_program("mosquitto_pub"), "-p", str(mosquitto.port), "-q", "1",
                        "-t", f"devices/{subject}/messages/events", "-m", payload], check=True, timeout=10)

    def receive(subject, count):
        """The next messages of the subject, by entity."""
        messages = {}
        while len(messages) < count:
            message = receiver.next_message()
            if message.properties["cloudEvents:subject"] == subject:
                messages[message.entity] = message
        return messages

    bridge.publish, bridge.receive = publish, receive
    yield bridge
    receiver.close()


def test_each_endpoint_gets_its_own_form(bridge):
    bridge.publish("pump-1", '{"a":1}')
    messages = bridge.receive("pump-1", len(ENDPOINTS))
    plain, compact, whole = (messages[name] for name in ENDPOINTS)

    assert (plain.content_type, bytes(plain.body)) == ("application/json", b'{"a":1}')
    assert plain.annotations == {"x-opt-partition-key": "pump-1"} and plain.group_id is None

    assert (compact.content_type, bytes(compact.body)) == ("application/cbor", b"\xa1\x61a\x01")
    assert compact.annotations == {"x-opt-partition-key": "microsoft.iot.telemetry"}
    assert compact.group_id == "microsoft.iot.telemetry"

    assert whole.content_type == "application/cloudevents+protobuf"
    assert whole.properties["cloudEvents:id"].encode() in bytes(whole.body)
    assert not whole.annotations and whole.group_id is None


def test_a_body_that_an_endpoint_cannot_write_costs_that_event_there(bridge):
    """The device claims nothing and the first byte looks like JSON: as JSON it leaves as it came."""
    bridge.publish("pump-2", "{broken")
    bridge.publish("pump-3", '{"a":1}')
    assert set(bridge.receive("pump-3", len(ENDPOINTS))) == set(ENDPOINTS)
    for name in ("compact", "whole"):
        wait_until(lambda: any("dead letters" in line and name in line and "twinroute:cannot-be-written" in line
                               and "claims to be JSON" in line for line in bridge.log().splitlines()),
                   10, f"the reason of {name}", bridge)


def test_a_payload_above_the_brokers_limit_is_refused(bridge):
    bridge.publish("pump-4", "x" * 1025)
    bridge.publish("pump-4", "y" * 1024)
    assert bytes(bridge.receive("pump-4", len(ENDPOINTS))["plain"].body) == b"y" * 1024
    wait_until(lambda: "1025 bytes and the limit is 1024" in bridge.log(), 10, "the refusal's reason", bridge)
