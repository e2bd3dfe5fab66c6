"""mosquitto -> bridge -> `twinroute namespace` -> Microsoft's own clients, which find event by event
what the bridge sent in batches."""

import asyncio
import datetime
import json
import subprocess

import pytest

from azure.servicebus import ServiceBusClient, ServiceBusReceiveMode

from namespace_rig import Clients, Namespace
from rig import find_program, find_twinroute, wait_for_session, wait_until

SUBSCRIPTIONS = [
    {"topic": "devices/{subject}/messages/events/{properties...}", "type": "telemetry"},
    {"topic": "events/{subject}", "type": "cloud-event"},
]
COUNT, DEVICES = 1200, 12


class Bridge:
    def __init__(self, rig, mosquitto, namespace, endpoint):
        self.mqtt = mosquitto.port
        broker = {"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "batches",
                  "sessionExpiry": "1h", "subscriptions": SUBSCRIPTIONS}
        self.config = rig.folder / "bridge.yaml"
        self.config.write_text(json.dumps({  # JSON is YAML too
            "source": "batches.example.net", "data": str(rig.folder / "data"), "mqtt": [broker],
            "endpoints": {"far": {"connectionString": namespace.connection_string(), **endpoint}},
            "routes": [{"id": "all", "endpoint": "far"}]}))
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", self.config])
        wait_for_session(mosquitto.port, self.child)

    def publish(self, topic, payloads):
        process = subprocess.Popen([find_program("mosquitto_pub"), "-V", "5", "-p", str(self.mqtt), "-q", "1", "-t", topic,
                                    "-l"], stdin=subprocess.PIPE, text=True)
        process.communicate("".join(f"{payload}\n" for payload in payloads), timeout=60)
        assert process.returncode == 0

    def publish_all(self):
        for device in range(DEVICES):
            self.publish(f"devices/device-{device}/messages/events/line=7&shift=night",
                         [json.dumps({"n": n}) for n in range(COUNT // DEVICES)])


@pytest.fixture
def namespace(rig):
    return Namespace(rig)


def own(events):
    """Without the probe of the fixture."""
    return [pair for pair in events if pair[1].properties[b"cloudEvents:subject"].startswith(b"device-")]


@pytest.mark.parametrize("batch", [{}, {"events": 1}, {"events": 7, "linger": "5ms"}, {"bytes": "2KiB"}])
def test_events_of_a_hub_arrive_one_by_one_with_key_properties_and_order(rig, mosquitto, namespace, batch):
    bridge = Bridge(rig, mosquitto, namespace, {"type": "EventHub", "path": "telemetry", "batch": batch})
    bridge.publish_all()
    clients = Clients(namespace, "asyncio")
    got = asyncio.run(clients.collect(clients.consumer("telemetry"), COUNT + 1, seconds=60, starting_position="-1"))
    got = own(got)
    assert len(got) == COUNT
    producer = clients.producer("telemetry")
    for device in range(DEVICES):
        name = f"device-{device}".encode()
        mine = [(context.partition_id, event) for context, event in got if event.properties[b"cloudEvents:subject"] == name]
        assert [event.body_as_json()["n"] for _, event in mine] == list(range(COUNT // DEVICES))
        assert {event.partition_key for _, event in mine} == {name}
        # Where the service's own hash of the key leads, as Microsoft's buffered producer has it.
        assert {partition for partition, _ in mine} == {official_partition(name.decode(), 4)}
        for _, event in mine:
            assert event.properties[b"line"] == b"7" and event.properties[b"shift"] == b"night"
            assert event.properties[b"cloudEvents:source"] == b"batches.example.net"
    asyncio.run(producer.close())


def official_partition(key, count):
    from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver

    return PartitionResolver([str(n) for n in range(count)]).get_partition_id_by_partition_key(key)


@pytest.mark.parametrize("partition_by, expected", [("none", None), ("partition:2", None), ("attribute:type", "by-type")])
def test_partition_by(rig, mosquitto, namespace, partition_by, expected):
    bridge = Bridge(rig, mosquitto, namespace, {"type": "EventHub", "path": "hub", "partitionBy": partition_by})
    bridge.publish_all()
    clients = Clients(namespace, "asyncio")
    got = own(asyncio.run(clients.collect(clients.consumer("hub"), COUNT + 1, seconds=60, starting_position="-1")))
    assert len(got) == COUNT
    keys, partitions = {event.partition_key for _, event in got}, {context.partition_id for context, _ in got}
    if expected:
        assert keys == {b"microsoft.iot.telemetry"} and len(partitions) == 1
    else:
        assert keys == {None}
    if partition_by == "partition:2":
        assert partitions == {"2"}


def receiver_of(client, queue):
    return client.get_queue_receiver(queue, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)


def receive(receiver, count):
    messages = []
    while len(messages) < count:
        more = receiver.receive_messages(max_message_count=100, max_wait_time=20)
        assert more, f"{len(messages)} of {count}"
        messages += more
    return messages


@pytest.mark.parametrize("partition_by", ["subject", "none"])
def test_messages_of_a_queue_have_ids_sessions_and_properties(rig, mosquitto, namespace, partition_by):
    bridge = Bridge(rig, mosquitto, namespace, {"type": "ServiceBus", "path": "orders", "partitionBy": partition_by})
    bridge.publish_all()
    with ServiceBusClient.from_connection_string(namespace.connection_string()) as client:
        with receiver_of(client, "orders") as receiver:
            messages = receive(receiver, COUNT + 1)
    messages = [m for m in messages if m.subject != "probe"]
    assert len(messages) == len({m.message_id for m in messages}) == COUNT
    for m in messages:
        assert m.message_id == m.application_properties[b"cloudEvents:id"].decode()
        assert m.subject == m.application_properties[b"cloudEvents:subject"].decode()
        assert m.application_properties[b"line"] == b"7"
        key = m.subject if partition_by == "subject" else None
        assert m.session_id == key and m.partition_key == key
    for device in range(DEVICES):
        assert [json.loads(str(m))["n"] for m in messages if m.subject == f"device-{device}"] == list(range(COUNT // DEVICES))


def test_a_message_is_handed_out_when_its_attribute_says(rig, mosquitto, namespace):
    bridge = Bridge(rig, mosquitto, namespace, {"type": "ServiceBus", "path": "later"})
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=6)
    event = {"specversion": "1.0", "id": "e-1", "source": "mill", "type": "order", "subject": "mill-1",
             "scheduledenqueuetime": soon.isoformat().replace("+00:00", "Z"), "data": {"a": 1}}
    bridge.publish("events/mill-1", [json.dumps(event)])
    with ServiceBusClient.from_connection_string(namespace.connection_string()) as client:
        with receiver_of(client, "later") as receiver:
            def scheduled():
                return [m for m in receiver.peek_messages(max_message_count=5) if m.subject != "probe"]

            peeked = wait_until(scheduled, 20, "the message", bridge.child)
            assert [m.message_id for m in peeked] == ["e-1"] and peeked[0].state.name == "SCHEDULED"
            assert abs((peeked[0].scheduled_enqueue_time_utc - soon).total_seconds()) < 0.01
            message = receive(receiver, 2)[-1]
            assert message.message_id == "e-1" and datetime.datetime.now(datetime.timezone.utc) >= soon


def test_one_event_that_is_refused_costs_its_neighbours_nothing(rig, mosquitto, namespace):
    """The fault refuses single transfers: batches are halved, and all arrive, in order."""
    bridge = Bridge(rig, mosquitto, namespace, {"type": "EventHub", "path": "telemetry"})
    with namespace.fault(fault="reject", oneIn=1, entity="telemetry", condition="amqp:not-allowed", count=3):
        bridge.publish_all()
        clients = Clients(namespace, "asyncio")
        got = own(asyncio.run(clients.collect(clients.consumer("telemetry"), COUNT - 2, seconds=60, starting_position="-1")))
    assert len(got) >= COUNT - 3
    for device in range(DEVICES):
        numbers = [event.body_as_json()["n"] for _, event in got
                   if event.properties[b"cloudEvents:subject"] == f"device-{device}".encode()]
        assert numbers == sorted(numbers)
