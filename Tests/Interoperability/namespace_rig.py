"""A local namespace for tests with Microsoft's own clients, and what makes one test serve both of
their flavours."""

import asyncio
import contextlib
import inspect
import threading

from namespace_process import Namespace  # noqa: F401

import azure.eventhub
import azure.eventhub.aio
import azure.servicebus
import azure.servicebus.aio

FLAVOURS = ["sync", "asyncio"]
#: (group, call, test) in the order of the tests; the table of docs/namespace.md is made from it.
CALLS = []


def call(group, *names):
    """Marks a test with the calls that it tries."""

    def mark(test):
        CALLS.extend((group, name, test) for name in names)
        return test

    return mark


async def w(value):
    """The value of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


@contextlib.asynccontextmanager
async def opened(client):
    """`with` or `async with`, as the client wants it."""
    if hasattr(client, "__aenter__"):
        async with client as entered:
            yield entered
    else:
        with client as entered:
            yield entered


class Clients:
    """The clients of one flavour."""

    def __init__(self, namespace, flavour, **connection):
        self.namespace = namespace
        self.flavour = flavour
        self.eventhub = azure.eventhub.aio if flavour == "asyncio" else azure.eventhub
        self.servicebus = azure.servicebus.aio if flavour == "asyncio" else azure.servicebus
        self.text = namespace.connection_string(**connection)

    def producer(self, hub, **options):
        return self.eventhub.EventHubProducerClient.from_connection_string(
            self.text, eventhub_name=hub, retry_total=0, **options)

    def consumer(self, hub, group="$Default", **options):
        return self.eventhub.EventHubConsumerClient.from_connection_string(
            self.text, consumer_group=group, eventhub_name=hub, retry_total=0, **options)

    def service_bus(self, **options):
        return self.servicebus.ServiceBusClient.from_connection_string(self.text, retry_total=0, **options)

    async def collect(self, consumer, count, seconds=20, batches=True, **options):
        """The first events that come, each with its partition's context. `receive` of the sync client
        brings at most five events a second when it has read less than its prefetch; `receive_batch`
        does not wait."""
        got = []
        receive = consumer.receive_batch if batches else consumer.receive
        if self.flavour == "sync":
            done = threading.Event()

            def on_event(context, events):
                got.extend((context, event) for event in (events if batches else [events]) if event is not None)
                if len(got) >= count:
                    done.set()

            thread = threading.Thread(target=lambda: receive(on_event, **options), daemon=True)
            thread.start()
            await asyncio.to_thread(done.wait, seconds)
            consumer.close()
            await asyncio.to_thread(thread.join, 10)
        else:
            done = asyncio.Event()

            async def on_event(context, events):
                got.extend((context, event) for event in (events if batches else [events]) if event is not None)
                if len(got) >= count:
                    done.set()

            task = asyncio.create_task(receive(on_event, **options))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(done.wait(), seconds)
            await consumer.close()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return got


def bodies(messages):
    return [str(message) for message in messages]


def texts(events):
    return sorted(event.body_as_str() for _, event in events)
