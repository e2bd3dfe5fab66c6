"""Contents on disk: what was acknowledged is there after kill -9, with its numbers, for Microsoft's own clients."""

import asyncio

from azure.eventhub import EventData
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue

from conftest import twinroute
from namespace_rig import Clients, Namespace, bodies
from rig import free_port


def read(namespace, count, **options):
    clients = Clients(namespace, "asyncio")
    return asyncio.run(clients.collect(clients.consumer("hub"), count, seconds=20, **options))


def test_what_was_acknowledged_survives_kill_9(rig):
    data = rig.folder / "contents"
    namespace = Namespace(rig, "--data", data)
    clients = Clients(namespace, "sync")
    with clients.producer("hub") as producer:
        for number in range(3):
            batch = producer.create_batch(partition_key="k")
            for part in range(100):
                batch.add(EventData(f"{number}-{part}"))
            producer.send_batch(batch)
    before = [(context.partition_id, event.offset, event.sequence_number, event.enqueued_time, event.partition_key,
               event.body_as_str()) for context, event in read(namespace, 300, starting_position="-1")]
    with clients.service_bus() as client:
        with client.get_queue_receiver("queue") as receiver, client.get_queue_sender("queue") as sender:
            sender.send_messages([ServiceBusMessage(text) for text in ("done", "dead", "late", "locked", "new")])
            done, dead, late, _ = receiver.receive_messages(4, max_wait_time=5)
            receiver.complete_message(done)
            receiver.dead_letter_message(dead, reason="because")
            receiver.defer_message(late)
            later = late.sequence_number
            with client.get_subscription_receiver("topic", "s"), client.get_topic_sender("topic") as topic:
                topic.send_messages(ServiceBusMessage("news"))
            namespace.child.kill()

    namespace = Namespace(rig, "--data", data, name="again")
    clients = Clients(namespace, "sync")
    # In each partition as it was, and going on from there.
    assert len(before) == 300
    assert [(context.partition_id, event.offset, event.sequence_number, event.enqueued_time, event.partition_key,
             event.body_as_str()) for context, event in read(namespace, 300, starting_position="-1")] == before
    with clients.producer("hub") as producer:
        producer.send_batch([EventData("after")], partition_key="k")
    last = read(namespace, 1, starting_position=str(before[-1][1]))
    assert [(event.sequence_number, event.body_as_str()) for _, event in last] == [(before[-1][2] + 1, "after")]
    with clients.service_bus() as client:
        with client.get_queue_receiver("queue") as receiver:
            assert bodies(receiver.peek_messages(10)) == ["late", "locked", "new"]
            again = receiver.receive_messages(2, max_wait_time=5)
            # Locks end with the process.
            assert bodies(again) == ["locked", "new"]
            assert bodies(receiver.receive_deferred_messages([later])) == ["late"]
        with client.get_queue_receiver("queue", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead_letters:
            message, = dead_letters.receive_messages(5, max_wait_time=5)
            assert (str(message), message.dead_letter_reason) == ("dead", "because")
        with client.get_subscription_receiver("topic", "s") as receiver:
            assert bodies(receiver.receive_messages(5, max_wait_time=5)) == ["news"]


def test_one_folder_is_for_one_process_and_for_nothing_else(rig):
    data = rig.folder / "contents"
    Namespace(rig, "--data", data)

    def start(folder):
        return twinroute("namespace", "--data", folder, "--port", free_port(), "--http-port", free_port())

    second = start(data)
    assert second.returncode == 1 and "another process" in second.stderr and str(data) in second.stderr
    other = rig.folder / "other"
    other.mkdir()
    (other / "namespace.sqlite").write_bytes(b"no database" * 1000)
    third = start(other)
    assert third.returncode == 1 and "not a database" in third.stderr
