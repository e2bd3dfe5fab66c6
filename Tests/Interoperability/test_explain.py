"""`explain` shows what leaves: its message is, byte for byte, what a receiver of another make gets."""

import json
import subprocess

import pytest

from routed_bridge import RoutedBridge, decoded
from rig import find_twinroute, wait_until

ENDPOINTS = {"hub": {"type": "EventHub", "path": "telemetry"}, "topic": {"type": "ServiceBus", "path": "twin-events"}}
ROUTES = [{"id": "all", "endpoint": "hub"}, {"id": "large", "endpoint": "topic", "filter": "NOT ($body.n < 0)"}]
TOPIC = "devices/größe 1/messages/events"
CLOUD_EVENT = {"specversion": "1.0", "id": "e-1", "source": "/line/7", "type": "com.example.reading", "subject": "s",
               "time": "2026-11-21T08:00:00Z", "datacontenttype": "application/json", "severity": 4, "data": {"n": 1}}


def twinroute(*arguments, given=None):
    return subprocess.run([find_twinroute(), *map(str, arguments)], input=given, capture_output=True, timeout=60)


@pytest.fixture
def bridge(rig, mosquitto):
    return RoutedBridge(rig, mosquitto, ENDPOINTS, ROUTES)


def check(bridge, question, subject, payload=None):
    """What `explain` says with the id, time and trace that the receivers were sent."""
    for name, receiver in bridge.receivers.items():
        def messages():
            found = ((raw, decoded(raw)) for raw in receiver.raw_messages())
            return [(raw, one) for raw, one in found if one.properties.get("cloudEvents:subject") == subject]
        raw, message = wait_until(messages, 30, f"an event at {name}", bridge.child)[-1]
        attributes = message.properties
        done = twinroute(
            "explain", "--config", bridge.config, *question, "--id", attributes["cloudEvents:id"],
            "--time", attributes["cloudEvents:time"], "--trace-parent", attributes["cloudEvents:traceparent"],
            "--sequence", attributes["cloudEvents:sequence"], "--json", given=payload)
        assert done.returncode == 0, done.stderr
        image = next(one for one in json.loads(done.stdout)["endpoints"] if one["id"] == name)
        assert image["hex"] == raw.hex()
        assert image["size"] == len(raw)
        assert image["partitionKey"] == subject


@pytest.mark.parametrize("payload", ['{"n": 1}', "plain", "{\"größe\": \"ü\", \"n\": [1, 2, 3]}", '{"n": "' + "x" * 5000 + '"}'])
def test_telemetry(bridge, payload):
    bridge.publish(TOPIC, payload, properties=[("room", "kitchen"), ("größe", "ü")])
    question = ["--topic", TOPIC, "--property", "room=kitchen", "--property", "größe=ü", "--payload", "-"]
    check(bridge, question, "größe 1", payload.encode())


def test_a_twin_event(bridge):
    patch = '[{"op": "replace", "path": "/Temperature", "value": 31.5}]'
    bridge.publish("twins/room-1/update", patch)
    check(bridge, ["--topic", "twins/room-1/update", "--payload", patch], "room-1")


def test_a_cloud_event_from_a_file_and_from_standard_input(bridge, tmp_path):
    bridge.publish("events/s", json.dumps(CLOUD_EVENT))
    file = tmp_path / "event.json"
    file.write_text(json.dumps(CLOUD_EVENT))
    check(bridge, ["--event", file], "s")
    check(bridge, ["--event", "-"], "s", file.read_bytes())


def test_the_verdict_names_what_each_part_saw(bridge):
    done = twinroute("explain", "--config", bridge.config, "--topic", TOPIC, "--payload", '{"n": -1}', "--json")
    answer = json.loads(done.stdout)
    assert [(route["id"], route["delivers"]) for route in answer["routes"]] == [("all", True), ("large", False)]
    expression = answer["routes"][1]["expression"]
    assert expression["value"] is False
    comparison = expression["parts"][0]
    assert comparison["value"] is True and comparison["parts"][0]["text"] == "$body.n" and comparison["parts"][0]["value"] == -1
    assert [endpoint["id"] for endpoint in answer["endpoints"]] == ["hub"]
    text = twinroute("explain", "--config", bridge.config, "--topic", TOPIC, "--payload", '{"n": -1}').stdout.decode()
    assert "✗ large → topic" in text and "-1" in text and "\x1b" not in text


def test_without_a_configuration():
    done = twinroute("explain", "--topic", "devices/d/messages/events", "--payload", "{}", "--json")
    assert [endpoint["id"] for endpoint in json.loads(done.stdout)["endpoints"]] == ["telemetry", "twin-events", "grid-events"]


@pytest.mark.parametrize("arguments, code, words", [
    (["--topic", "nobody/reads/this"], 1, "devices/{subject}/messages/events"),
    (["--topic", "devices//telemetry"], 1, "empty-subject"),
    (["--event", "no-such-file"], 1, "no-such-file"),
    ([], 64, "--topic"),
    (["--topic", "a", "--event", "b"], 64, "--topic"),
    (["--topic", "a", "--time", "yesterday"], 64, "RFC 3339"),
    (["--topic", "a", "--trace-parent", "x"], 64, "traceparent"),
    (["--topic", "a", "--property", "x"], 64, "name=value"),
])
def test_what_cannot_be_explained_is_said(arguments, code, words):
    done = twinroute("explain", *arguments)
    assert done.returncode == code and words in done.stderr.decode(), done.stderr


def test_a_hostile_payload_moves_no_cursor():
    done = twinroute("explain", "--topic", "devices/d/messages/events", "--payload", "\x1b[2J\x07")
    assert done.returncode == 0 and b"\x1b" not in done.stdout and b"\\u{1b}" in done.stdout
