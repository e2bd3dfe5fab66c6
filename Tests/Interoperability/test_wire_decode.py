"""The bytes between bridge and namespace, read by Wireshark's AMQP dissector: frames, batches and the
messages in them are as the documentation of Event Hubs and Service Bus has them."""

import json

import pytest

from conftest import twinroute
from namespace_rig import Namespace
from rig import find_twinroute, wait_for_session, wait_until
from wire import Relay, frames, write_capture, write_messages

BATCH = "2147563264"  # 0x80013700
OPEN, BEGIN, ATTACH, FLOW, TRANSFER = "16", "17", "18", "19", "20"
SECTIONS = {"amqp.header": "header", "amqp.deliveryAnnotations": "delivery-annotations", "amqp.messageAnnotations": "message-annotations",
            "amqp.properties": "properties", "amqp.applicationProperties": "application-properties", "amqp.data": "data",
            "amqp.value": "value", "amqp.sequence": "sequence", "amqp.footer": "footer"}
COUNT, DEVICES = 60, 3
SUBJECTS = {f"device-{device}" for device in range(1, DEVICES + 1)}
#: More partitions than links can be had for: the hub's batches then go by key.
MANY = 256


class Run:
    """What went over the wire of one endpoint."""

    def __init__(self, rig, mosquitto, endpoint, *options):
        namespace = Namespace(rig, *options)
        relay = Relay(namespace.port)
        config = rig.folder / "bridge.yaml"
        place = f"Endpoint=sb://127.0.0.1:{relay.port};SharedAccessKeyName=rule;SharedAccessKey=key;UseDevelopmentEmulator=true"
        config.write_text(json.dumps({
            "source": "wire.example.net", "data": str(rig.folder / "data"),
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "wire",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            # Lingers, so that what is published at once is one batch.
            "endpoints": {"there": {"path": "entity", "connectionString": place, "batch": {"linger": "500ms"}, **endpoint}},
            "routes": [{"id": "all", "endpoint": "there"}]}))
        bridge = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
        wait_for_session(mosquitto.port, bridge)
        done = twinroute("publish", "--port", mosquitto.port, "--count", COUNT, "--devices", DEVICES, "--rate", 0, "--json")
        assert done.returncode == 0, done.stderr
        wait_until(lambda: namespace.events("entity") >= COUNT + 1, 30, "all events", bridge)
        bridge.stop()
        relay.close()
        self.capture = rig.folder / "wire.pcap"
        write_capture(self.capture, relay.recorded())
        self.frames = list(frames(self.capture))
        self.batches = [frame for frame in self.frames if frame.performative == TRANSFER and frame.show("messageFormat") == BATCH]
        inside = rig.folder / "inside.pcap"
        write_messages(inside, [data for batch in self.batches for data in batch.bytes_of("amqp.data")])
        self.messages = [frame for frame in frames(inside) if frame.performative == TRANSFER]

    def sent(self, performative):
        return [frame for frame in self.frames if frame.is_client and frame.performative == performative]


def sections(frame):
    return [SECTIONS[name] for name in frame.names() if name in SECTIONS]


def pairs(frame, section):
    """The entries of a map section: 'name (str8-utf8): value'."""
    entries = (text.split(": ", 1) for text in frame.texts(section)[1:])
    return {entry[0].split(" (")[0]: entry[1] for entry in entries if len(entry) == 2}


@pytest.fixture
def hub(rig, mosquitto):
    return Run(rig, mosquitto, {"type": "EventHub"})


@pytest.fixture
def keyed_hub(rig, mosquitto):
    return Run(rig, mosquitto, {"type": "EventHub"}, "--partitions", MANY)


@pytest.fixture
def queue(rig, mosquitto):
    return Run(rig, mosquitto, {"type": "ServiceBus"})


def check_connection(run):
    (opened,), (begun,) = run.sent(OPEN), run.sent(BEGIN)
    assert opened.show("containerId").startswith("twinroute-") and opened.show("hostname") == "127.0.0.1"
    assert opened.show("maxFrameSize") == "65536" and int(opened.show("idleTimeout")) == 60_000
    assert begun.show("nextOutgoingId") is not None and int(begun.show("incomingWindow")) > 0 and int(begun.show("outgoingWindow")) > 0
    mechanisms = [frame.show("amqp.sasl.mechanism") for frame in run.frames if frame.is_client and frame.show("amqp.sasl.mechanism")]
    assert mechanisms == ["ANONYMOUS"]


def attaches_to(run, address):
    """Our attaches as sender whose target is that address."""
    return [frame for frame in run.sent(ATTACH) if any(address in show for name, show, _ in frame.fields if "address" in name.lower())
            and frame.show("role") in ("0", "False", "sender")]


def check_messages(run, is_service_bus):
    """The messages in the data sections are whole, each with its sections in the order of the specification."""
    assert len(run.messages) >= COUNT // 2
    order = list(SECTIONS.values())
    numbers = {}
    for message in run.messages:
        assert message.show("messageFormat") == "0"
        there = sections(message)
        assert there == [name for name in order if name in there]
        assert {"message-annotations", "properties", "application-properties", "data"} <= set(there) and there.count("data") == 1
        attributes = pairs(message, "amqp.applicationProperties")
        assert {"cloudEvents:specversion": "1.0", "cloudEvents:source": "wire.example.net",
                "cloudEvents:type": "microsoft.iot.telemetry"}.items() <= attributes.items()
        subject = attributes["cloudEvents:subject"]
        assert pairs(message, "amqp.messageAnnotations") == {"x-opt-partition-key": subject}
        assert message.show("amqp.message.messageId.string") == attributes["cloudEvents:id"]
        assert message.show("amqp.message.contentType") == "application/json"
        assert message.show("amqp.message.groupId") == (subject if is_service_bus else None)
        if subject in SUBJECTS:
            (body,) = message.bytes_of("amqp.data")
            numbers.setdefault(subject, []).append(json.loads(body)["n"])
    assert set(numbers) == SUBJECTS
    assert all(found == sorted(found) for found in numbers.values())


def test_batches_to_partitions_of_an_event_hub(hub):
    check_connection(hub)
    # To partitions that are known the envelope is bare: only the messages in it have a key.
    assert hub.batches and all(set(sections(batch)) == {"data"} for batch in hub.batches)
    assert any(len(batch.bytes_of("amqp.data")) >= COUNT // DEVICES for batch in hub.batches)
    assert attaches_to(hub, "entity/Partitions/")
    check_messages(hub, is_service_bus=False)


def test_batches_by_key_to_an_event_hub(keyed_hub):
    check_connection(keyed_hub)
    assert keyed_hub.batches and attaches_to(keyed_hub, "entity")
    for batch in keyed_hub.batches:
        there = sections(batch)
        assert there[0] == "message-annotations" and set(there[1:]) == {"data"}
        assert pairs(batch, "amqp.messageAnnotations")["x-opt-partition-key"] in SUBJECTS
    check_messages(keyed_hub, is_service_bus=False)


def test_batches_to_a_queue(queue):
    check_connection(queue)
    assert queue.batches and attaches_to(queue, "entity")
    first = 0
    for batch in queue.batches:
        there, held = sections(batch), len(batch.bytes_of("amqp.data"))
        assert there == ["message-annotations", "properties"] + ["data"] * held
        key = pairs(batch, "amqp.messageAnnotations")["x-opt-partition-key"]
        assert key in SUBJECTS and batch.show("amqp.message.groupId") == key
        # Message id and session are those of the first message, and all have that session.
        inside = queue.messages[first:first + held]
        assert batch.show("amqp.message.messageId.string") == inside[0].show("amqp.message.messageId.string")
        assert {message.show("amqp.message.groupId") for message in inside} == {key}
        first += held
    check_messages(queue, is_service_bus=True)


def test_the_token_goes_to_cbs_before_anything_else(queue):
    """Put-token is the first transfer, over a pair of links of its own."""
    transfers = queue.sent(TRANSFER)
    properties = pairs(transfers[0], "amqp.applicationProperties")
    assert (properties["operation"], properties["type"]) == ("put-token", "servicebus.windows.net:sastoken")
    assert properties["name"].startswith("sb://127.0.0.1") and "expiration" in properties
    assert transfers[0].show("messageFormat") == "0" and attaches_to(queue, "$cbs")
