"""AMQP over TLS and over WebSocket, and limits of memory."""

import asyncio
import pathlib
import re
import socket
import stat
import subprocess

import pytest

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ServiceRequestError
from azure.eventgrid import EventGridEvent, EventGridPublisherClient
from azure.eventhub import EventData, EventHubProducerClient, TransportType

from namespace_rig import FLAVOURS, Clients, Namespace, call, opened, w
from rig import free_port


@pytest.fixture
def secure(rig):
    """A namespace over TLS, and the certificate to trust."""
    certificate, key = rig.folder / "certificate.pem", rig.folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    web = free_port()
    namespace = Namespace(rig, "--certificate", certificate, "--certificate-key", key, "--web-socket-port", web)
    namespace.web = web
    return namespace, certificate


def test_the_official_client_over_tls(secure):
    namespace, certificate = secure
    producer = EventHubProducerClient.from_connection_string(
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=v", eventhub_name="hub",
        custom_endpoint_address=f"sb://localhost:{namespace.port}", transport_type=TransportType.Amqp,
        connection_verify=str(certificate), retry_total=0)
    with producer:
        producer.send_batch([EventData("x")])
        assert producer.get_eventhub_properties()["eventhub_name"] == "hub"


def test_a_certificate_made_at_the_first_start_serves_amqp_websocket_and_event_grid(rig):
    web, https = free_port(), free_port()
    options = ["--tls", "--tls-folder", rig.folder / "tls", "--web-socket-port", web, "--https-port", https]
    first = Namespace(rig, *options)
    certificate = re.search(r"clients trust +(\S+)", first.child.log())[1]
    made = pathlib.Path(certificate).read_bytes()
    assert stat.S_IMODE((rig.folder / "tls" / "key.pem").stat().st_mode) == 0o600
    verify = {"connection_verify": certificate, "retry_total": 0}
    for kind, port in [(TransportType.Amqp, first.port), (TransportType.AmqpOverWebsocket, web)]:
        producer = EventHubProducerClient.from_connection_string(
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=v", eventhub_name="hub",
            custom_endpoint_address=f"sb://localhost:{port}", transport_type=kind, **verify)
        with producer:
            producer.send_batch([EventData("x")])
    for host in ("localhost", "127.0.0.1"):
        with EventGridPublisherClient(f"https://{host}:{https}/topic/api/events", AzureKeyCredential("any"), retry_total=0) as client:
            client.send(EventGridEvent(subject="s", event_type="t", data={}, data_version="1"), connection_verify=certificate)
    # Only who trusts it comes in, and the next start has the same one.
    with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        with EventGridPublisherClient(f"https://localhost:{https}/topic/api/events", AzureKeyCredential("any"), retry_total=0) as client:
            client.send(EventGridEvent(subject="s", event_type="t", data={}, data_version="1"))
    assert len(first.request("GET", "/eventgrid/events")[1]["value"]) == 2
    first.child.stop()
    Namespace(rig, "--tls", "--tls-folder", rig.folder / "tls", name="again")
    assert pathlib.Path(certificate).read_bytes() == made


def test_uamqp_over_tls_with_sasl_plain(secure):
    uamqp = pytest.importorskip("uamqp")
    namespace, certificate = secure

    def login():
        return uamqp.authentication.SASLPlain("localhost", "rule", "key", port=namespace.port, verify=str(certificate))

    address = f"amqps://localhost:{namespace.port}/third"
    client = uamqp.SendClient(uamqp.address.Target(address), auth=login())
    for number in range(5):
        client.queue_message(uamqp.Message(f"{number}".encode()))
    assert all(state == uamqp.constants.MessageState.SendComplete for state in client.send_all_messages())
    client.close()
    receiver = uamqp.ReceiveClient(uamqp.address.Source(address), auth=login(), prefetch=10, timeout=10_000)
    got = receiver.receive_message_batch(5)
    assert [b"".join(message.get_data()) for message in got] == [f"{number}".encode() for number in range(5)]
    receiver.close()


@pytest.mark.parametrize("flavour", FLAVOURS)
@call("WebSocket", "transport_type AmqpOverWebsocket: send_batch, receive_batch, get_partition_ids")
def test_websockets(secure, flavour):
    namespace, certificate = secure
    clients = Clients(namespace, flavour)
    clients.text = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=v"
    over = {"transport_type": TransportType.AmqpOverWebsocket, "connection_verify": str(certificate),
            "custom_endpoint_address": f"sb://localhost:{namespace.web}"}

    async def run():
        async with opened(clients.producer("hub", **over)) as producer:
            batch = await w(producer.create_batch())
            for number in range(50):
                batch.add(EventData(f"{number}" * 1000))
            await w(producer.send_batch(batch))
            assert len(await w(producer.get_partition_ids())) == 4
        got = await clients.collect(clients.consumer("hub", **over), 50, starting_position="-1")
        assert [event.body_as_str() for _, event in got] == [f"{number}" * 1000 for number in range(50)]
    asyncio.run(run())


def test_what_is_no_websocket_is_told_so(rig):
    port = free_port()
    Namespace(rig, "--web-socket-port", port)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 400")


def test_memory_is_bounded_over_all_names(rig):
    from proton import Message
    from proton.utils import BlockingConnection
    namespace = Namespace(rig, "--total-megabytes", 8, "--entity-megabytes", 4)
    connection = BlockingConnection(f"amqp://127.0.0.1:{namespace.port}", timeout=20, allowed_mechs="ANONYMOUS")
    for name in range(20):
        sender = connection.create_sender(f"name-{name}")
        for _ in range(10):
            sender.send(Message(body=b"x" * 100_000))
        sender.close()
    connection.close()
    status, answer = namespace.request("GET", "/entities")
    held = sum(partition["bytes"] for entity in answer["value"] for partition in entity["partitions"])
    assert 0 < held <= 9 << 20
    assert sum(partition["expired"] for entity in answer["value"] for partition in entity["partitions"]) > 0
