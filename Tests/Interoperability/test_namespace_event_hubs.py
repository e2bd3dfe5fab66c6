"""azure-eventhub, unmodified, against `twinroute namespace`, sync and asyncio."""

import asyncio
import datetime
import uuid

import pytest

from azure.eventhub import EventData
from azure.eventhub.exceptions import EventHubError

from namespace_rig import FLAVOURS, Clients, Namespace, call, opened, texts, w
from rig import Rig

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)
GROUP = "Event Hubs"


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("event-hubs")) as rig:
        yield Namespace(rig)


@pytest.fixture
def clients(namespace, flavour):
    return Clients(namespace, flavour)


@pytest.fixture
def hub():
    return f"hub-{uuid.uuid4().hex[:8]}"


async def send(producer, *bodies, **options):
    batch = await w(producer.create_batch(**options))
    for body in bodies:
        batch.add(EventData(body))
    await w(producer.send_batch(batch))


@call(GROUP, "get_eventhub_properties", "get_partition_ids", "get_partition_properties")
def test_properties(clients, hub):
    async def run():
        async with opened(clients.producer(hub)) as producer:
            properties = await w(producer.get_eventhub_properties())
            assert properties["eventhub_name"] == hub and properties["partition_ids"] == ["0", "1", "2", "3"]
            assert await w(producer.get_partition_ids()) == ["0", "1", "2", "3"]
            assert (await w(producer.get_partition_properties("1")))["is_empty"]
            await send(producer, "a", "b", partition_id="1")
            partition = await w(producer.get_partition_properties("1"))
            assert (partition["beginning_sequence_number"], partition["last_enqueued_sequence_number"]) == (0, 1)
            assert not partition["is_empty"]
            age = datetime.datetime.now(datetime.timezone.utc) - partition["last_enqueued_time_utc"]
            assert abs(age.total_seconds()) < 60
            with pytest.raises(EventHubError):
                await w(producer.get_partition_properties("17"))
    asyncio.run(run())


@call(GROUP, "send_event", "send_batch of a list", "create_batch, send_batch", "send_batch, partition_id",
      "receive_batch, all partitions, from the start")
def test_send_and_receive_from_all_partitions(clients, hub):
    async def run():
        async with opened(clients.producer(hub)) as producer:
            await w(producer.send_event(EventData("single")))
            await w(producer.send_batch([EventData("list-0"), EventData("list-1")]))
            await send(producer, *[f"batch-{n}" for n in range(100)])
            await send(producer, "two", partition_id="2")
        got = await clients.collect(clients.consumer(hub), 104, starting_position="-1")
        assert texts(got) == sorted(["single", "list-0", "list-1", "two"] + [f"batch-{n}" for n in range(100)])
        assert [context.partition_id for context, event in got if event.body_as_str() == "two"] == ["2"]
        for partition in "0123":
            sequence = [event.sequence_number for context, event in got if context.partition_id == partition]
            assert sequence == list(range(len(sequence)))
        assert all(event.offset is not None and event.enqueued_time is not None for _, event in got)
    asyncio.run(run())


@call(GROUP, "send_batch, partition_key", "send_event with properties")
def test_keys_and_properties(clients, hub):
    from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver

    async def run():
        keys = [f"device-{n}" for n in range(20)]
        async with opened(clients.producer(hub)) as producer:
            for key in keys:
                await send(producer, key, key, partition_key=key)
            event = EventData(b"\x00\xff")
            event.properties = {"text": "x", "number": 7}
            event.content_type, event.correlation_id, event.message_id = "application/x", "c", "m"
            await w(producer.send_event(event, partition_key="device-0"))
        got = await clients.collect(clients.consumer(hub), 41, starting_position="-1")
        resolver = PartitionResolver(["0", "1", "2", "3"])
        for key in keys:
            places = {context.partition_id for context, event in got if event.partition_key == key.encode()}
            assert places == {resolver.get_partition_id_by_partition_key(key)}
        last, = [event for _, event in got if event.message_id == "m"]
        assert b"".join(last.body) == b"\x00\xff"
        assert last.properties == {b"text": b"x", b"number": 7}
        assert (last.content_type, last.correlation_id) == ("application/x", "c")
    asyncio.run(run())


@call(GROUP, "buffered producer: send_event, flush")
def test_buffered_producer(clients, hub):
    async def run():
        sent = []
        if clients.flavour == "asyncio":
            async def on_success(events, partition):
                sent.extend(events)

            async def on_error(events, partition, error):
                raise error
        else:
            def on_success(events, partition):
                sent.extend(events)

            def on_error(events, partition, error):
                raise error
        producer = clients.producer(hub, buffered_mode=True, on_success=on_success, on_error=on_error)
        async with opened(producer):
            for n in range(50):
                await w(producer.send_event(EventData(f"{n}"), partition_key=f"{n % 7}"))
            await w(producer.flush())
            assert len(sent) == 50
        got = await clients.collect(clients.consumer(hub), 50, starting_position="-1")
        assert texts(got) == sorted(f"{n}" for n in range(50))
    asyncio.run(run())


@call(GROUP, "receive, from an offset", "receive, from a sequence number", "receive, from a time",
      "receive, inclusive position")
def test_starting_positions(clients, hub):
    async def run():
        async with opened(clients.producer(hub)) as producer:
            await send(producer, *[f"{n}" for n in range(10)], partition_id="0")
            # Event times are whole milliseconds; nothing may fall on the one that is asked for.
            await asyncio.sleep(0.05)
            middle = datetime.datetime.now(datetime.timezone.utc)
            await asyncio.sleep(0.05)
            await send(producer, *[f"{n}" for n in range(10, 15)], partition_id="0")

        async def read(count, position, inclusive=False):
            return await clients.collect(
                clients.consumer(hub), count, batches=False, partition_id="0", starting_position=position,
                starting_position_inclusive=inclusive)

        everything = await read(15, "-1")
        assert [event.body_as_str() for _, event in everything] == [f"{n}" for n in range(15)]
        offset = everything[9][1].offset
        after = [f"{n}" for n in range(10, 15)]
        assert [event.body_as_str() for _, event in await read(5, offset)] == after
        assert [event.body_as_str() for _, event in await read(6, offset, True)] == ["9"] + after
        assert [event.body_as_str() for _, event in await read(5, 9)] == after
        assert [event.body_as_str() for _, event in await read(6, 9, True)] == ["9"] + after
        assert [event.body_as_str() for _, event in await read(5, middle)] == after
    asyncio.run(run())


@call(GROUP, "receive_batch, only new events (@latest)", "consumer groups",
      "track_last_enqueued_event_properties")
def test_latest_batches_groups_and_tracking(clients, hub):
    async def run():
        async with opened(clients.producer(hub)) as producer:
            await send(producer, "old", partition_id="0")
            collecting = asyncio.create_task(clients.collect(
                clients.consumer(hub, group="another"), 1, partition_id="0", starting_position="@latest",
                track_last_enqueued_event_properties=True))
            # The receiver tells nobody when it is attached, so events come until one is seen.
            number = 0
            while not collecting.done():
                await send(producer, f"new-{number}", partition_id="0")
                number += 1
                # Longer than the client's pause: as long as events keep coming it hands none on.
                await asyncio.sleep(0.7)
            got = await collecting
        context, event = got[0]
        assert event.body_as_str().startswith("new-")
        assert context.last_enqueued_event_properties["sequence_number"] >= event.sequence_number
        again = await clients.collect(clients.consumer(hub), number + 1, partition_id="0", starting_position="-1")
        assert [event.body_as_str() for _, event in again] == ["old"] + [f"new-{n}" for n in range(number)]
    asyncio.run(run())


@call(GROUP, "receive, owner_level: a higher one takes over")
def test_owner_level(clients, hub):
    async def run():
        async with opened(clients.producer(hub)) as producer:
            await send(producer, "a", partition_id="0")
        errors = []
        if clients.flavour == "asyncio":
            async def on_error(context, error):
                errors.append(error)
        else:
            def on_error(context, error):
                errors.append(error)
        first = clients.consumer(hub)
        reading = asyncio.create_task(clients.collect(
            first, 2, seconds=25, partition_id="0", starting_position="-1", owner_level=1, on_error=on_error))
        await asyncio.sleep(2)
        got = await clients.collect(
            clients.consumer(hub), 1, batches=False, partition_id="0", starting_position="-1", owner_level=2)
        assert texts(got) == ["a"]
        for _ in range(100):
            if errors:
                break
            await asyncio.sleep(0.1)
        assert "stolen" in str(errors[0]).lower()
        reading.cancel()
        await w(first.close())
    asyncio.run(run())
