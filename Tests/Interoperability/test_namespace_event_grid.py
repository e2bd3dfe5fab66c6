"""azure-eventgrid against `twinroute namespace`, with keys and with SAS tokens."""

import asyncio
import datetime
import json

import pytest

from azure.core.credentials import AzureKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, EventGridPublisherClient, generate_sas
from azure.eventgrid.aio import EventGridPublisherClient as AsyncEventGridPublisherClient

from namespace_rig import FLAVOURS, Namespace, call, opened, w
from rig import Rig

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
CONFIG = {"UserConfig": {"EventGridTopics": [
    {"Name": "any", "Key1": "b3RoZXI=", "Key2": KEY}, {"Name": "cloud", "InputSchema": "CloudEventSchemaV1_0", "Key1": KEY}]}}

pytestmark = pytest.mark.parametrize("flavour", FLAVOURS)


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    with Rig(folder) as rig:
        yield Namespace(rig, "--config", folder / "config.json")


def client(namespace, flavour, topic, credential):
    kind = AsyncEventGridPublisherClient if flavour == "asyncio" else EventGridPublisherClient
    return kind(f"http://127.0.0.1:{namespace.http}/{topic}/api/events", credential, retry_total=0)


def event(number):
    return EventGridEvent(subject=f"s{number}", event_type="t", data={"n": number}, data_version="1")


def newest(namespace, after):
    status, answer = namespace.request("GET", f"/eventgrid/events?after={after}")
    assert status == 200
    return answer


def mark(namespace):
    """The number of the last event; the list pages by 1000."""
    return newest(namespace, 0)["nextAfter"]


@call("Event Grid", "send, EventGridEvent, with a key", "send, CloudEvent, with a key", "send with a SAS token")
def test_both_schemas(namespace, flavour):
    async def run():
        after = mark(namespace)
        async with opened(client(namespace, flavour, "any", AzureKeyCredential(KEY))) as publisher:
            await w(publisher.send([event(1), event(2)]))
            await w(publisher.send(CloudEvent(source="/a", type="t", data={"n": 3})))
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
        sas = generate_sas(f"http://127.0.0.1:{namespace.http}/any/api/events", KEY, until)
        async with opened(client(namespace, flavour, "any", AzureSasCredential(sas))) as publisher:
            await w(publisher.send(event(4)))
        came = newest(namespace, after)["value"]
        assert [entry["event"]["data"]["n"] for entry in came] == [1, 2, 3, 4]
        assert [entry["schema"] for entry in came] == [
            "EventGridSchema", "EventGridSchema", "CloudEventSchemaV1_0", "EventGridSchema"]
    asyncio.run(run())


@call("Event Grid", "wrong key, expired SAS token: ClientAuthenticationError", "the other schema: HttpResponseError")
def test_refusals(namespace, flavour):
    async def run():
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        sas = generate_sas(f"http://127.0.0.1:{namespace.http}/any/api/events", KEY, past)
        for credential in [AzureKeyCredential("d3Jvbmc="), AzureSasCredential(sas)]:
            async with opened(client(namespace, flavour, "any", credential)) as publisher:
                with pytest.raises(ClientAuthenticationError):
                    await w(publisher.send(event(1)))
        async with opened(client(namespace, flavour, "cloud", AzureKeyCredential(KEY))) as publisher:
            await w(publisher.send(CloudEvent(source="/a", type="t")))
            with pytest.raises(HttpResponseError) as raised:
                await w(publisher.send(event(1)))
            assert raised.value.status_code == 400
    asyncio.run(run())


def test_a_reader_waits_for_the_next_event(namespace, flavour):
    async def run():
        after = mark(namespace)
        waiting = asyncio.create_task(asyncio.to_thread(
            namespace.request, "GET", f"/eventgrid/events?after={after}&wait=20"))
        async with opened(client(namespace, flavour, "any", AzureKeyCredential(KEY))) as publisher:
            await w(publisher.send(event(7)))
        status, answer = await waiting
        assert status == 200 and [entry["event"]["subject"] for entry in answer["value"]] == ["s7"]
    asyncio.run(run())
