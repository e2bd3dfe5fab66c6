"""azure-servicebus, unmodified, against `twinroute namespace`, sync and asyncio."""

import asyncio
import datetime
import json
import uuid

import pytest

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    MessageLockLostError, OperationTimeoutError, ServiceBusError, SessionCannotBeLockedError)

from namespace_rig import FLAVOURS, Clients, Namespace, bodies, call, opened, w
from rig import Rig

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)
GROUP = "Service Bus"
QUICK = {"LockDuration": "PT1S", "MaxDeliveryCount": 2}
DECLARED = {"UserConfig": {"Namespaces": [{"Name": "ns", "Queues": [
    {"Name": "quick-sync", "Properties": QUICK}, {"Name": "quick-asyncio", "Properties": QUICK},
    {"Name": "unique-sync", "Properties": {"RequiresDuplicateDetection": True}},
    {"Name": "unique-asyncio", "Properties": {"RequiresDuplicateDetection": True}},
    {"Name": "mortal-sync", "Properties": {"DeadLetteringOnMessageExpiration": True}},
    {"Name": "mortal-asyncio", "Properties": {"DeadLetteringOnMessageExpiration": True}},
], "Topics": [{"Name": f"news-{flavour}", "Subscriptions": [
    {"Name": "all"},
    {"Name": "red", "Rules": [{"Name": "r", "Properties": {
        "FilterType": "Correlation", "CorrelationFilter": {"Properties": {"colour": "red"}}}}]},
]} for flavour in FLAVOURS]}]}}


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("service-bus")) as rig:
        yield Namespace(rig)


@pytest.fixture(scope="module")
def declared_namespace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("declared")
    (folder / "Config.json").write_text("// as the emulator has it\n" + json.dumps(DECLARED))
    with Rig(folder) as rig:
        yield Namespace(rig, "--config", folder / "Config.json")


@pytest.fixture
def clients(namespace, flavour):
    return Clients(namespace, flavour)


@pytest.fixture
def declared(declared_namespace, flavour):
    return Clients(declared_namespace, flavour)


@pytest.fixture
def queue():
    return f"queue-{uuid.uuid4().hex[:8]}"


async def one(receiver, seconds=10):
    message, = await w(receiver.receive_messages(max_message_count=1, max_wait_time=seconds))
    return message


async def drained(receiver, count, seconds=10):
    """So many messages; a receive call may bring fewer than it may."""
    got = []
    while len(got) < count:
        more = await w(receiver.receive_messages(max_message_count=count - len(got), max_wait_time=seconds))
        if not more:
            break
        got += more
    return got


@call(GROUP, "send_messages, one", "send_messages, a list", "create_message_batch, send_messages",
      "peek_messages", "receive_messages", "complete_message")
def test_send_peek_and_complete(clients, queue):
    async def run():
        async with opened(clients.service_bus()) as client:
            async with opened(client.get_queue_sender(queue)) as sender:
                await w(sender.send_messages(ServiceBusMessage(
                    "one", message_id="m1", subject="s", correlation_id="c", content_type="t",
                    application_properties={"n": 1})))
                await w(sender.send_messages([ServiceBusMessage("two"), ServiceBusMessage("three")]))
                batch = await w(sender.create_message_batch())
                batch.add_message(ServiceBusMessage("four"))
                batch.add_message(ServiceBusMessage("five"))
                await w(sender.send_messages(batch))
            async with opened(client.get_queue_receiver(queue)) as receiver:
                expected = ["one", "two", "three", "four", "five"]
                assert bodies(await w(receiver.peek_messages(max_message_count=10))) == expected
                got = await drained(receiver, 5)
                assert bodies(got) == expected
                assert [message.sequence_number for message in got] == [1, 2, 3, 4, 5]
                first = got[0]
                assert (first.message_id, first.subject, first.correlation_id, first.content_type) == ("m1", "s", "c", "t")
                assert first.application_properties == {b"n": 1} and first.delivery_count == 0
                assert first.locked_until_utc is not None and first.enqueued_time_utc is not None
                for message in got:
                    await w(receiver.complete_message(message))
                assert await w(receiver.peek_messages(max_message_count=10)) == []
    asyncio.run(run())


@call(GROUP, "abandon_message", "dead_letter_message", "receive from the dead-letter queue", "defer_message",
      "receive_deferred_messages", "renew_message_lock", "receive mode RECEIVE_AND_DELETE", "prefetch_count",
      "iterating over the receiver")
def test_settling(clients, queue):
    async def run():
        async with opened(clients.service_bus()) as client:
            async with opened(client.get_queue_sender(queue)) as sender:
                await w(sender.send_messages([ServiceBusMessage(f"{n}") for n in range(6)]))
            async with opened(client.get_queue_receiver(queue)) as receiver:
                message = await one(receiver)
                await w(receiver.abandon_message(message))
                message = await one(receiver)
                assert (str(message), message.delivery_count) == ("0", 1)
                await w(receiver.dead_letter_message(message, reason="bad", error_description="very bad"))
                message = await one(receiver)
                assert str(message) == "1"
                assert await w(receiver.renew_message_lock(message)) is not None
                await w(receiver.defer_message(message))
                deferred, = await w(receiver.receive_deferred_messages([message.sequence_number]))
                assert str(deferred) == "1"
                await w(receiver.complete_message(deferred))
                with pytest.raises(ServiceBusError):
                    await w(receiver.receive_deferred_messages([12345]))
            dead = client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
            async with opened(dead) as receiver:
                message = await one(receiver)
                assert (str(message), message.dead_letter_reason) == ("0", "bad")
                assert message.dead_letter_error_description == "very bad"
                await w(receiver.complete_message(message))
            mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
            async with opened(client.get_queue_receiver(queue, receive_mode=mode)) as receiver:
                assert bodies(await drained(receiver, 2)) == ["2", "3"]
            async with opened(client.get_queue_receiver(queue, prefetch_count=10, max_wait_time=2)) as receiver:
                got = []
                if clients.flavour == "sync":
                    for message in receiver:
                        got.append(str(message))
                        receiver.complete_message(message)
                else:
                    async for message in receiver:
                        got.append(str(message))
                        await receiver.complete_message(message)
                assert got == ["4", "5"]
    asyncio.run(run())


@call(GROUP, "schedule_messages", "cancel_scheduled_messages", "scheduled_enqueue_time_utc")
def test_scheduling(clients, queue):
    async def run():
        async with opened(clients.service_bus()) as client:
            async with opened(client.get_queue_sender(queue)) as sender:
                soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
                numbers = await w(sender.schedule_messages(
                    [ServiceBusMessage("later"), ServiceBusMessage("never")], soon))
                assert len(numbers) == 2
                await w(sender.cancel_scheduled_messages(numbers[1]))
                with pytest.raises(ServiceBusError):
                    await w(sender.cancel_scheduled_messages(numbers[1]))
                await w(sender.send_messages(ServiceBusMessage("annotated", scheduled_enqueue_time_utc=soon)))
            async with opened(client.get_queue_receiver(queue)) as receiver:
                peeked = await w(receiver.peek_messages(max_message_count=10))
                assert bodies(peeked) == ["later", "annotated"] and peeked[0].state.name == "SCHEDULED"
                got = await drained(receiver, 2)
                assert bodies(got) == ["later", "annotated"]
                assert datetime.datetime.now(datetime.timezone.utc) >= soon
                for message in got:
                    await w(receiver.complete_message(message))
    asyncio.run(run())


@call(GROUP, "get_queue_receiver, session_id", "NEXT_AVAILABLE_SESSION", "session.set_state, session.get_state",
      "session.renew_lock", "a session that another receiver holds is refused")
def test_sessions(clients, queue):
    async def run():
        async with opened(clients.service_bus()) as client:
            async with opened(client.get_queue_sender(queue)) as sender:
                await w(sender.send_messages(
                    [ServiceBusMessage(f"{n}", session_id=f"S{n % 2}") for n in range(6)]))
            async with opened(client.get_queue_receiver(queue, session_id="S0")) as receiver:
                assert await w(receiver.session.get_state()) is None
                await w(receiver.session.set_state(b"half way"))
                assert await w(receiver.session.get_state()) == b"half way"
                assert await w(receiver.session.renew_lock()) is not None
                got = await drained(receiver, 3)
                assert bodies(got) == ["0", "2", "4"]
                with pytest.raises(SessionCannotBeLockedError):
                    async with opened(client.get_queue_receiver(queue, session_id="S0")):
                        pass
                async with opened(client.get_queue_receiver(queue, session_id=NEXT_AVAILABLE_SESSION)) as other:
                    assert other.session.session_id == "S1"
                    for message in await drained(other, 3):
                        await w(other.complete_message(message))
                with pytest.raises(OperationTimeoutError):
                    async with opened(client.get_queue_receiver(
                            queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1)):
                        pass
                await w(receiver.complete_message(got[0]))
            # What was not settled is there again for the next holder.
            async with opened(client.get_queue_receiver(queue, session_id="S0")) as receiver:
                assert bodies(await drained(receiver, 2)) == ["2", "4"]
                assert await w(receiver.session.get_state()) == b"half way"
    asyncio.run(run())


@call(GROUP, "topic with two subscriptions, names made on the fly", "topic with declared subscriptions and a filter")
def test_topics(clients, declared, flavour, queue):
    async def run():
        async def read(client, topic, subscription, count):
            async with opened(client.get_subscription_receiver(topic, subscription)) as receiver:
                got = await drained(receiver, count, seconds=5)
                for message in got:
                    await w(receiver.complete_message(message))
                return bodies(got)

        async with opened(clients.service_bus()) as client:
            async with opened(client.get_topic_sender(queue)) as sender:
                # Sent before anybody subscribed: a name made on the fly keeps it for them.
                await w(sender.send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")]))
                assert await read(client, queue, "first", 2) == ["a", "b"]
                await w(sender.send_messages(ServiceBusMessage("c")))
            assert await read(client, queue, "first", 1) == ["c"]
            assert await read(client, queue, "second", 3) == ["a", "b", "c"]
        topic = f"news-{flavour}"
        async with opened(declared.service_bus()) as client:
            async with opened(client.get_topic_sender(topic)) as sender:
                for colour in ["red", "blue", "red"]:
                    await w(sender.send_messages(ServiceBusMessage(colour, application_properties={"colour": colour})))
            assert await read(client, topic, "all", 3) == ["red", "blue", "red"]
            assert await read(client, topic, "red", 2) == ["red", "red"]
            with pytest.raises(ServiceBusError):
                await read(client, topic, "unknown", 1)
    asyncio.run(run())


@call(GROUP, "lock expiry: complete_message raises MessageLockLostError", "max delivery count",
      "duplicate detection", "time_to_live, expired messages dead-lettered")
def test_time_and_counts(declared, flavour):
    async def run():
        async with opened(declared.service_bus()) as client:
            queue = f"quick-{flavour}"
            async with opened(client.get_queue_sender(queue)) as sender:
                await w(sender.send_messages(ServiceBusMessage("slow")))
            async with opened(client.get_queue_receiver(queue)) as receiver:
                message = await one(receiver)
                await asyncio.sleep(1.3)
                with pytest.raises(MessageLockLostError):
                    await w(receiver.complete_message(message))
                message = await one(receiver)
                assert message.delivery_count == 1
                await w(receiver.abandon_message(message))
            async with opened(client.get_queue_receiver(
                    queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)) as receiver:
                message = await one(receiver)
                assert message.dead_letter_reason == "MaxDeliveryCountExceeded"
                await w(receiver.complete_message(message))

            queue = f"unique-{flavour}"
            async with opened(client.get_queue_sender(queue)) as sender:
                for body, number in [("a", "1"), ("b", "1"), ("c", "2")]:
                    await w(sender.send_messages(ServiceBusMessage(body, message_id=number)))
            async with opened(client.get_queue_receiver(queue)) as receiver:
                assert bodies(await w(receiver.peek_messages(max_message_count=10))) == ["a", "c"]

            queue = f"mortal-{flavour}"
            async with opened(client.get_queue_sender(queue)) as sender:
                await w(sender.send_messages(
                    ServiceBusMessage("gone", time_to_live=datetime.timedelta(milliseconds=300))))
            async with opened(client.get_queue_receiver(
                    queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)) as receiver:
                assert (await one(receiver)).dead_letter_reason == "TTLExpiredException"
    asyncio.run(run())
