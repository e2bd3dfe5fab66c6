"""mosquitto -> bridge -> tinyproxy -> nginx with TLS -> local namespace over WebSocket: how a bridge
behind a firewall reaches Azure. Proxy and reverse proxy are Debian's, neither is ours."""

import json
import os
import signal
import time
import urllib.request

import pytest

from conftest import twinroute
from firewall import WEB_SOCKET_PATH, MutualNginx, Nginx, Tinyproxy
from namespace_rig import Namespace
from rabbitmq import make_certificates
from rehearsal import SHIFTS, Consumer, Size, judge
from rig import find_twinroute, free_port, wait_for_session, wait_until

HUB = "telemetry"
RULE, KEY = "RootManageSharedAccessKey", "SAS_KEY_VALUE"
#: tinyproxy takes letters, digits, '-', '.' and '_'; percent-encoded they are the same.
LOGIN = ("plant", "Tunnel-7.way")
ENCODED = ("plant", "Tunnel%2D7%2Eway")
#: A refusal is told within this; the proxy answers at once, and the bridge's own limit is 10 s.
BOUND_S = 20


@pytest.fixture(autouse=True)
def no_proxy_of_ours(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def certificates(rig):
    return make_certificates(rig.folder / "certificates")


@pytest.fixture
def far_side(rig, certificates):
    """A namespace, and nginx before its WebSockets."""
    web = free_port()
    namespace = Namespace(rig, "--web-socket-port", web, "--key", f"{RULE}={KEY}", "--entity-megabytes", 512)
    namespace.nginx = Nginx(rig, web, certificates)
    return namespace


class Bridge:
    def __init__(self, rig, mosquitto, port, certificates, environment=None, **endpoint):
        self.mosquitto, self.http = mosquitto, free_port()
        self.config = rig.folder / "bridge.yaml"
        self.config.write_text(json.dumps({
            "source": "firewall.example.net", "data": str(rig.folder / "data"), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "firewall", "sessionExpiry": "1h",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            "endpoints": {"hub": {"type": "EventHub", "path": HUB, "tls": {"ca": f"{certificates}/ca.pem"}, **endpoint,
                                  "connectionString": f"Endpoint=sb://localhost:{port};SharedAccessKeyName={RULE};SharedAccessKey={KEY}"}},
            "routes": [{"id": "all", "endpoint": "hub"}]}))
        self.started = time.monotonic()
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", self.config],
                               env={**os.environ, **(environment or {})})
        wait_for_session(mosquitto.port, self.child)

    def endpoint(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/status", timeout=30) as answer:
            return json.load(answer)["endpoints"][0]

    def publish(self, count, devices=10, rate=0):
        done = twinroute("publish", "--port", self.mosquitto.port, "--count", count, "--devices", devices, "--rate", rate, "--json")
        assert done.returncode == 0, done.stderr

    def wait_for_failure(self, *words):
        """The failure and its remedy, in a bounded time."""
        def told():
            failure = self.endpoint().get("lastFailure", "")
            return failure if failure and all(word in failure for word in words) else None
        return wait_until(told, BOUND_S, f"a failure with {words}", self.child)

    def wait_for_delivery(self, count, seconds=60):
        wait_until(lambda: self.endpoint()["books"]["delivered"] >= count + 1, seconds, f"{count} events delivered", self.child)
        books = self.endpoint()["books"]
        assert (books["delivered"], books["waiting"], books["unaccounted"], books["deadLettered"]) == (count + 1, 0, 0, 0)

    def tail(self, count):
        """Numbers by device, read the way that the bridge sends."""
        done = twinroute("tail", "hub", "--config", self.config, "--count", count, "--json")
        assert done.returncode == 0, done.stderr
        numbers = {}
        for line in done.stdout.splitlines():
            event = json.loads(line)
            if event["attributes"]["subject"] != "probe":
                numbers.setdefault(event["attributes"]["subject"], []).append(json.loads(event["body"])["n"])
        return numbers


COUNT, DEVICES = 1000, 10
ALL = {f"device-{device}": list(range(1, COUNT // DEVICES + 1)) for device in range(1, DEVICES + 1)}


@pytest.fixture
def start(rig, mosquitto, certificates, far_side):
    """start(proxy, ...) is a bridge to the namespace over WebSockets."""

    def start(proxy=None, environment=None):
        options = {"proxy": proxy} if proxy else {}
        return Bridge(rig, mosquitto, far_side.nginx.port, certificates, environment, transport="websockets", **options)

    return start


def check_delivered(bridge):
    bridge.publish(COUNT)
    bridge.wait_for_delivery(COUNT)
    assert bridge.tail(COUNT + 1) == ALL


def test_nginx_hands_the_upgrade_on(start, far_side):
    check_delivered(start())
    upgrades = far_side.nginx.access.read_text().splitlines()
    assert upgrades and set(upgrades) == {f"HTTP/1.1 101 websocket AMQPWSB10 {WEB_SOCKET_PATH}"}


def test_a_client_certificate_is_shown_to_who_asks_for_one(rig, mosquitto, certificates):
    web = free_port()
    namespace = Namespace(rig, "--web-socket-port", web, "--key", f"{RULE}={KEY}")
    nginx = MutualNginx(rig, web, certificates)
    bridge = Bridge(rig, mosquitto, nginx.port, certificates, transport="websockets")
    bridge.wait_for_failure("400")
    definition = json.loads(bridge.config.read_text())
    definition["endpoints"]["hub"]["tls"] |= {"certificate": f"{certificates}/server.pem", "key": f"{certificates}/server.key"}
    bridge.config.write_text(json.dumps(definition))
    os.kill(bridge.child.pid, signal.SIGHUP)
    check_delivered(bridge)
    assert namespace.events(HUB) == COUNT + 1


@pytest.mark.parametrize("login", [None, LOGIN])
def test_events_go_through_the_proxy(rig, start, far_side, login):
    proxy = Tinyproxy(rig, [far_side.nginx.port], login)
    check_delivered(start(proxy.url(*(ENCODED if login else ()))))
    # The bridge's tunnel and tail's.
    assert proxy.tunnels() >= 2


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_environments_proxy_is_used_where_none_is_written(rig, start, far_side, name):
    proxy = Tinyproxy(rig, [far_side.nginx.port], LOGIN)
    bridge = start(environment={name: proxy.url(*ENCODED)})
    bridge.publish(COUNT)
    bridge.wait_for_delivery(COUNT)
    assert proxy.tunnels() >= 1


def test_a_host_that_is_excepted_goes_by_no_proxy(start):
    """Nobody listens where the proxy should be."""
    bridge = start(environment={"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}", "NO_PROXY": "example.net,localhost"})
    bridge.publish(COUNT)
    bridge.wait_for_delivery(COUNT)


@pytest.mark.parametrize("given, status", [(None, "(407)"), (("plant", "Another.word"), "(401)")])
def test_a_login_that_the_proxy_does_not_take_is_told_and_cured_by_the_proxy(rig, start, far_side, given, status):
    proxy = Tinyproxy(rig, [far_side.nginx.port], LOGIN)
    bridge = start(proxy.url(*(given or ())))
    bridge.publish(COUNT)
    failure = bridge.wait_for_failure(status, "user and password in its URL")
    assert not any(secret in failure + bridge.child.log() for secret in (LOGIN[1], "Another.word"))
    assert bridge.endpoint()["books"]["delivered"] == 0
    proxy.child.stop()
    proxy.configure([far_side.nginx.port], given)
    proxy.start()
    bridge.wait_for_delivery(COUNT)
    assert bridge.tail(COUNT + 1) == ALL


def test_a_port_that_the_proxy_does_not_let_through_is_told_and_cured_by_a_reload(rig, start, far_side):
    proxy = Tinyproxy(rig, [443])
    bridge = start(proxy.url())
    bridge.publish(COUNT)
    bridge.wait_for_failure("(403", "allow this host and port there")
    proxy.configure([443, far_side.nginx.port])
    proxy.reload()
    bridge.wait_for_delivery(COUNT)
    assert bridge.tail(COUNT + 1) == ALL


def test_amqps_goes_through_the_same_proxy(rig, mosquitto, certificates):
    namespace = Namespace(rig, "--certificate", certificates / "server.pem", "--certificate-key", certificates / "server.key",
                          "--key", f"{RULE}={KEY}")
    proxy = Tinyproxy(rig, [443, namespace.port], LOGIN)
    # The environment's proxy is for WebSockets; with AMQP only one that is written counts.
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"}
    bridge = Bridge(rig, mosquitto, namespace.port, certificates, environment, transport="amqp", proxy=proxy.url(*ENCODED))
    check_delivered(bridge)
    assert proxy.tunnels() >= 2


def test_a_proxy_that_is_cut_under_load_loses_nothing(rig, start, far_side, mosquitto):
    proxy = Tinyproxy(rig, [far_side.nginx.port], LOGIN)
    bridge = start(proxy.url(*ENCODED))
    size = Size(count=12_000, devices=20, rate=4000, hold=0)
    publishers = [rig.start(f"publisher-{shift}", [
        find_twinroute(), "publish", "--port", mosquitto.port, "--count", size.count // 2, "--devices", size.devices,
        "--topic", f"devices/{shift}-{{device}}/messages/events", "--rate", size.rate / 2, "--json"]) for shift in SHIFTS]

    for share in (0.1, 0.3, 0.5):
        wait_until(lambda: far_side.events(HUB) > size.count * share, 60, f"{share:.0%} of the events", bridge.child)
        sessions = bridge.endpoint()["sessions"]
        proxy.child.kill()
        wait_until(lambda: not bridge.endpoint()["connected"], BOUND_S, "the bridge to notice", bridge.child)
        proxy.start()
        wait_until(lambda: bridge.endpoint()["sessions"] > sessions, 60, "another session", bridge.child)
    for publisher in publishers:
        assert publisher.wait(120) == 0 and publisher.said["acknowledged"] == size.count // 2
    bridge.wait_for_delivery(size.count, seconds=120)
    got = Consumer(far_side).finish(far_side.events(HUB) - 1, 120)
    lost, duplicated, late = judge(got, size)
    print(f"{len(got):,} copies of {size.count:,} events, {duplicated} duplicated, 3 cuts")
    assert (lost, late) == (0, 0)
