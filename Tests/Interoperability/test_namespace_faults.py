"""Each fault, switched on over HTTP, seen by an official client."""

import asyncio
import time

import pytest

from azure.eventhub import EventData
from azure.eventhub.exceptions import AuthenticationError, EventHubError
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import MessagingEntityDisabledError, ServiceBusServerBusyError

from namespace_rig import Clients, Namespace, opened, w
from rig import Rig


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("faults")) as rig:
        yield Namespace(rig)


@pytest.fixture
def clients(namespace):
    return Clients(namespace, "sync")


def send(producer, *bodies, **options):
    batch = producer.create_batch()
    for body in bodies:
        batch.add(EventData(body))
    producer.send_batch(batch, **options)


def test_reject_one_in_n_strikes_as_often_as_it_says(namespace):
    from proton import Message
    from proton.utils import BlockingConnection, SendException
    with namespace.fault(fault="reject", oneIn=2, count=2, condition="amqp:not-allowed", entity="rejecting"):
        connection = BlockingConnection(f"amqp://127.0.0.1:{namespace.port}", timeout=20, allowed_mechs="ANONYMOUS")
        sender = connection.create_sender("rejecting")
        outcomes = []
        for _ in range(8):
            try:
                sender.send(Message("x"))
                outcomes.append("taken")
            except SendException:
                outcomes.append("refused")
        connection.close()
        assert outcomes == ["taken", "refused", "taken", "refused"] + ["taken"] * 4
        assert namespace.events("rejecting") == 6
        # Used up.
        assert namespace.request("GET", "/faults")[1]["value"] == []


def test_throttle_lets_a_units_worth_through(namespace, clients):
    with clients.producer("throttled") as producer, namespace.fault(fault="throttle", units=1, entity="throttled"):
        send(producer, *["x"] * 900)
        with pytest.raises(EventHubError) as raised:
            for _ in range(20):
                send(producer, *["x"] * 900)
        assert "server-busy" in str(raised.value)
    with clients.service_bus() as client, client.get_queue_sender("busy") as sender:
        with namespace.fault(fault="reject", condition="com.microsoft:server-busy", entity="busy"):
            with pytest.raises(ServiceBusServerBusyError):
                sender.send_messages(ServiceBusMessage("x"))


def test_a_refused_key_and_expired_tokens(namespace, clients):
    for fault in [{"fault": "refuseKey"}, {"fault": "expireToken", "for": "1m"}]:
        with namespace.fault(**fault):
            with clients.producer("h") as producer, pytest.raises(AuthenticationError):
                send(producer, "x")
        with clients.producer("h") as producer:
            send(producer, "x")


def test_a_disabled_entity(namespace, clients):
    with clients.service_bus() as client, namespace.fault(fault="disableEntity", entity="closed"):
        with pytest.raises(MessagingEntityDisabledError):
            with client.get_queue_sender("closed") as sender:
                sender.send_messages(ServiceBusMessage("x"))
        with client.get_queue_sender("open") as sender:
            sender.send_messages(ServiceBusMessage("x"))


@pytest.mark.parametrize("fault", [{"fault": "forceClose"}, {"fault": "expireToken"},
                                   {"fault": "cutMidFrame", "count": 1}])
def test_a_client_with_retries_goes_on_after(namespace, fault):
    name = fault["fault"].lower()
    producer = Clients(namespace, "sync").eventhub.EventHubProducerClient.from_connection_string(
        namespace.connection_string(), eventhub_name=name, retry_total=3)
    with producer:
        send(producer, "a")
        status, made = namespace.request("POST", "/faults", {**fault, "entity": name})
        assert status == 201, made
        for body in "bcd":
            send(producer, body)
    assert namespace.events(name) == 4


def test_dispositions_come_late(namespace, clients):
    with clients.producer("late") as producer:
        send(producer, "a")
        with namespace.fault(fault="delayDispositions", by="1500ms", entity="late"):
            start = time.monotonic()
            send(producer, "b")
            assert time.monotonic() - start >= 1.4


def test_idle_links_are_detached(namespace, clients):
    with clients.producer("idle") as producer:
        send(producer, "a")
        with namespace.fault(fault="detachIdle", after="500ms"):
            time.sleep(1.5)
            # Its link is gone, and so is its first try; the client makes a new one.
            with pytest.raises(EventHubError):
                send(producer, "b")
        send(producer, "c")


def test_withheld_credit_stops_a_plain_client(namespace):
    from proton import Message
    from proton.utils import BlockingConnection
    with namespace.fault(fault="withholdCredit", entity="poor", **{"for": "3s"}):
        connection = BlockingConnection(f"amqp://127.0.0.1:{namespace.port}", timeout=20, allowed_mechs="ANONYMOUS")
        sender = connection.create_sender("poor")
        start = time.monotonic()
        sender.send(Message("x"))
        assert time.monotonic() - start > 1
        connection.close()


def test_the_list_and_what_is_no_fault(namespace):
    status, made = namespace.request("POST", "/faults", {"fault": "release", "oneIn": 10, "for": "1h", "entity": "e"})
    assert status == 201
    assert made == {"id": made["id"], "fault": "release", "oneIn": 10, "entity": "e",
                    "forMilliseconds": made["forMilliseconds"], "struck": 0}
    assert [fault["id"] for fault in namespace.request("GET", "/faults")[1]["value"]] == [made["id"]]
    assert namespace.request("DELETE", f"/faults/{made['id']}")[0] == 204
    assert namespace.request("DELETE", f"/faults/{made['id']}")[0] == 404
    for bad, words in [({"fault": "rejct"}, "unknown"), ({"fault": "reject", "onIn": 3}, "onIn"),
                       ({"fault": "reject", "for": "3"}, "duration"), ({"fault": "reject", "oneIn": 0}, "from 1"), ([], "object")]:
        status, answer = namespace.request("POST", "/faults", bad)
        assert status == 400 and words in answer["error"]["message"]
    assert namespace.request("GET", "/health") == (200, {"status": "healthy"})
