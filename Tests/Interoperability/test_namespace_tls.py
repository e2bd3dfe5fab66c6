"""AMQP over TLS, with a certificate made for the test."""

import subprocess

from azure.eventhub import EventData, EventHubProducerClient, TransportType

from namespace_rig import Namespace


def test_the_official_client_over_tls(rig):
    certificate, key = rig.folder / "certificate.pem", rig.folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    namespace = Namespace(rig, "--certificate", certificate, "--certificate-key", key)
    producer = EventHubProducerClient.from_connection_string(
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=v", eventhub_name="hub",
        custom_endpoint_address=f"sb://localhost:{namespace.port}", transport_type=TransportType.Amqp,
        connection_verify=str(certificate), retry_total=0)
    with producer:
        producer.send_batch([EventData("x")])
        assert producer.get_eventhub_properties()["eventhub_name"] == "hub"


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
