"""Every example message of the seeds, with values of our own (Tests/Fixtures/seeds): in over MQTT
through a real broker, out over AMQP to a foreign peer, and in every other form as `twinroute
formats` shows it. Each has exactly the documented fields, no more and no less."""

import json
import re
import subprocess

import pytest

from amqp_receiver import Receiver
from conftest import ROOT
from rig import Rig, find_program, find_twinroute, wait_for_session

FIXTURES = {file.stem: json.loads(file.read_text()) for file in sorted((ROOT / "Tests" / "Fixtures" / "seeds").glob("*.json"))}
KINDS = sorted({fixture["subscription"] for fixture in FIXTURES.values()})
ALONE = [name for name, fixture in FIXTURES.items() if fixture["subscription"] != "cloud-event"]
SOURCE = "bridge-7.example.net"


def template(kind):
    if kind.startswith("edge-"):
        return f"seeds/{kind}/{{subject}}/relationships/{{relationship}}/{{edge}}"
    return f"seeds/{kind}/" + ("#" if kind == "cloud-event" else "{subject}")


class Line:
    """mosquitto, the bridge and the foreign peer."""

    def __init__(self, rig):
        self.receiver = Receiver()
        self.broker = rig.start_mosquitto()
        subscriptions = [{"topic": template(kind), "type": kind} for kind in KINDS]
        subscriptions.append({"topic": "devices/{subject}/messages/events/{properties...}", "type": "telemetry"})
        self.config = rig.folder / "bridge.yaml"
        self.config.write_text(json.dumps({
            "source": SOURCE, "data": str(rig.folder / "data"),
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{self.broker.port}", "subscriptions": subscriptions}],
            "endpoints": {"hub": {"type": "EventHub", "connectionString": f"amqp://127.0.0.1:{self.receiver.port}",
                                  "path": "seeds"}},
            "routes": [{"id": "all", "endpoint": "hub"}]}))
        self.bridge = rig.start("twinroute", [find_twinroute(), "serve", "--config", str(self.config)])
        wait_for_session(self.broker.port, self.bridge)
        self.sequences = {}

    def publish(self, topic, payload, *options, version="5"):
        command = [find_program("mosquitto_pub"), "-V", version, "-p", str(self.broker.port), "-q", "1", "-t", topic]
        subprocess.run([*command, *options, *(["-m", payload] if payload else ["-n"])], check=True, timeout=20)

    def receive(self):
        """The next message that is not the probe."""
        while True:
            message = self.receiver.next_message()
            if message.properties["cloudEvents:subject"] != "probe":
                return message

    def next_sequence(self, header):
        """From 1 by 1 for each subject, and from 1 again where the event creates it."""
        subject = header["subject"]
        creates = header["type"].endswith((".Create", "Model.Upload"))
        self.sequences[subject] = 1 if creates else self.sequences.get(subject, 0) + 1
        return str(self.sequences[subject])


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("seeds")) as rig:
        line = Line(rig)
        yield line
        line.receiver.close()


def body_text(fixture):
    return "" if fixture["body"] is None else json.dumps(fixture["body"])


def structured_text(fixture):
    data = {} if fixture["body"] is None else {"data": fixture["body"]}
    return json.dumps({"specversion": "1.0", **fixture["event"], **data})


def binary_options(fixture):
    header = {"specversion": "1.0", **fixture["event"]}
    content_type = header.pop("datacontenttype", None)
    options = ["-D", "publish", "content-type", content_type] if content_type else []
    for name, value in header.items():
        options += ["-D", "publish", "user-property", name, value]
    return options


def amqp_image(message):
    """What the message has, in the words of the fixtures."""
    properties = {"message-id": message.id, "content-type": message.content_type, "subject": message.subject,
                  "reply-to": message.reply_to, "to": message.address, "correlation-id": message.correlation_id,
                  "group-id": message.group_id, "content-encoding": message.content_encoding}
    return {"message-annotations": {str(name): value for name, value in (message.annotations or {}).items()},
            # Proton's binding makes a symbol "None" of one that is absent.
            "properties": {name: str(value) for name, value in properties.items() if str(value or None) != "None"},
            "application-properties": dict(message.properties)}


def expected_amqp(line, fixture):
    expected = json.loads(json.dumps(fixture["expected"]["amqp"]))
    expected["application-properties"]["cloudEvents:sequence"] = line.next_sequence(fixture["expected"]["mqtt3"])
    return expected


def check_body(message, fixture):
    assert message.inferred, "the body is one data section"
    body = bytes(message.body)
    assert (json.loads(body) if body else None) == fixture["body"]


@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize("mode", ["structured over MQTT 3.1.1", "structured over MQTT 5", "binary over MQTT 5"])
def test_a_whole_event_comes_out_over_amqp_with_the_documented_fields(line, name, mode):
    fixture = FIXTURES[name]
    if mode == "binary over MQTT 5":
        line.publish(fixture["topic"], body_text(fixture), *binary_options(fixture))
    elif mode == "structured over MQTT 5":
        line.publish(fixture["topic"], structured_text(fixture), "-D", "publish", "content-type", "application/cloudevents+json")
    else:
        line.publish(fixture["topic"], structured_text(fixture), version="311")
    message = line.receive()
    assert amqp_image(message) == expected_amqp(line, fixture)
    check_body(message, fixture)


@pytest.mark.parametrize("version", ["311", "5"])
@pytest.mark.parametrize("name", ALONE)
def test_a_body_alone_gets_its_header_from_the_bridge(line, name, version):
    """What the publisher does not say is the bridge's: id, source, time and trace; subject, type
    and content type follow from the subscription."""
    fixture = FIXTURES[name]
    line.publish(fixture["topic"], body_text(fixture), version=version)
    message = line.receive()
    expected = expected_amqp(line, fixture)
    image = amqp_image(message)
    patterns = {"id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "traceparent": r"00-[0-9a-f]{32}-[0-9a-f]{16}-00",
                "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"}
    attributes = image["application-properties"]
    for attribute, pattern in patterns.items():
        assert re.fullmatch(pattern, attributes[f"cloudEvents:{attribute}"])
        expected["application-properties"][f"cloudEvents:{attribute}"] = attributes[f"cloudEvents:{attribute}"]
    expected["application-properties"]["cloudEvents:source"] = SOURCE
    for attribute in ("dataschema", "modelstatus", "updatereason"):
        expected["application-properties"].pop(f"cloudEvents:{attribute}", None)
    expected["properties"]["message-id"] = attributes["cloudEvents:id"]
    assert image == expected
    check_body(message, fixture)


def test_a_device_message_keeps_the_form_that_iot_hub_gives_it(line):
    bag = "$.mid=m-1&$.cid=c-1&$.ct=application%2Fjson&$.ce=utf-8&$.on=out&rotor=A%2FB&checked"
    line.publish(f"devices/nacelle-3/messages/events/{bag}", '{"yaw": 12.5}', version="311")
    message = line.receive()
    image = amqp_image(message)
    enqueued = image["message-annotations"].pop("iothub-enqueuedtime")
    assert type(enqueued).__name__ == "timestamp" and enqueued > 1_600_000_000_000
    assert image["message-annotations"] == {
        "x-opt-partition-key": "nacelle-3", "iothub-connection-device-id": "nacelle-3", "iothub-message-source": "Telemetry"}
    assert image["properties"] == {"message-id": "m-1", "correlation-id": "c-1", "content-type": "application/json",
                                   "content-encoding": "utf-8"}
    names = {"specversion", "id", "source", "type", "subject", "time", "traceparent", "sequence", "sequencetype"}
    properties = image["application-properties"]
    assert {name for name in properties if name.startswith("cloudEvents:")} == {f"cloudEvents:{name}" for name in names}
    assert properties["cloudEvents:type"] == "microsoft.iot.telemetry"
    own = {name: value for name, value in properties.items() if not name.startswith("cloudEvents:")}
    assert own == {"$.on": "out", "rotor": "A/B", "checked": None}
    assert bytes(message.body) == b'{"yaw": 12.5}'


@pytest.mark.parametrize("mode", ["structured", "binary"])
@pytest.mark.parametrize("name", FIXTURES)
def test_an_event_has_the_documented_fields_in_every_other_form(line, name, mode):
    fixture = FIXTURES[name]
    command = [find_twinroute(), "formats", "--config", str(line.config), "--json", "--topic", fixture["topic"]]
    if mode == "structured":
        command += ["--payload", structured_text(fixture)]
    else:
        header = {"specversion": "1.0", **fixture["event"]}
        content_type = header.pop("datacontenttype", None)
        command += ["--content-type", content_type] if content_type else []
        for attribute, value in header.items():
            command += ["--property", f"{attribute}={value}"]
        command += ["--payload", body_text(fixture)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    images, expected = json.loads(done.stdout), fixture["expected"]

    for key in ("amqp", "mqtt5", "http-binary"):
        body = images[key].pop("body")
        assert images[key] == expected[key]
        assert (json.loads(body) if body else None) == fixture["body"]
    assert json.loads(images["mqtt3"]["body"]) == expected["mqtt3"]
    assert images["http-structured"]["header"] == {"content-type": "application/cloudevents+json; charset=utf-8"}
    assert json.loads(images["http-structured"]["body"]) == expected["mqtt3"]
    assert json.loads(images["event-grid"]["body"]) == expected["event-grid"]


def test_every_type_that_a_subscription_may_have_is_among_the_examples():
    types = re.search(r"\| `type` \| one of (.*?) \| `telemetry`", (ROOT / "docs" / "configuration.md").read_text())[1]
    assert set(re.findall(r"`([a-z-]+)`", types)) == set(KINDS) | {"telemetry"}
