"""`twinroute check --connect` against brokers, namespaces and topics that are right, wrong, deaf or
something else: each fault is named where it is, with its remedy, in a bounded time; no secret is shown;
nothing is sent and nothing is taken from a bridge that runs."""

import datetime
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import twinroute
from event_grid_topic import Topic
from firewall import Nginx, Tinyproxy
from namespace_rig import Namespace
from rabbitmq import make_certificates
from rig import accepts, find_program, find_twinroute, free_port, wait_for_session, wait_until

RULE, FIRST, SECOND, WRONG = "sender", "Zmlyc3Qga2V5IG9mIGFsbA==", "c2Vjb25kIGtleSBvZiBhbGw=", "d3Jvbmcga2V5IG9mIGFsbA=="
GRID_FIRST, GRID_WRONG = "Z3JpZCBrZXkgb25lIG9uZQ==", "Z3JpZCBrZXkgd3Jvbmcgb24="
PASSWORD, WRONG_PASSWORD = "pass-of-the-plant", "no-pass-of-the-plant"
SECURITY_PLUGIN = next(pathlib.Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)
SECRETS = (FIRST, SECOND, WRONG, GRID_FIRST, GRID_WRONG, PASSWORD, WRONG_PASSWORD)
#: More than the limits of all steps of a target that hangs.
BOUND_S = 30


class Check:
    """One run; steps by target."""

    def __init__(self, rig, brokers=(), endpoints=None, *options, env=None):
        config = rig.folder / "check.yaml"
        some = {"name": "none", "url": "mqtt://127.0.0.1:1", "subscriptions": [{"topic": "a"}]}
        config.write_text(json.dumps({
            "source": "check.example.net", "data": str(rig.folder / "data"), "mqtt": list(brokers) or [some],
            "endpoints": endpoints or {}, "routes": [{"id": name, "endpoint": name} for name in endpoints or {}]}))
        self.config = config
        started = time.monotonic()
        done = twinroute("check", "--config", config, "--connect", "--json", "--timeout", 2, *options, env=env, timeout=BOUND_S * 2)
        self.seconds = time.monotonic() - started
        assert self.seconds < BOUND_S
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr], done.stdout
        assert done.returncode in (0, 1), done.stdout + done.stderr
        self.code = done.returncode
        self.report = json.loads(done.stdout)
        self.targets = {target["name"]: target["steps"] for target in self.report["targets"]}

    def step(self, target, name, key=None):
        return next(step for step in self.targets[target] if step["step"] == name and step.get("key") == key)

    def outcomes(self, target):
        """'step' or 'key: step' -> outcome."""
        return {(f"{step['key']}: " if "key" in step else "") + step["step"]: step["outcome"] for step in self.targets[target]}

    def failed(self, target):
        """The steps that failed; each has its remedy, and what follows is not tried."""
        steps = [step for step in self.targets[target] if step["outcome"] == "failed"]
        assert all(step["remedy"] for step in steps), steps
        return steps


def place(port, key=FIRST, host="127.0.0.1", emulator=True):
    return (f"Endpoint=sb://{host}:{port};SharedAccessKeyName={RULE};SharedAccessKey={key}"
            + (";UseDevelopmentEmulator=true" if emulator else ""))


def hub(text, **members):
    return {"type": "EventHub", "path": "telemetry", "connectionString": text, **members}


@pytest.fixture
def namespace(rig):
    """With one entity of each kind and two keys of one rule."""
    config = rig.folder / "namespace.json"
    config.write_text(json.dumps({"UserConfig": {
        "AuthorizationRules": [{"Name": RULE, "PrimaryKey": FIRST, "SecondaryKey": SECOND}],
        "NamespaceConfig": [
            {"Type": "EventHub", "Name": "emulatorNs1", "Entities": [{"Name": "telemetry", "PartitionCount": 3, "ConsumerGroups": []}]}]}}))
    return Namespace(rig, "--config", config)


# --- brokers


@pytest.fixture
def broker(rig):
    """Mosquitto with one user."""
    passwords = rig.folder / "passwords"
    passwords.touch()
    subprocess.run([find_program("mosquitto_passwd"), "-b", passwords, "bridge", PASSWORD], check=True, capture_output=True)
    config = f"password_file {passwords}"
    # Else mosquitto changes to a user who may not read it.
    return rig.start_mosquitto(extra=f"{config}\nuser root" if os.getuid() == 0 else config)


def plant(port, topics, password=PASSWORD, **members):
    return {"name": "plant", "url": f"mqtt://127.0.0.1:{port}", "clientID": "bridge", "username": "bridge", "password": password,
            "subscriptions": [{"topic": topic} for topic in topics], **members}


def test_a_broker_that_takes_all(rig, broker):
    check = Check(rig, [plant(broker.port, ["devices/{subject}/a", "$share/group/devices/{subject}/b"])])
    assert check.outcomes("plant") == {"DNS": "ok", "TCP": "ok", "clock": "skipped", "connect": "ok",
                                       "subscribe devices/+/a": "ok", "subscribe devices/+/b": "ok"}
    assert (check.code, check.report["failed"]) == (0, 0)


def test_a_wrong_password_is_told_and_nothing_is_subscribed(rig, broker):
    check = Check(rig, [plant(broker.port, ["devices/{subject}/a"], WRONG_PASSWORD)])
    (failed,) = check.failed("plant")
    assert failed["step"] == "connect" and "'bridge'" in failed["detail"] and "password" in failed["remedy"]
    assert check.outcomes("plant")["subscribe devices/+/a"] == "skipped" and check.code == 1


@pytest.mark.parametrize("version, code", [("5", 135), ("3.1.1", 128)])
def test_a_topic_that_the_broker_refuses_is_told_alone(rig, version, code):
    """mosquitto's `acl_file` grants every subscription and then hands nothing out; its dynamic security
    refuses."""
    security = rig.folder / "security.json"
    security.write_text(json.dumps({
        "defaultACLAccess": {"publishClientSend": True, "publishClientReceive": True, "subscribe": False, "unsubscribe": True},
        "roles": [{"rolename": "reader", "acls": [{"acltype": "subscribePattern", "topic": "devices/#", "priority": 0, "allow": True}]}],
        "groups": [{"groupname": "anybody", "roles": [{"rolename": "reader"}], "clients": []}], "anonymousGroup": "anybody", "clients": []}))
    broker = rig.start_mosquitto(extra=f"plugin {SECURITY_PLUGIN}\nplugin_opt_config_file {security}"
                                       + ("\nuser root" if os.getuid() == 0 else ""))
    check = Check(rig, [{"name": "plant", "url": f"mqtt://127.0.0.1:{broker.port}", "protocolVersion": version,
                         "subscriptions": [{"topic": "devices/{subject}/a"}, {"topic": "$share/group/secrets/{subject}"}]}])
    assert check.outcomes("plant")["subscribe devices/+/a"] == "ok"
    (failed,) = check.failed("plant")
    assert failed["step"] == "subscribe secrets/+" and f"code {code}" in failed["detail"] and "access rules" in failed["remedy"]


def test_a_running_bridge_loses_no_message_to_a_check(rig, mosquitto, namespace):
    """The bridge holds a share of the subscription, and its session goes on."""
    config = rig.folder / "bridge.yaml"
    http = free_port()
    topics = ["devices/{subject}/messages/events", "$share/group/twins/{subject}/update"]
    config.write_text(json.dumps({
        "source": "check.example.net", "data": str(rig.folder / "bridge"), "http": {"listen": f"127.0.0.1:{http}"},
        "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "bridge", "sessionExpiry": "1h",
                  "subscriptions": [{"topic": topic} for topic in topics]}],
        "endpoints": {"hub": hub(place(namespace.port))}, "routes": [{"id": "all", "endpoint": "hub"}]}))
    bridge = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
    wait_for_session(mosquitto.port, bridge)
    count = 2000
    publisher = rig.start("publisher", [find_twinroute(), "publish", "--port", mosquitto.port, "--count", count, "--devices", 5,
                                        "--rate", 1000, "--topic", "twins/{device}/update", "--json"])
    for _ in range(3):
        done = twinroute("check", "--config", config, "--connect")
        assert done.returncode == 0 and "Nothing failed" in done.stdout, done.stdout + done.stderr
    assert publisher.wait(60) == 0
    wait_until(lambda: namespace.events("telemetry") >= count + 1, 30, "all events", bridge)
    assert namespace.events("telemetry") == count + 1  # and the probe
    assert "connection ended" not in bridge.log()


# --- Event Hubs and Service Bus


def test_each_key_is_tried_by_itself(rig, namespace):
    both = hub(place(namespace.port), secondaryConnectionString=place(namespace.port, SECOND))
    half = hub(place(namespace.port, WRONG), secondaryConnectionString=place(namespace.port, SECOND))
    plain = hub(place(namespace.port), auth="plain", secondaryConnectionString=place(namespace.port, WRONG))
    check = Check(rig, [], {"both": both, "half": half, "plain": plain})
    fine = {f"{key}: {step}": "ok" for key in ("primary", "secondary") for step in ("token", "SASL", "CBS", "link", "partitions")}
    assert fine.items() <= check.outcomes("both").items() and not check.failed("both")
    assert "3: 0, 1, 2" == check.step("both", "partitions", "primary")["detail"]
    assert re.search(r"up to \d+ KiB", check.step("both", "link", "secondary")["detail"])
    (failed,) = check.failed("half")
    assert (failed["key"], failed["step"]) == ("primary", "CBS") and "InvalidSignature" in failed["detail"] and "key" in failed["remedy"]
    assert check.outcomes("half")["primary: link"] == "skipped" and check.outcomes("half")["secondary: link"] == "ok"
    (failed,) = check.failed("plain")
    assert (failed["key"], failed["step"]) == ("secondary", "SASL") and check.outcomes("plain")["primary: link"] == "ok"
    assert check.code == 1


def test_a_secondary_key_that_leads_elsewhere_has_a_way_of_its_own(rig, namespace):
    closed = free_port()
    check = Check(rig, [], {"hub": hub(place(namespace.port), secondaryConnectionString=place(closed, SECOND)),
                            "other": hub(place(closed), secondaryConnectionString=place(namespace.port, SECOND))})
    (failed,) = check.failed("hub")
    assert (failed["key"], failed["step"]) == ("secondary", "TCP") and str(closed) in failed["detail"]
    assert check.outcomes("hub")["primary: link"] == "ok" and check.outcomes("hub")["secondary: link"] == "skipped"
    (failed,) = check.failed("other")
    assert failed["step"] == "TCP" and check.outcomes("other")["secondary: link"] == "ok"


def test_a_broker_of_another_make(rig, rabbitmq):
    text = f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}"
    peer = {"type": "ServiceBus", "path": "/queue/check", "connectionString": text}
    wrong = {**peer, "connectionString": text.replace(":guest@", f":{WRONG_PASSWORD}@")}
    check = Check(rig, [], {"peer": peer, "wrong": wrong}, "--send")
    assert {"primary: SASL": "ok", "primary: link": "ok", "primary: send": "ok"}.items() <= check.outcomes("peer").items()
    (failed,) = check.failed("wrong")
    assert failed["step"] == "SASL" and check.outcomes("wrong")["send"] == "skipped"


def test_an_entity_that_is_not_there(rig, namespace):
    check = Check(rig, [], {"hub": hub(place(namespace.port), path="telemtry")})
    failed = check.failed("hub")[0]
    assert failed["step"] in ("CBS", "link") and "path" in failed["remedy"] and "not-found" in failed["detail"]


def test_a_port_where_nobody_listens_and_a_name_that_nobody_knows(rig):
    check = Check(rig, [], {"closed": hub(place(free_port())), "nowhere": hub(place(5671, host="nowhere.invalid"))})
    (failed,) = check.failed("closed")
    assert failed["step"] == "TCP" and "nothing listens" in failed["detail"] and "port" in failed["remedy"]
    (failed,) = check.failed("nowhere")
    assert failed["step"] == "DNS" and "nowhere.invalid" in failed["detail"]
    for target in ("closed", "nowhere"):
        assert all(step["outcome"] in ("ok", "failed", "skipped") for step in check.targets[target])
        assert {step["outcome"] for step in check.targets[target] if "key" in step} == {"skipped"}


class Server:
    """Accepts, says `answer` and nothing more. `held`: its connections."""

    def __init__(self, answer=None):
        self._answer = answer
        self.held = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.held.append(connection)
            if self._answer:
                try:
                    connection.sendall(self._answer)
                except OSError:
                    pass


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("answer", [None, b"SSH-2.0-OpenSSH_9.2\r\n" * 20, os.urandom(2000)])
def test_a_server_that_never_answers_or_sends_garbage(rig, tls, answer):
    server = Server(answer)
    broker = {"name": "plant", "url": f"mqtt{'s' if tls else ''}://127.0.0.1:{server.port}", "subscriptions": [{"topic": "a"}]}
    grid = {"type": "EventGrid", "connectionString": GRID_FIRST, "path": f"http{'s' if tls else ''}://127.0.0.1:{server.port}/api/events"}
    web = hub(place(server.port, emulator=not tls), transport="websockets")
    check = Check(rig, [broker], {"hub": hub(place(server.port, emulator=not tls)), "web": web, "grid": grid})
    expected = {"hub": ["SASL"], "web": ["WebSocket"], "grid": ["key"], "plant": ["connect"]}
    for target, steps in expected.items():
        assert [step["step"] for step in check.failed(target)] == (["TLS"] if tls else steps), check.targets[target]


# --- TLS


def signed(folder, days=90, name="localhost"):
    """An authority, and a certificate of its for `name` that ends in so many days, or so many days ago."""
    folder.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=check authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.csr")
    (folder / "openssl.cnf").write_text(
        "[ca]\ndefault_ca=rig\n[rig]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n"
        f"x509_extensions=server\n[any]\ncommonName=supplied\n[server]\nsubjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")

    def date(days):
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)).strftime("%Y%m%d%H%M%SZ")

    openssl("ca", "-batch", "-config", "openssl.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "server.csr", "-out", "server.pem",
            "-notext", "-startdate", date(min(days, 0) - 30), "-enddate", date(days))
    return folder


def secure(rig, certificates, name):
    return Namespace(rig, "--certificate", certificates / "server.pem", "--certificate-key", certificates / "server.key",
                     "--key", f"{RULE}={FIRST}", name=name)


def test_certificates(rig):
    fine, old, soon = (signed(rig.folder / name, days) for name, days in (("fine", 90), ("old", -4), ("soon", 5)))
    other = signed(rig.folder / "other", name="other.example.net")
    ports = {name: secure(rig, folder, f"namespace-{name}").port
             for name, folder in (("fine", fine), ("old", old), ("soon", soon), ("other", other))}

    def endpoint(name, folder):
        return hub(place(ports[name], host="localhost", emulator=False), tls={"ca": str(folder / "ca.pem")})

    check = Check(rig, [], {"fine": endpoint("fine", fine), "unknown": endpoint("fine", old), "old": endpoint("old", old),
                            "soon": endpoint("soon", soon), "other": endpoint("other", other)})
    assert not check.failed("fine") and "90 days left" in check.step("fine", "TLS")["detail"]
    assert check.outcomes("fine")["primary: link"] == "ok"
    (unknown,), (old_,), (other_,) = check.failed("unknown"), check.failed("old"), check.failed("other")
    assert unknown["step"] == old_["step"] == other_["step"] == "TLS"
    assert "not trusted" in unknown["detail"] and "tls.ca" in unknown["remedy"]
    assert "expired 3 days ago" in old_["detail"] and "renew" in old_["remedy"]
    assert "other.example.net, not for localhost" in other_["detail"]
    assert check.step("soon", "TLS")["outcome"] == "warning" and "renew" in check.step("soon", "TLS")["remedy"]
    assert check.outcomes("soon")["primary: link"] == "ok"


def test_a_brokers_certificate(rig):
    fine, other = signed(rig.folder / "fine"), signed(rig.folder / "other", name="other.example.net")
    brokers = []
    for name, folder in (("fine", fine), ("other", other)):
        port = free_port()
        config = rig.folder / f"{name}.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
                          + ("user root\n" if os.getuid() == 0 else ""))
        child = rig.start(f"mosquitto-{name}", [find_program("mosquitto"), "-c", config])
        wait_until(lambda: accepts(port), 10, "mosquitto", child)
        brokers.append({"name": name, "url": f"mqtts://localhost:{port}", "tls": {"ca": str(folder / "ca.pem")}, "subscriptions": [{"topic": "a"}]})
    check = Check(rig, brokers)
    assert {"TLS": "ok", "connect": "ok", "subscribe a": "ok"}.items() <= check.outcomes("fine").items()
    (failed,) = check.failed("other")
    assert failed["step"] == "TLS" and "not for localhost" in failed["detail"]
    assert check.outcomes("other")["connect"] == "skipped"


# --- firewalls


def test_through_a_proxy_and_websockets(rig):
    certificates = make_certificates(rig.folder / "certificates")
    web = free_port()
    Namespace(rig, "--web-socket-port", web, "--key", f"{RULE}={FIRST}")
    nginx = Nginx(rig, web, certificates)
    proxy = Tinyproxy(rig, [nginx.port], ("plant", PASSWORD))
    text = place(nginx.port, host="localhost", emulator=False)
    common = {"transport": "websockets", "tls": {"ca": f"{certificates}/ca.pem"}}
    check = Check(rig, [], {
        "through": hub(text, proxy=proxy.url("plant", PASSWORD), **common),
        "wrong": hub(text, proxy=proxy.url("plant", WRONG_PASSWORD), **common),
        "refused": hub(place(free_port(), host="localhost", emulator=False), proxy=proxy.url("plant", PASSWORD), **common)})
    names = [step["step"] for step in check.targets["through"]]
    assert names[:5] == ["DNS", "TCP", "proxy", "TLS", "WebSocket"]
    assert not check.failed("through") and check.outcomes("through")["primary: link"] == "ok"
    assert check.outcomes("through")["TLS"] == "warning"  # a day is left
    # nginx tells its time with the upgrade.
    assert check.outcomes("through")["clock"] == "ok"
    (wrong,), (refused,) = check.failed("wrong"), check.failed("refused")
    assert wrong["step"] == refused["step"] == "proxy"
    assert "user and password" in wrong["remedy"] and "allow this host and port" in refused["remedy"]


# --- Event Grid


@pytest.fixture
def topic(rig):
    topic = Topic(rig.folder, [GRID_FIRST])
    yield topic
    topic.close()


def test_an_event_grid_topic(rig, topic):
    def grid(key, **members):
        return {"type": "EventGrid", "connectionString": key, "path": f"localhost:{topic.port}", "tls": {"ca": str(topic.certificate)}, **members}

    check = Check(rig, [], {"fine": grid(GRID_FIRST), "half": grid(GRID_WRONG, secondaryConnectionString=GRID_FIRST, auth="plain"),
                            "unknown": grid(GRID_FIRST, tls={})})
    assert not check.failed("fine")
    assert check.outcomes("fine") == {"DNS": "ok", "TCP": "ok", "TLS": "warning", "clock": "ok", "primary: key": "ok"}
    (failed,) = check.failed("half")
    assert (failed["key"], failed["step"]) == ("primary", "key") and "401" in failed["detail"] and "key" in failed["remedy"]
    assert check.outcomes("half")["secondary: key"] == "ok"
    assert check.failed("unknown")[0]["step"] == "TLS"
    assert topic.events == []


def test_a_far_side_that_repeats_what_it_was_told_does_not_show_the_key(rig):
    class Parrot(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            said = json.dumps({"error": {"code": "Unauthorized", "message": f"not with {self.headers['aeg-sas-key']}"}}).encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        check = Check(rig, [], {"grid": {"type": "EventGrid", "connectionString": GRID_FIRST, "auth": "plain",
                                         "path": f"http://127.0.0.1:{server.server_port}/api/events"}})
    finally:
        server.shutdown()
        server.server_close()
    (failed,) = check.failed("grid")
    assert failed["step"] == "key" and "not with ***" in failed["detail"]


@pytest.mark.parametrize("minutes, outcome", [(-20, "failed"), (20, "failed"), (2, "warning")])
def test_a_clock_that_is_off(rig, topic, minutes, outcome):
    """The topic's answers are dated so many minutes off."""
    topic.server.RequestHandlerClass.date_time_string = lambda handler, timestamp=None: time.strftime(
        "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + minutes * 60))
    check = Check(rig, [], {"grid": {"type": "EventGrid", "connectionString": GRID_FIRST, "path": f"localhost:{topic.port}",
                                     "tls": {"ca": str(topic.certificate)}}})
    clock = check.step("grid", "clock")
    assert clock["outcome"] == outcome and "set this machine's clock" in clock["remedy"]
    assert ("behind" if minutes > 0 else "ahead") in clock["detail"] and check.outcomes("grid")["primary: key"] == "ok"


# --- sending


def test_nothing_is_sent_unless_asked_for_and_then_one_marked_event(rig, namespace, topic):
    endpoints = {
        "hub": hub(place(namespace.port), secondaryConnectionString=place(namespace.port, SECOND)),
        "second": hub(place(namespace.port, WRONG), path="telemetry", secondaryConnectionString=place(namespace.port, SECOND)),
        "none": hub(place(namespace.port, WRONG)),
        "grid": {"type": "EventGrid", "connectionString": GRID_FIRST, "path": f"localhost:{topic.port}", "tls": {"ca": str(topic.certificate)}}}
    check = Check(rig, [], endpoints)
    assert not [step for steps in check.targets.values() for step in steps if step["step"] == "send"]
    assert namespace.events("telemetry") == 0 and topic.events == []
    check = Check(rig, [], endpoints, "--send")
    assert check.step("hub", "send", "primary")["outcome"] == "ok"
    assert check.step("second", "send", "secondary")["outcome"] == "ok"
    assert check.step("none", "send")["outcome"] == "skipped"
    assert check.step("grid", "send", "primary")["outcome"] == "ok"
    assert namespace.events("telemetry") == 2
    (event,) = topic.events
    assert (event["eventType"], event["subject"]) == ("twinroute.check", "twinroute-check")
    done = twinroute("tail", "hub", "--config", check.config, "--count", 2, "--json")
    for line in done.stdout.splitlines():
        attributes = json.loads(line)["attributes"]
        assert (attributes["type"], attributes["subject"], attributes["source"]) == ("twinroute.check", "twinroute-check", "check.example.net")


# --- the command


def test_the_text_is_in_the_order_of_the_configuration_and_interrupting_shows_what_there_is(rig, namespace):
    deaf = Server()
    config = rig.folder / "check.yaml"
    config.write_text(json.dumps({
        "source": "check.example.net", "data": str(rig.folder / "data"),
        "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{deaf.port}", "subscriptions": [{"topic": "a"}]}],
        "endpoints": {"deaf": hub(place(deaf.port)), "hub": hub(place(namespace.port))},
        "routes": [{"id": name, "endpoint": name} for name in ("deaf", "hub")]}))
    done = twinroute("check", "--config", config, "--connect", "--timeout", 0.5)
    assert done.returncode == 1
    assert [line.split()[1] for line in done.stdout.splitlines() if re.match(r"(broker|endpoint) ", line)] == ["plant", "deaf", "hub"]
    assert "→" in done.stdout and "Something failed" in done.stdout and "No event was sent" in done.stdout
    # Ctrl-C while the deaf one is waited for: by then it has been dialled once for each of the two, and once again.
    dialled = len(deaf.held)
    process = subprocess.Popen([find_twinroute(), "check", "--config", config, "--connect", "--timeout", "300"],
                               stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: len(deaf.held) >= dialled + 4, 20, "the check to be on its way")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "interrupted" in out and "broker plant" in out and "primary: link" in out


def test_wrong_usage_and_a_configuration_with_faults(rig):
    assert twinroute("check", "--send").returncode == 64
    assert twinroute("check", "--connect", "--timeout", 0).returncode == 64
    config = rig.folder / "bad.yaml"
    config.write_text("source: x\nmqqt: []\n")
    done = twinroute("check", "--config", config, "--connect")
    assert done.returncode == 1 and "mqqt" in done.stdout and "broker" not in done.stdout.replace("1 broker", "")
