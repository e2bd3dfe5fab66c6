"""`twinroute check --connect` against namespaces and topics that are right, wrong, deaf or something
else: each fault is named where it is, with its remedy, in a bounded time; no secret is shown, and nothing
is sent unless it is asked for."""

import http.server
import json
import random
import re
import threading
import time

import pytest

from check_rig import (FIRST, GRID_FIRST, GRID_WRONG, PASSWORD, RULE, SECOND, WRONG, WRONG_PASSWORD, Check, Server, hub, named_namespace,
                       place, secure, signed)
from conftest import twinroute
from event_grid_topic import Topic
from firewall import Nginx, Tinyproxy
from namespace_rig import Namespace
from rabbitmq import make_certificates
from rig import free_port


@pytest.fixture
def namespace(rig):
    return named_namespace(rig)


@pytest.fixture
def topic(rig):
    topic = Topic(rig.folder, [GRID_FIRST])
    yield topic
    topic.close()


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


ANSWERS = {
    "nothing": None,
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n" * 20,
    "noise": random.Random(20).randbytes(2000),
    # A CONNACK with a property that MQTT 5 does not define: libmosquitto fails an assertion there.
    "undefined MQTT property": bytes([0x20, 5, 0, 0, 2, 0x7F, 0]),
}


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
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
