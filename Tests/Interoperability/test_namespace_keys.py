"""Keys and tokens: the right key, the wrong one, a token whose time is over, one for something else."""

import asyncio
import json
import time

import pytest

from azure.core.credentials import AzureSasCredential
from azure.eventhub import EventData
from azure.eventhub.exceptions import AuthenticationError, EventHubError
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusAuthenticationError, ServiceBusError

from namespace_rig import FLAVOURS, Clients, Namespace, call, opened, w
from rig import Rig

RIGHT = "cmlnaHQga2V5IG9mIHRoaXMgdGVzdA=="
SECOND = "c2Vjb25kIGtleSBvZiB0aGlzIHRlc3Q="
CONFIG = {"UserConfig": {"AuthorizationRules": [
    {"Name": "all", "PrimaryKey": RIGHT, "SecondaryKey": SECOND},
    {"Name": "only-listen", "PrimaryKey": RIGHT, "Rights": ["Listen"]},
]}}


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    with Rig(folder) as rig:
        yield Namespace(rig, "--config", folder / "config.json")


async def send_event(clients, hub="hub"):
    async with opened(clients.producer(hub)) as producer:
        await w(producer.send_batch([EventData("x")]))


async def send_message(clients, queue="queue"):
    async with opened(clients.service_bus()) as client, opened(client.get_queue_sender(queue)) as sender:
        await w(sender.send_messages(ServiceBusMessage("x")))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("key", [RIGHT, SECOND])
@call("Keys", "Event Hubs and Service Bus with the primary and the secondary key")
def test_right_keys(namespace, flavour, key):
    clients = Clients(namespace, flavour, name="all", key=key)
    asyncio.run(send_event(clients))
    asyncio.run(send_message(clients))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name, key", [("all", "d3Jvbmc="), ("nobody", RIGHT)])
@call("Keys", "wrong key or rule name: AuthenticationError")
def test_wrong_keys(namespace, flavour, name, key):
    clients = Clients(namespace, flavour, name=name, key=key)
    with pytest.raises(AuthenticationError):
        asyncio.run(send_event(clients))
    with pytest.raises(ServiceBusAuthenticationError):
        asyncio.run(send_message(clients))


@pytest.mark.parametrize("flavour", FLAVOURS)
@call("Keys", "a key with the claim Listen only: sending is refused")
def test_a_missing_claim(namespace, flavour):
    clients = Clients(namespace, flavour, name="only-listen", key=RIGHT)
    with pytest.raises((AuthenticationError, EventHubError)):
        asyncio.run(send_event(clients))
    with pytest.raises(ServiceBusError):
        asyncio.run(send_message(clients))


def signed(namespace, hub, key, seconds):
    import base64
    import hashlib
    import hmac
    from urllib.parse import quote_plus
    uri = quote_plus(f"sb://127.0.0.1:{namespace.port}/{hub}")
    expiry = int(time.time()) + seconds
    mac = hmac.new(key.encode(), f"{uri}\n{expiry}".encode(), hashlib.sha256).digest()
    return f"SharedAccessSignature sr={uri}&sig={quote_plus(base64.b64encode(mac))}&se={expiry}&skn=all"


@pytest.mark.parametrize("hub, seconds, is_right", [
    ("hub", 60, True), ("hub", -60, False), ("other", 60, False), ("hu", 60, False)])
@call("Keys", "AzureSasCredential: a token that is right, is over, or is for something else")
def test_tokens(namespace, hub, seconds, is_right):
    from azure.eventhub import EventHubProducerClient
    producer = EventHubProducerClient(
        f"127.0.0.1:{namespace.port}", "hub", AzureSasCredential(signed(namespace, hub, RIGHT, seconds)),
        use_tls=False, retry_total=0)
    with producer:
        if is_right:
            producer.send_batch([EventData("x")])
        else:
            with pytest.raises(AuthenticationError):
                producer.send_batch([EventData("x")])
