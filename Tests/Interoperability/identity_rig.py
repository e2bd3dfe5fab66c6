"""What the tests of signing in with Microsoft Entra ID share: a provider, a namespace and a topic that
check its tokens, and a bridge between mosquitto and them."""

import json
import os
import signal
import urllib.request

import pytest

from conftest import twinroute
from event_grid_topic import Topic
from identity_provider import APP_SERVICE_HEADER, CLIENT, TENANT, IdentityProvider
from namespace_rig import Namespace
from rig import find_twinroute, free_port, wait_for_session, wait_until

HUBS, GRID = "https://eventhubs.azure.net", "https://eventgrid.azure.net"
#: What the operator writes, and what Azure puts into the environment, for each flow as the provider calls it.
FLOWS = ["secret", "certificate", "workload", "workload-environment", "imds", "imds-user-assigned", "appService", "azureCLI"]


def environment(**variables):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AZURE_", "IDENTITY_")) and not name.lower().endswith("_proxy")}
    return {**kept, **variables}


def flow(name, provider):
    """(identity, environment)"""
    application = {"tenant": TENANT, "client": CLIENT, "authority": provider.authority, "ca": str(provider.certificate)}
    match name:
        case "secret":
            return {"kind": "clientSecret", "secret": provider.secrets[CLIENT], **application}, {}
        case "certificate":
            return {"kind": "clientCertificate", "certificate": str(provider.register_certificate()), **application}, {}
        case "workload":
            return {"kind": "workload", "tokenFile": str(provider.token_file), **application}, {}
        case "workload-environment":
            return {"kind": "workload", "ca": str(provider.certificate)}, {
                "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_FEDERATED_TOKEN_FILE": str(provider.token_file),
                "AZURE_AUTHORITY_HOST": provider.authority + "/"}
        case "imds":
            return {"kind": "managed"}, {"AZURE_POD_IDENTITY_AUTHORITY_HOST": provider.plain}
        case "imds-user-assigned":
            return {"kind": "managed", "client": CLIENT}, {"AZURE_POD_IDENTITY_AUTHORITY_HOST": provider.plain}
        case "appService":
            return {"kind": "managed"}, {"IDENTITY_ENDPOINT": f"{provider.plain}/msi/token", "IDENTITY_HEADER": APP_SERVICE_HEADER}
        case "azureCLI":
            return {"kind": "azureCLI"}, {"PATH": f"{provider.write_az(provider.folder / 'bin')}:{os.environ['PATH']}"}


class Bridge:
    def __init__(self, rig, mosquitto, env=None, **endpoints):
        self.mosquitto, self.http, self.folder, self.sent = mosquitto, free_port(), rig.folder, 0
        self.endpoints, self.config = endpoints, rig.folder / "bridge.yaml"
        self.write()
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", self.config], env=environment(**(env or {})))
        wait_for_session(mosquitto.port, self.child)
        self.sent += 1  # the probe

    def write(self):
        self.config.write_text(json.dumps({
            "source": "identity.example.net", "data": str(self.folder / "data"), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{self.mosquitto.port}", "clientID": "identity", "sessionExpiry": "1h",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            "endpoints": self.endpoints, "routes": [{"id": name, "endpoint": name} for name in self.endpoints]}))

    def reload(self):
        self.write()
        self.child.process.send_signal(signal.SIGHUP)

    def status(self, endpoint=0):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/status", timeout=10) as answer:
            return json.load(answer)["endpoints"][endpoint]

    def publish(self, count, rate=0):
        done = twinroute("publish", "--port", self.mosquitto.port, "--count", count, "--devices", 10, "--rate", rate, "--json",
                         timeout=120)
        assert done.returncode == 0, done.stderr
        self.sent += count

    def wait_for_delivery(self, endpoint=0, seconds=60):
        def is_delivered():
            status = self.status(endpoint)
            # The probe may have come more than once.
            return status["waiting"] == 0 and status["books"]["delivered"] >= self.sent

        wait_until(is_delivered, seconds, "all events", self.child)
        assert self.status(endpoint)["books"]["unaccounted"] == 0

    def failure(self, words, seconds=30):
        """The endpoint's failure, once it has all the words."""
        def last():
            said = self.status().get("lastFailure", "")
            return said if all(word in said for word in words) else None

        return wait_until(last, seconds, f"a failure with {words}", self.child)


@pytest.fixture
def provider(rig):
    provider = IdentityProvider(rig.folder)
    yield provider
    provider.close()


@pytest.fixture
def namespace(rig, provider):
    return Namespace(rig, "--token-issuer", provider.issuer)


@pytest.fixture
def topic(rig, provider):
    folder = rig.folder / "topic"
    folder.mkdir()
    topic = Topic(folder, [], issuer=provider.key.public_key())
    yield topic
    topic.close()


def hub(namespace, identity, **fields):
    return {"type": "EventHub", "path": "telemetry", "identity": identity,
            "connectionString": f"Endpoint=sb://127.0.0.1:{namespace.port};UseDevelopmentEmulator=true", **fields}


def grid(topic, identity):
    return {"type": "EventGrid", "path": f"localhost:{topic.port}", "identity": identity, "tls": {"ca": str(topic.certificate)}}
