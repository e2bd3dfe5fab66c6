"""CloudEvents over HTTP: events that the Python package `cloudevents` writes go in, and come out of
the endpoint as they were; what is bad is answered with the reason, and costs nothing else."""

import base64
import datetime
import http.client
import json
import os
import signal
import sqlite3
import ssl
import subprocess

import pytest
from cloudevents.core.bindings import http as binding
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from conftest import twinroute
from rabbitmq import make_certificates
from rig import find_program, find_twinroute, free_port, wait_until

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
TIME = datetime.datetime(2031, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc)


def ask(port, method, path, headers=None, body=None, context=None):
    """Status, header fields (names in lower case) and body."""
    make = http.client.HTTPConnection if context is None else http.client.HTTPSConnection
    options = {} if context is None else {"context": context}
    connection = make("127.0.0.1", port, timeout=30, **options)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def post(bridge, headers, body):
    return ask(bridge.http, "POST", "/events", headers, body)


def status(bridge):
    return json.loads(ask(bridge.http, "GET", "/status")[2])


def http_counters(bridge):
    return next(source for source in status(bridge)["sources"] if source["name"] == "http")


def tail(bridge, count, endpoint="telemetry"):
    done = twinroute("tail", endpoint, "--amqp-port", bridge.amqp, "--count", count, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def event(identifier, data=None, **more):
    attributes = {"id": identifier, "source": "/plants/7?line=ü", "type": "com.example.valve.turned", "time": TIME,
                  "subject": f"valve {identifier} \"é🙂\"", "dataschema": "https://schemas.example.net/valve%20v2",
                  "colour": "deep red, 100 %", "specversion": "1.0"}
    return CloudEvent({**attributes, **more}, data)


EVENTS = [
    event("object", {"open": True, "degrees": 41.5, "name": "ü"}, datacontenttype="application/json"),
    event("text", "Grüße", datacontenttype="text/plain; charset=utf-8"),
    event("bytes", bytes(range(256)), datacontenttype="application/octet-stream"),
    event("nothing"),
]


def expected_body(sent):
    data = sent.get_data()
    if data is None:
        return b""
    return data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else data


def check(received, sent):
    attributes = dict(received["attributes"])
    for name, value in sent.get_attributes().items():
        if name == "datacontenttype":
            assert received["message"]["content-type"] == value
        elif name == "time":
            assert datetime.datetime.fromisoformat(attributes.pop(name).replace("Z", "+00:00")) == value
        else:
            assert attributes.pop(name) == str(value), name
    assert attributes.pop("traceparent").startswith("00-")
    assert attributes == {"sequence": "1", "sequencetype": "Integer"}
    expected = expected_body(sent)
    if isinstance(expected, dict):
        assert json.loads(received["body"]) == expected
    elif "body_base64" in received:
        assert base64.b64decode(received["body_base64"]) == expected
    else:
        assert received["body"].encode() == expected


def batch_of(events):
    return b"[" + b",".join(JSONFormat().write(one) for one in events) + b"]"


@pytest.mark.parametrize("mode", ["binary", "structured", "batch"])
def test_events_of_the_python_package_arrive_as_they_were(embedded, mode):
    if mode == "batch":
        requests = [({"content-type": BATCH}, batch_of(EVENTS))]
    else:
        write = binding.to_binary_event if mode == "binary" else binding.to_structured_event
        requests = [(message.headers, message.body) for message in map(write, EVENTS)]
    for headers, body in requests:
        code, _, answer = post(embedded, headers, body)
        assert code == 202, answer
    for endpoint in ["telemetry", "twin-events"]:
        # Every event has a subject of its own, so they may come in any order.
        received = {one["attributes"]["id"]: one for one in tail(embedded, len(EVENTS), endpoint)}
        assert len(received) == len(EVENTS)
        for sent in EVENTS:
            check(received[sent.get_attributes()["id"]], sent)
    assert http_counters(embedded)["journalled"] == len(EVENTS)


def test_what_was_answered_202_survives_kill_9(rig):
    """The endpoint is out of reach, so what is stored waits."""
    port = free_port()
    config = rig.folder / "bridge.yaml"
    config.write_text(json.dumps({
        "source": "t.example.net", "data": str(rig.folder / "data"), "http": {"listen": f"127.0.0.1:{port}"},
        "endpoints": {"hub": {"type": "EventHub", "connectionString": f"amqp://u:p@127.0.0.1:{free_port()}", "path": "t"}},
        "routes": [{"id": "everything", "endpoint": "hub"}]}))

    def start(name):
        bridge = rig.start(name, [find_twinroute(), "serve", "--config", config])
        bridge.http = port
        wait_until(lambda: "journal" in bridge.log(), 30, "the greeting", bridge)
        return bridge

    bridge = start("first")
    for number in range(1, 21):
        assert post(bridge, *structured({"id": f"{number}"}))[0] == 202
    bridge.kill()
    wait_until(lambda: bridge.returncode() is not None, 10, "the end")
    assert status(start("second"))["endpoints"][0]["waiting"] == 20


def structured(change, data=None):
    whole = {"specversion": "1.0", "id": "x", "source": "/s", "type": "t", **change}
    if data is not None:
        whole["data"] = data
    return {"content-type": STRUCTURED}, json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def binary(change, body=b""):
    whole = {"ce-specversion": "1.0", "ce-id": "x", "ce-source": "/s", "ce-type": "t", **change}
    return {name: value for name, value in whole.items() if value is not None}, body


def raw_json(text):
    return {"content-type": STRUCTURED}, b'{"specversion":"1.0","id":"x","source":"/s","type":"t",' + text + b"}"


BAD = {
    "capital letters in a name": (structured({"Colour": "red"}), 400, "Colour"),
    "a symbol in a name": (structured({"my-colour": "red"}), 400, "my-colour"),
    "a symbol in a header's name": (binary({"ce-my_colour": "red"}), 400, "my_colour"),
    "no id": (structured({"id": None}), 400, "id"),
    "no id in binary mode": (binary({"ce-id": None}), 400, "id"),
    "an empty source": (structured({"source": ""}), 400, "source"),
    "another version": (structured({"specversion": "2.0"}), 400, "specversion"),
    "a time that is none": (structured({"time": "yesterday"}), 400, "time"),
    "a time without a zone": (binary({"ce-time": "2031-02-03T04:05:06"}), 400, "time"),
    "broken percent-encoding": (binary({"ce-subject": "50%"}), 400, "subject"),
    "percent-encoding that is no UTF-8": (binary({"ce-subject": "%FF%FE"}), 400, "subject"),
    "an attribute of 64 KB": (binary({"ce-colour": "x" * 65_000}), 400, "colour"),
    "an attribute of 64 KB in JSON": (structured({"colour": "x" * 65_536}), 400, "colour"),
    "an attribute that is an object": (structured({"colour": {}}), 400, "colour"),
    "a number beyond 32 bits": (structured({"colour": 2**31}), 400, "colour"),
    "a body that claims to be JSON": (binary({"content-type": "application/json"}, b"{nope"), 400, "body"),
    "JSON a thousand levels deep": (binary({"content-type": "application/json"}, b"[" * 1000 + b"]" * 1000), 400, "body"),
    "an event a thousand levels deep": (raw_json(b'"data":' + b"[" * 1000 + b"]" * 1000), 400, "event"),
    "a number beyond a double": (binary({"content-type": "application/json"}, b"[1e400]"), 400, "body"),
    "a number beyond a double in an event": (raw_json(b'"data":1e999'), 400, "event"),
    "a name given twice": (raw_json(b'"subject":"a","subject":"b"'), 400, "subject"),
    "data and data_base64": (raw_json(b'"data":1,"data_base64":"AA=="'), 400, "data_base64"),
    "broken Base64": (raw_json(b'"data_base64":"A"'), 400, "data_base64"),
    "garbage": (({"content-type": STRUCTURED}, bytes(range(256)) * 100), 400, "event"),
    "nothing": (({"content-type": STRUCTURED}, b""), 400, "event"),
    "a batch cut off": (({"content-type": BATCH}, b"[{"), 400, "batch"),
    "an unknown format": (({"content-type": "application/cloudevents+xml"}, b"<event/>"), 415, None),
    "no event at all": (({"content-type": "text/plain"}, b"hello"), 415, None),
    "a body above the limit": (binary({"content-type": "text/plain"}, b"x" * ((1 << 20) + 1)), 413, None),
}


def test_bad_events_are_named_counted_and_cost_nothing_else(embedded):
    for number, (name, ((headers, body), code, target)) in enumerate(BAD.items(), 1):
        found, _, answer = post(embedded, headers, body)
        assert found == code, (name, answer)
        error = json.loads(answer)["error"]
        assert error["code"] and error["message"], name
        if target is not None:
            assert target in error["details"][0]["target"], (name, error)
            assert target in error["message"] and error["details"][0]["index"] == 0, name
        counters = http_counters(embedded)
        assert counters["received"] == sum(counters["refused"].values()) == number, name
    assert post(embedded, *structured({"id": "good"}))[0] == 202
    assert [one["attributes"]["id"] for one in tail(embedded, 1)] == ["good"]
    assert status(embedded)["journal"]["commits"] == 1


def test_a_batch_with_a_bad_event_is_refused_whole(embedded):
    good, bad = (json.loads(structured({"id": name})[1]) for name in ("good", "bad"))
    del bad["source"]
    code, _, answer = post(embedded, {"content-type": BATCH}, json.dumps([good, bad, good, 7]))
    error = json.loads(answer)["error"]
    assert code == 400 and [detail["index"] for detail in error["details"]] == [1, 3]
    assert error["details"][0]["target"] == "source"
    bad["source"] = "/s"
    assert post(embedded, {"content-type": BATCH}, json.dumps([good, bad]))[0] == 202
    assert [one["attributes"]["id"] for one in tail(embedded, 2)] == ["good", "bad"]


def test_202_only_after_the_commit(embedded):
    """Another program holds the journal's file: nothing can be committed, so nothing is accepted."""
    holder = sqlite3.connect(embedded.data / "journal.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    code, fields, answer = post(embedded, *structured({"id": "refused"}))
    assert code == 503 and int(fields["retry-after"]) > 0, answer
    assert json.loads(answer)["error"]["code"] == "JournalUnavailable"
    holder.execute("ROLLBACK")
    holder.close()
    assert post(embedded, *structured({"id": "stored"}))[0] == 202
    assert [one["attributes"]["id"] for one in tail(embedded, 1)] == ["stored"]
    counters = http_counters(embedded)
    assert (counters["received"], counters["journalled"], counters["returned"]) == (2, 1, 1)


def test_a_request_above_the_limit_is_answered(embedded):
    for body in (b"[" + b" " * (5 << 20) + b"]", iter([b" " * (1 << 20)] * 5)):
        code, _, answer = post(embedded, {"content-type": BATCH}, body)
        assert code == 413, answer


def test_health_status_and_metrics(embedded):
    assert post(embedded, *structured({}))[0] == 202
    assert ask(embedded.http, "GET", "/healthz")[0] == ask(embedded.http, "GET", "/readyz")[0] == 200
    wait_until(lambda: all(one["delivered"] == 1 for one in status(embedded)["endpoints"]), 20, "both deliveries")
    code, fields, text = ask(embedded.http, "GET", "/metrics")
    assert code == 200 and fields["content-type"].startswith("text/plain; version=0.0.4")
    lines = text.decode().splitlines()
    assert 'twinroute_journalled_total{source="http"} 1' in lines
    assert 'twinroute_delivered_total{endpoint="telemetry"} 1' in lines
    assert 'twinroute_waiting{endpoint="twin-events"} 0' in lines
    for method, path, code in [("GET", "/nowhere", 404), ("DELETE", "/events", 405)]:
        found, _, answer = ask(embedded.http, method, path)
        assert found == code and json.loads(answer)["error"]["code"]


@pytest.mark.parametrize("tls", [False, True])
def test_the_token_and_tls_of_the_configuration(rig, mosquitto, tls):
    port = free_port()
    http_section = {"listen": f"127.0.0.1:{port}", "token": "${TEST_TOKEN}"}
    context = None
    if tls:
        made = make_certificates(rig.folder / "certificates")
        http_section["tls"] = {"certificate": str(made / "server.pem"), "key": str(made / "server.key")}
        context = ssl.create_default_context(cafile=made / "ca.pem")
    config = rig.folder / "bridge.yaml"
    config.write_text(json.dumps({"source": "t.example.net", "data": str(rig.folder / "data"), "http": http_section}))
    bridge = rig.start("serve", [find_twinroute(), "serve", "--config", config],
                       env={**os.environ, "TEST_TOKEN": "a-secret-token"})
    wait_until(lambda: "journal" in bridge.log(), 30, "the greeting", bridge)
    headers, body = structured({})
    for given, code in [(None, 401), ("Bearer wrong", 401), ("Basic a-secret-token", 401), ("Bearer a-secret-token", 202)]:
        sent = headers if given is None else {**headers, "authorization": given}
        found, fields, answer = ask(port, "POST", "/events", sent, body, context)
        assert found == code, answer
        if code == 401:
            assert fields["www-authenticate"].startswith("Bearer") and b"a-secret-token" not in answer
    assert ask(port, "GET", "/status", context=context)[0] == 401
    assert ask(port, "GET", "/healthz", context=context)[0] == 200
    assert "a-secret-token" not in bridge.log()
    os.kill(bridge.pid, signal.SIGTERM)
    assert bridge.wait(30) == 0


def test_curl_posts_the_line_of_the_readme(embedded):
    done = subprocess.run([find_program("curl"), "-sS", "-w", "%{http_code}", f"http://127.0.0.1:{embedded.http}/events",
                           "-H", "ce-specversion: 1.0", "-H", "ce-id: 1", "-H", "ce-source: /plants/7",
                           "-H", "ce-type: com.example.valve.turned", "-H", "content-type: application/json",
                           "-d", '{"open": true}'], capture_output=True, text=True, timeout=30)
    assert done.stdout == '{"accepted":1}202', done.stderr
    assert tail(embedded, 1)[0]["body"] == '{"open": true}'


def test_a_taken_http_port_is_named_with_the_option(embedded, tmp_path):
    done = twinroute("serve", "--mqtt-port", free_port(), "--amqp-port", free_port(), "--http-port", embedded.http,
                     "--namespace-http-port", free_port(), "--data", tmp_path / "other")
    assert done.returncode == 1 and f"127.0.0.1:{embedded.http}" in done.stderr and "--http-port" in done.stderr
