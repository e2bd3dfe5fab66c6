"""Signing in with Microsoft Entra ID: each way to a token, mosquitto → bridge → a namespace or an Event
Grid topic that checks the token, renewal, and what can go wrong. No Azure was at hand: the provider is
identity_provider.py, of which Microsoft's own azure-identity gets its tokens too."""

import socket
import threading

import pytest

from conftest import twinroute
from identity_provider import APP_SERVICE_HEADER, CLIENT, Answer, new_key
from identity_rig import FLOWS, GRID, HUBS, Bridge, environment, flow, grid, hub, namespace, provider, topic  # noqa: F401
from namespace_rig import Namespace
from rig import wait_until

# Each way in.


@pytest.mark.parametrize("name", FLOWS)
def test_each_flow_delivers(rig, mosquitto, provider, namespace, name):
    identity, variables = flow(name, provider)
    bridge = Bridge(rig, mosquitto, variables, hub=hub(namespace, identity))
    bridge.publish(200)
    bridge.wait_for_delivery()
    assert bridge.status()["sessions"] == 1
    if name != "azureCLI":
        assert provider.given == [(name.split("-")[0], HUBS)]
    assert not provider.refusals
    for secret in (provider.secrets[CLIENT], "eyJ", APP_SERVICE_HEADER):
        assert secret not in bridge.child.log(), "a secret in the log"


def test_a_queue_and_a_topic_take_tokens_of_their_own_services(rig, mosquitto, provider, namespace, topic):
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity), grid=grid(topic, identity),
                    queue=hub(namespace, identity, type="ServiceBus", path="orders"))
    bridge.publish(200)
    for endpoint in range(3):
        bridge.wait_for_delivery(endpoint)
    assert sorted(resource for _, resource in provider.given) == [GRID, HUBS, "https://servicebus.azure.net"]
    assert len(topic.events) >= 201 and topic.ways == {"bearer"}


def test_endpoints_with_one_identity_share_their_tokens(rig, mosquitto, provider, namespace):
    identity, _ = flow("secret", provider)
    provider.answer(Answer(seconds=0.5))  # all of them ask meanwhile
    bridge = Bridge(rig, mosquitto, **{f"hub{n}": hub(namespace, identity, path=f"hub{n}") for n in range(8)})
    bridge.publish(100)
    for endpoint in range(8):
        bridge.wait_for_delivery(endpoint)
    assert provider.count() == 1


def test_a_token_of_the_namespace_over_tls(rig, mosquitto, provider):
    folder = rig.folder / "tls"
    namespace = Namespace(rig, "--token-issuer", provider.issuer, "--tls", "--tls-folder", folder)
    identity, _ = flow("certificate", provider)
    bridge = Bridge(rig, mosquitto, hub={
        "type": "EventHub", "path": "telemetry", "identity": identity, "tls": {"ca": str(folder / "certificate.pem")},
        "connectionString": f"Endpoint=sb://localhost:{namespace.port}"})
    bridge.publish(100)
    bridge.wait_for_delivery()


class Tunnels:
    """An HTTP proxy that makes tunnels, and remembers to where."""

    def __init__(self):
        self.places, self.server = [], socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        place = head.split()[1].decode()
        self.places.append(place)
        host, _, port = place.rpartition(":")
        far = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self._copy, args=(far, client), daemon=True).start()
        self._copy(client, far)

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            """Either side may be gone."""


@pytest.mark.parametrize("is_written", [True, False])
def test_tokens_are_asked_for_through_the_proxy(rig, mosquitto, provider, namespace, is_written):
    """The endpoint's own, or the environment's, which AMQP leaves alone. Azure's machine is asked without."""
    tunnels = Tunnels()
    identity, variables = flow("secret", provider)
    managed, more = flow("imds", provider)
    proxy = {"proxy": tunnels.url} if is_written else {}
    variables = {**variables, **more, **({} if is_written else {"HTTPS_PROXY": tunnels.url, "HTTP_PROXY": tunnels.url})}
    bridge = Bridge(rig, mosquitto, variables, hub=hub(namespace, identity, **proxy), managed=hub(namespace, managed, path="managed"))
    bridge.publish(100)
    bridge.wait_for_delivery(0)
    bridge.wait_for_delivery(1)
    authority = provider.authority.removeprefix("https://")
    assert sorted(tunnels.places) == sorted([authority] + ([f"127.0.0.1:{namespace.port}"] if is_written else []))


# Renewal


def test_short_tokens_are_renewed_on_the_live_connection_under_load(rig, mosquitto, provider, namespace):
    """The namespace detaches a link whose token is over: a renewal that comes late would show as a session."""
    provider.life = 20
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity))
    bridge.publish(50_000, rate=1000)
    bridge.wait_for_delivery()
    status = bridge.status()
    assert status["sessions"] == 1 and status["books"]["deadLettered"] == 0 and "lastFailure" not in status
    assert namespace.events("telemetry") == status["books"]["delivered"], "nothing twice"
    assert 5 <= provider.count() <= 8, "one at half of each token's time"


def test_a_renewal_that_fails_costs_nothing_while_the_token_holds(rig, mosquitto, provider, namespace):
    provider.life = 20
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity))
    wait_until(lambda: provider.count() == 1, 20, "the first token", bridge.child)
    provider.answer(Answer(500, b"{}"), Answer(503, b"<html>", {"Retry-After": "1"}))
    bridge.publish(25_000, rate=1000)
    bridge.wait_for_delivery()
    assert provider.script_is_over and provider.count() >= 2
    assert bridge.status()["sessions"] == 1 and "a token could not be renewed" in bridge.child.log()


def test_event_grid_renews_before_the_time_is_over(rig, mosquitto, provider, topic):
    provider.life = 8
    identity, variables = flow("imds", provider)
    bridge = Bridge(rig, mosquitto, variables, grid=grid(topic, identity))
    bridge.publish(10_000, rate=500)
    bridge.wait_for_delivery()
    assert not topic.refusals and len(topic.bearers) >= 4
    assert bridge.status()["sessions"] == 1
    assert len(topic.events) == bridge.status()["books"]["delivered"], "nothing twice"


def test_a_token_that_a_topic_takes_back_is_replaced_once(rig, mosquitto, provider, topic):
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, grid=grid(topic, identity))
    bridge.publish(100)
    bridge.wait_for_delivery()
    topic.revoked = set(topic.bearers)
    bridge.publish(100)
    bridge.wait_for_delivery()
    assert topic.refusals[401] >= 1 and provider.count() == 2
    assert bridge.status()["sessions"] == 1 and "lastFailure" not in bridge.status()
    topic.issuer = new_key().public_key()  # now no token is right
    bridge.publish(10)
    bridge.failure(["http:401", "EventGrid Data Sender"])
    assert bridge.status()["lastFailureKind"] == "unauthorized"
    topic.issuer = provider.key.public_key()
    bridge.wait_for_delivery(seconds=120)


def test_a_new_federated_token_and_a_new_certificate_are_read(rig, mosquitto, provider, namespace):
    """The files change while the bridge runs; the old ones are no longer good."""
    provider.life = 8
    one, _ = flow("workload", provider)
    other, _ = flow("certificate", provider)
    bridge = Bridge(rig, mosquitto, one=hub(namespace, one, path="one"), other=hub(namespace, other, path="other"))
    bridge.publish(100)
    for endpoint in range(2):
        bridge.wait_for_delivery(endpoint)
    provider.cluster_key = new_key()
    provider.write_federated_token()
    provider.register_certificate()
    before = provider.count("workload"), provider.count("certificate")
    wait_until(lambda: provider.count("workload") > before[0] and provider.count("certificate") > before[1], 30, "new tokens", bridge.child)
    assert not provider.refusals


# What goes wrong


def test_check_connect_tries_the_identity(rig, mosquitto, provider, namespace, topic):
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity), grid=grid(topic, identity))
    done = twinroute("check", "--config", bridge.config, "--connect", env=environment())
    assert done.returncode == 0 and "Entra token for sb://" in done.stdout, done.stdout + done.stderr
    bridge.endpoints["hub"]["identity"] = {**identity, "secret": "not-the-secret"}
    bridge.write()
    done = twinroute("check", "--config", bridge.config, "--connect", env=environment())
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "AADSTS7000215" in said and "not-the-secret" not in said and provider.secrets[CLIENT] not in said


def test_a_wrong_secret_is_named_and_a_reload_repairs_it(rig, mosquitto, provider, namespace):
    identity, _ = flow("secret", provider)
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, {**identity, "secret": "not-the-secret"}))
    said = bridge.failure(["identity:invalid_client", "AADSTS7000215", "put the secret's value, not its id, into identity.secret"])
    assert "Trace ID" not in said and "not-the-secret" not in bridge.child.log()
    assert bridge.status()["lastFailureKind"] == "unauthorized" and bridge.status()["keys"][0]["health"] == "refused"
    assert "AADSTS7000215" in bridge.child.log()
    bridge.publish(100)
    bridge.endpoints["hub"]["identity"] = identity
    bridge.reload()
    bridge.wait_for_delivery()


def test_a_key_gives_way_to_an_identity_on_the_live_connection(rig, mosquitto, provider):
    namespace = Namespace(rig, "--token-issuer", provider.issuer, "--key", "sender=c2VjcmV0")
    key = f"Endpoint=sb://127.0.0.1:{namespace.port};SharedAccessKeyName=sender;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true"
    bridge = Bridge(rig, mosquitto, hub={"type": "EventHub", "path": "telemetry", "connectionString": key})
    bridge.publish(100)
    bridge.wait_for_delivery()
    bridge.endpoints["hub"] = hub(namespace, flow("secret", provider)[0])
    bridge.reload()
    wait_until(lambda: provider.count() == 1, 20, "a token", bridge.child)
    bridge.publish(100)
    bridge.wait_for_delivery()
    assert bridge.status()["sessions"] == 1


WRONG = {
    "tenant": ("secret", {"tenant": "99999999-0000-0000-0000-000000000000"}, ["AADSTS90002", "identity.tenant"]),
    "client": ("secret", {"client": "99999999-0000-0000-0000-000000000000"}, ["AADSTS700016", "identity.client"]),
    "authority's certificate": ("secret", {"ca": None}, ["tls", "localhost"]),
    "managed client": ("imds-user-assigned", {"client": "99999999-0000-0000-0000-000000000000"}, ["Identity not found", "assign a managed identity"]),
    "token file": ("workload", {"tokenFile": "/nowhere/token"}, ["/nowhere/token", "identity.tokenFile"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(rig, mosquitto, provider, namespace, what):
    name, changes, words = WRONG[what]
    identity, variables = flow(name, provider)
    identity = {field: value for field, value in {**identity, **changes}.items() if value is not None}
    bridge = Bridge(rig, mosquitto, variables, hub=hub(namespace, identity))
    bridge.failure(words)
    assert provider.count() == 0


def test_a_certificate_that_is_not_registered_is_named(rig, mosquitto, provider, namespace):
    identity, _ = flow("certificate", provider)
    identity["certificate"] = str(provider.register_certificate("other.pem", is_known=False))
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity))
    bridge.failure(["AADSTS700027", "upload the certificate"])


@pytest.mark.parametrize("is_installed", [True, False])
def test_az_without_a_login_and_no_az(rig, mosquitto, provider, namespace, is_installed):
    path = "/usr/bin:/bin:/usr/sbin"
    if is_installed:
        path = f"{provider.write_az(rig.folder / 'bin', is_logged_in=False)}:{path}"
    bridge = Bridge(rig, mosquitto, {"PATH": path}, hub=hub(namespace, {"kind": "azureCLI"}))
    bridge.failure(["identity:az-login", "run `az login`"] if is_installed else ["identity:az-missing", "not installed"])


FAULTS = {
    "busy": [Answer(429, b'{"error":"temporarily_unavailable","error_description":"AADSTS90055: too many"}', {"Retry-After": "2"})],
    "failed": [Answer(500, b'{"error":"server_error"}', count=2)],
    "garbage": [Answer(200, b"\x00\xff not JSON")],
    "no-token": [Answer(200, b'{"token_type":"Bearer","expires_in":3599}')],
    "over-already": [Answer(200, b'{"access_token":"a.b.c","expires_in":-5}')],
    "endless": [Answer(200, b"x" * (4 << 20))],
    "web-page": [Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})],
    "redirect": [Answer(302, headers={"Location": "https://elsewhere.example.net/"})],
    "silent": [Answer(500, seconds=20)],
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_provider_that_misbehaves_delays_and_loses_nothing(rig, mosquitto, provider, namespace, what):
    identity, _ = flow("secret", provider)
    provider.answer(*FAULTS[what])
    bridge = Bridge(rig, mosquitto, hub=hub(namespace, identity))
    bridge.publish(100)
    bridge.wait_for_delivery(seconds=90)
    assert provider.script_is_over and provider.count() == 1
    if what == "silent":
        assert bridge.status()["lastFailureKind"] == "timed out"


@pytest.mark.parametrize("status", [404, 410, 429, 500])
def test_a_metadata_service_that_is_updated_is_asked_again(rig, mosquitto, provider, namespace, status):
    identity, variables = flow("imds", provider)
    provider.answer(Answer(status, b'{"error":"x"}', count=2))
    bridge = Bridge(rig, mosquitto, variables, hub=hub(namespace, identity))
    bridge.publish(100)
    bridge.wait_for_delivery()
    assert provider.script_is_over and provider.count("imds") == 1
