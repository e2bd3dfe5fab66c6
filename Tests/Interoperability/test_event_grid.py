"""mosquitto → bridge → an Event Grid topic over HTTPS that checks all and fails as told: nothing is
lost, every subject stays in order, and what can never be taken is in the dead letters."""

import datetime
import json
import signal
import subprocess
import urllib.request

import cloudevents.v1.http
import pytest

from azure.core.credentials import AzureKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, EventGridPublisherClient, generate_sas

from conftest import twinroute
from event_grid_topic import Answer, Topic
from firewall import HTTP2Nginx, Tinyproxy
from rabbitmq import make_certificates
from rig import find_program, find_twinroute, free_port, wait_for_session, wait_until

KEYS = ["Zmlyc3Qga2V5IG9mIHRoZSB0b3BpYw==", "c2Vjb25kIGtleSBvZiB0aGUgdG9waWM="]
DEVICES = 10


class Bridge:
    def __init__(self, rig, mosquitto, topic, **endpoint):
        self.mosquitto, self.topic, self.http = mosquitto, topic, free_port()
        self.config = rig.folder / "bridge.yaml"
        self.sent = {}
        self.definition = {"type": "EventGrid", "connectionString": KEYS[0], "secondaryConnectionString": KEYS[1],
                           "path": f"localhost:{topic.port}", "tls": {"ca": str(topic.certificate)}, **endpoint}
        self.folder = rig.folder
        self.write()
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", self.config])
        wait_for_session(mosquitto.port, self.child)

    def write(self):
        self.config.write_text(json.dumps({
            "source": "grid.example.net", "data": str(self.folder / "data"), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{self.mosquitto.port}", "clientID": "grid", "sessionExpiry": "1h", "maximumPayload": "4MiB",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events/{properties...}", "type": "telemetry", "annotations": False}]}],
            "endpoints": {"topic": self.definition}, "routes": [{"id": "all", "endpoint": "topic"}]}))

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as answer:
            return json.load(answer)

    def status(self):
        return self.get("/status")["endpoints"][0]

    def publish(self, count, devices=DEVICES):
        done = twinroute("publish", "--port", self.mosquitto.port, "--count", count, "--devices", devices, "--rate", 0, "--json")
        assert done.returncode == 0, done.stderr
        for device in range(1, devices + 1):
            self.sent[f"device-{device}"] = self.sent.get(f"device-{device}", 0) + count // devices

    def publish_one(self, subject, payload, bag=""):
        subprocess.run([find_program("mosquitto_pub"), "-p", str(self.mosquitto.port), "-q", "1", "-s",
                        "-t", f"devices/{subject}/messages/events/{bag}"], input=payload.encode(), check=True, timeout=10)

    def has_delivered(self, letters=0):
        status = self.status()
        books = status["books"]
        return status["waiting"] == 0 and books["received"] > sum(self.sent.values()) and books["deadLettered"] == letters

    def check(self, letters=0, seconds=60):
        """Everything arrived, in order per subject, and the books say so."""
        wait_until(lambda: self.has_delivered(letters), seconds, "all events", self.child)
        numbers = {}
        for event in self.topic.events:
            if event["subject"].startswith("device-"):
                sequence = event["sequence"] if "specversion" in event else event["data"]["sequence"]
                numbers.setdefault(event["subject"], []).append(int(sequence))
        for subject, count in self.sent.items():
            first = list(dict.fromkeys(numbers[subject]))
            assert len(first) == count and first == sorted(first), f"{subject}: the first copies, in order"
        assert self.status()["books"]["unaccounted"] == 0


@pytest.fixture
def topic(rig):
    topic = Topic(rig.folder, KEYS)
    yield topic
    topic.close()


OUTCOMES = {
    "unauthorized": Answer(401, count=2),
    "forbidden": Answer(403),
    "not-found": Answer(404),
    "timed-out": Answer(408),
    "throttled": Answer(429, {"Retry-After": "1"}, count=2),
    "failed": Answer(500, count=2),
    "bad-gateway": Answer(502),
    "busy": Answer(503, {"Retry-After": "1"}),
    "reset": Answer(how="reset", count=2),
    "reset-after-it-was-taken": Answer(how="reset", taking=True, count=2),
    "half-an-answer": Answer(how="half", taking=True),
    "slow": Answer(how="slow", taking=True, seconds=2),
    "redirect": Answer(307, {"Location": "https://elsewhere.example.net/"}),
    "web-page": Answer(200, {"Content-Type": "text/html"}, body=b"<html>Welcome</html>"),
    "web-page-of-a-gateway": Answer(503, {"Content-Type": "text/html"}, body=b"<html>Sorry</html>"),
}


@pytest.mark.parametrize("schema", ["EventGrid", "CloudEvents"])
def test_every_outcome(rig, mosquitto, schema):
    topic = Topic(rig.folder, KEYS, schema)
    bridge = Bridge(rig, mosquitto, topic, schema=schema)
    for name, answer in OUTCOMES.items():
        topic.answer(answer)
        bridge.publish(200)
        try:
            wait_until(lambda: topic.script_is_over, 30, name, bridge.child)
            bridge.check()
        except Exception as error:
            raise AssertionError(f"after {name}: {error}") from error
    assert len(topic.events) >= 200 * len(OUTCOMES)
    topic.close()


def test_a_topic_that_takes_less_than_it_says(rig, mosquitto, topic):
    topic.maximum_bytes = 3_000
    topic.answer(Answer(503, {"Retry-After": "1"}, count=4))
    bridge = Bridge(rig, mosquitto, topic)
    bridge.publish(200)
    bridge.check()
    assert topic.refusals[413] > 0


def test_the_guilty_event_alone_is_a_dead_letter(rig, mosquitto, topic):
    topic.is_poison = lambda event: "poison" in json.dumps(event["data"])
    bridge = Bridge(rig, mosquitto, topic)
    topic.answer(Answer(503, {"Retry-After": "1"}, count=4))
    bridge.publish(100)
    for number in range(3):
        bridge.publish_one("device-1", json.dumps({"poison": number}))
        bridge.publish(100)
    bridge.check(letters=3)
    letters = bridge.get("/deadletters")["value"]
    assert {letter["condition"] for letter in letters} == {"http:400"}
    assert all("not wanted" in letter["description"] for letter in letters)
    assert topic.refusals[400] > 0


def test_what_no_topic_can_take(rig, mosquitto, topic):
    """A body that is no JSON, and one that is too large: dead letters with the reason, and the rest goes on."""
    bridge = Bridge(rig, mosquitto, topic)
    bridge.publish_one("odd", "this is no JSON")
    bridge.publish_one("large", json.dumps({"text": "x" * 1_100_000}))
    bridge.publish(50)
    bridge.check(letters=2)
    conditions = {letter["condition"] for letter in bridge.get("/deadletters")["value"]}
    assert conditions == {"twinroute:cannot-be-written", "message-too-large"}


def test_long_names_go_through(rig, mosquitto, topic):
    bridge = Bridge(rig, mosquitto, topic)
    subject = "s" * 60_000
    bridge.publish_one(subject, "{}")
    wait_until(lambda: any(event["subject"] == subject for event in topic.events), 20, "the event", bridge.child)


def test_batches_are_full_and_within_the_limits(rig, mosquitto, topic):
    topic.answer(Answer(503, {"Retry-After": "2"}, count=4))
    bridge = Bridge(rig, mosquitto, topic)
    bridge.publish(10_000, devices=100)
    bridge.check()
    events, sizes = zip(*topic.requests)
    assert max(sizes) <= 1_000_000 and max(events) <= 5000
    assert sum(events) / len(events) > 20, topic.requests


def test_keys_rotate_under_load(rig, mosquitto, topic):
    """As the service's own documentation rotates: the second key, a new first one, and back."""
    bridge = Bridge(rig, mosquitto, topic)
    bridge.publish(1000)
    topic.keys = [KEYS[1]]  # the first one is made anew
    bridge.publish(1000)
    bridge.check()
    assert bridge.status()["keyInUse"] == "secondary"
    fresh = "YSBuZXcgZmlyc3Qga2V5IQ=="
    topic.keys = [fresh, KEYS[1]]
    bridge.definition["connectionString"] = fresh
    bridge.write()
    bridge.child.process.send_signal(signal.SIGHUP)
    topic.keys = [fresh]  # now the second one
    bridge.publish(1000)
    bridge.check()


@pytest.mark.parametrize("auth", ["token", "plain"])
def test_a_token_is_signed_here_or_the_key_sent(rig, mosquitto, topic, auth):
    bridge = Bridge(rig, mosquitto, topic, auth=auth)
    bridge.publish(100)
    bridge.check()
    assert topic.events and not topic.refusals
    assert topic.ways == {{"token": "aeg-sas-token", "plain": "aeg-sas-key"}[auth]}


def test_a_topic_with_a_custom_input_schema(rig, mosquitto):
    mapping = {"id": "uid", "subject": "device", "eventType": "kind", "eventTime": "at", "dataVersion": "version"}
    topic = Topic(rig.folder, KEYS, "Custom", mapping=mapping)
    bridge = Bridge(rig, mosquitto, topic, schema="Custom", fields=mapping)
    bridge.publish_one("pump-1", json.dumps({"temp": 21.5}))

    def found():
        return [event for event in topic.events if event["device"] == "pump-1"]

    wait_until(found, 20, "the event", bridge.child)
    event = found()[0]
    assert (event["kind"], event["version"], event["data"]["data"]) == ("microsoft.iot.telemetry", "1.0", {"temp": 21.5})
    assert set(event) == {*mapping.values(), "data"} and not topic.refusals
    topic.close()


def test_through_a_proxy_that_wants_a_login(rig, mosquitto, topic):
    proxy = Tinyproxy(rig, [topic.port], ("plant", "tunnel"))
    bridge = Bridge(rig, mosquitto, topic, proxy=proxy.url("plant", "wrong"))
    bridge.publish(100)
    wait_until(lambda: "the proxy" in bridge.status().get("lastFailure", ""), 20, "the refusal", bridge.child)
    assert not topic.events
    bridge.definition["proxy"] = proxy.url("plant", "tunnel")
    bridge.write()
    bridge.child.process.send_signal(signal.SIGHUP)
    bridge.check()
    assert proxy.tunnels() > 1


def test_the_environments_proxy_is_not_for_plain_text_on_this_machine(rig, mosquitto, monkeypatch):
    """Which would take the key off it."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    topic = Topic(rig.folder, KEYS, tls=False)
    bridge = Bridge(rig, mosquitto, topic, path=f"http://127.0.0.1:{topic.port}", tls={})
    bridge.publish(100)
    bridge.check()
    topic.close()


def test_over_http_2(rig, mosquitto, topic):
    """Debian's nginx offers it; what refuses events, and batches, are as over HTTP/1.1."""
    certificates = make_certificates(rig.folder / "certificates")
    nginx = HTTP2Nginx(rig, topic.port, certificates)
    topic.is_poison = lambda event: "poison" in json.dumps(event["data"])
    topic.answer(Answer(503, {"Retry-After": "1"}, count=2))
    bridge = Bridge(rig, mosquitto, topic, path=f"localhost:{nginx.port}", auth="plain", tls={"ca": f"{certificates}/ca.pem"})
    bridge.publish(500)
    bridge.publish_one("device-1", json.dumps({"poison": 1}))
    bridge.publish(500)
    bridge.check(letters=1)
    assert set(nginx.requests()) == {"HTTP/2.0"}


@pytest.mark.parametrize("schema", ["EventGrid", "CloudEvents"])
def test_the_official_publisher_gets_along_with_the_test_topic(rig, monkeypatch, schema):
    """So that the topic is honest."""
    topic = Topic(rig.folder, KEYS, schema)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(topic.certificate))
    address = f"https://localhost:{topic.port}/api/events"
    event = (EventGridEvent("subject", "type", {"n": 1}, "1.0") if schema == "EventGrid"
             else CloudEvent(source="s", type="t", data={"n": 1}))
    token = generate_sas(address, KEYS[1], datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5))

    def publisher(credential):
        return EventGridPublisherClient(address, credential, retry_total=0)

    for credential in (AzureKeyCredential(KEYS[0]), AzureSasCredential(token)):
        with publisher(credential) as client:
            client.send(event)
            client.send([event] * 3)
    assert len(topic.events) == 8
    with publisher(AzureKeyCredential("bm8=")) as client:
        with pytest.raises(ClientAuthenticationError):
            client.send(event)
    topic.is_poison = lambda event: True
    with publisher(AzureKeyCredential(KEYS[0])) as client:
        with pytest.raises(HttpResponseError):
            client.send(event)
    topic.close()


@pytest.mark.parametrize("schema", ["EventGrid", "CloudEvents"])
def test_official_parsers_read_what_we_send(rig, mosquitto, schema):
    topic = Topic(rig.folder, KEYS, schema)
    bridge = Bridge(rig, mosquitto, topic, schema=schema)
    bridge.publish_one("pump-1", json.dumps({"temp": 21.5}), bag="site=north")

    def found():
        return [event for event in topic.events if event["subject"] == "pump-1"]

    wait_until(found, 20, "the event", bridge.child)
    raw = found()[0]
    if schema == "EventGrid":
        event = EventGridEvent.from_json(json.dumps(raw))
        assert (event.subject, event.event_type, event.data_version) == ("pump-1", "microsoft.iot.telemetry", "1.0")
        assert event.data["data"] == {"temp": 21.5} and event.data["sequence"] == "1"
        assert event.data["properties"]["site"] == "north"
    else:
        event = CloudEvent.from_json(json.dumps(raw))
        assert (event.subject, event.type, event.source) == ("pump-1", "microsoft.iot.telemetry", "grid.example.net")
        assert event.data == {"temp": 21.5} and event.extensions["sequence"] == "1"
        other = cloudevents.v1.http.from_json(json.dumps(raw))
        assert other["subject"] == "pump-1" and other.data == {"temp": 21.5}
    topic.close()
