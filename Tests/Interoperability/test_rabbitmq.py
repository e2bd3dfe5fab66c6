"""Events through RabbitMQ's AMQP 1.0 plugin to python3-qpid-proton: neither of them is ours."""

import datetime
import json
import subprocess

import pytest
from proton import Message, SSLDomain
from proton.utils import BlockingConnection

from rig import find_program

TIMEOUT_S = 30
MODES = ("plain", "tls")


def connect(rabbitmq, mode):
    if mode == "plain":
        return BlockingConnection(f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}", timeout=TIMEOUT_S, allowed_mechs="PLAIN")
    domain = SSLDomain(SSLDomain.MODE_CLIENT)
    domain.set_trusted_ca_db(str(rabbitmq.certificates / "ca.pem"))
    domain.set_peer_authentication(SSLDomain.VERIFY_PEER)
    return BlockingConnection(f"amqps://guest:guest@127.0.0.1:{rabbitmq.tls_port}", timeout=TIMEOUT_S,
                              ssl_domain=domain, allowed_mechs="PLAIN")


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


@pytest.fixture
def receiver(rabbitmq, mode, request):
    """A receiver on a queue of the test's own, which attaching to it declares."""
    queue = f"/queue/{request.node.name}".replace("[", "-").replace("]", "")
    connection = connect(rabbitmq, mode)
    receiver = connection.create_receiver(queue, credit=200)
    receiver.queue = queue
    yield receiver
    connection.close()


def receive(receiver):
    message = receiver.receive(timeout=TIMEOUT_S)
    receiver.accept()
    return message


def receive_event(receiver):
    """The next event that is not the probe with which the bridge's subscription was tried."""
    while (message := receive(receiver)).properties.get("cloudEvents:subject") == "probe":
        pass
    return message


def endpoint(rabbitmq, mode, queue):
    login = "SharedAccessKeyName=guest;SharedAccessKey=guest"
    if mode == "plain":
        place = f"Endpoint=sb://127.0.0.1:{rabbitmq.port};{login};UseDevelopmentEmulator=true"
        return {"type": "ServiceBus", "connectionString": place, "path": queue, "auth": "plain", "batch": {"events": 1}}
    return {"type": "ServiceBus", "connectionString": f"Endpoint=sb://127.0.0.1:{rabbitmq.tls_port};{login}", "path": queue,
            "auth": "plain", "batch": {"events": 1}, "tls": {"ca": str(rabbitmq.certificates / "ca.pem")}}


def publish(port, device, body, content_type=None, properties=()):
    command = [find_program("mosquitto_pub"), "-V", "5", "-p", str(port), "-q", "1", "-s",
               "-t", f"devices/{device}/messages/events"]
    if content_type:
        command += ["-D", "publish", "content-type", content_type]
    for name, value in properties:
        command += ["-D", "publish", "user-property", name, value]
    subprocess.run(command, input=body, check=True)


def check_header(message, device, sequence):
    """The CloudEvents attributes as design.md 5.4 binds them, and nothing turned into another type."""
    properties = message.properties
    assert properties["cloudEvents:specversion"] == "1.0"
    assert properties["cloudEvents:source"] == "interoperability.example.net"
    assert properties["cloudEvents:type"] == "microsoft.iot.telemetry"
    assert properties["cloudEvents:subject"] == device
    assert properties["cloudEvents:sequence"] == str(sequence)
    assert properties["cloudEvents:sequencetype"] == "Integer"
    assert isinstance(message.id, str) and message.id != ""
    assert message.id == properties["cloudEvents:id"]
    time = datetime.datetime.fromisoformat(properties["cloudEvents:time"])
    assert abs(datetime.datetime.now(datetime.timezone.utc) - time) < datetime.timedelta(minutes=5)


def test_the_fixture_carries_a_message_of_the_bridges_shape(rabbitmq, mode, receiver):
    """With python3-qpid-proton at both ends: what is missing later is missing at the bridge."""
    properties = {f"cloudEvents:{name}": f"value of {name} — ü" for name in
                  ("specversion", "id", "source", "type", "subject", "time", "sequence", "sequencetype")}
    body = bytes(range(256))
    connection = connect(rabbitmq, mode)
    sender = connection.create_sender(receiver.queue)
    sender.send(Message(id="event-1", content_type="application/json", properties=properties, body=body, inferred=True))
    connection.close()
    message = receive(receiver)
    assert message.properties == properties
    assert (message.id, message.content_type) == ("event-1", "application/json")
    assert bytes(message.body) == body and message.inferred


def test_an_event_arrives_with_header_properties_and_body_intact(rabbitmq, mode, receiver, mosquitto, start_bridge):
    start_bridge(endpoint(rabbitmq, mode, receiver.queue))
    body = json.dumps({"temperature": 21.5, "unit": "°C", "text": 'quote " and \\ and newline \n'}).encode()
    publish(mosquitto.port, "boiler-1", body, "application/json", [("site", "hall 7"), ("Größe", "zwölf")])
    message = receive_event(receiver)
    check_header(message, "boiler-1", 1)
    assert message.content_type == "application/json"
    assert message.properties["site"] == "hall 7"
    assert message.properties["Größe"] == "zwölf"
    assert bytes(message.body) == body


def test_every_byte_value_of_a_body_arrives(rabbitmq, mode, receiver, mosquitto, start_bridge):
    start_bridge(endpoint(rabbitmq, mode, receiver.queue))
    body = bytes(range(256)) * 300
    publish(mosquitto.port, "camera-1", body, "application/octet-stream")
    message = receive_event(receiver)
    check_header(message, "camera-1", 1)
    assert message.content_type == "application/octet-stream"
    assert bytes(message.body) == body


def test_a_thousand_events_arrive_once_and_in_order(rabbitmq, mode, receiver, mosquitto, start_bridge, rig):
    start_bridge(endpoint(rabbitmq, mode, receiver.queue))
    count, devices = 1000, 4
    rig.start_publisher(mosquitto.port, rate=0, devices=devices, count=count)
    numbers = {f"d{i}": [] for i in range(devices)}
    ids = set()
    for _ in range(count):
        message = receive_event(receiver)
        event = json.loads(bytes(message.body))
        numbers[event["device"]].append(event["n"])
        check_header(message, event["device"], event["n"])
        ids.add(message.id)
    assert numbers == {device: list(range(1, count // devices + 1)) for device in numbers}
    assert len(ids) == count
