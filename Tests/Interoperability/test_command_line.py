"""The command as a user meets it: what it says, how it exits, what it leaves behind."""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import twinroute
from rig import accepts, find_program, find_twinroute, free_port, wait_until


def broker_process(bridge):
    """The id of the mosquitto that `serve` started."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"mosquitto" in command[0] and str(bridge.data).encode() in b" ".join(command):
            return int(folder.name)
    return None


def is_running(pid):
    try:
        return "State:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_the_two_lines_of_the_readme(embedded):
    payload = '{"temp": 21.5}'
    subprocess.run([find_program("mosquitto_pub"), "-p", str(embedded.mqtt), "-q", "1", "-V", "mqttv5",
                    "-D", "publish", "user-property", "room", "kitchen",
                    "-t", "devices/thermostat-1/messages/events", "-m", payload], check=True, timeout=10)
    done = twinroute("tail", "telemetry", "--amqp-port", embedded.amqp, "--count", 1, "--json")
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout)
    assert event["body"] == payload
    assert event["properties"] == {"room": "kitchen"}
    assert event["message"]["content-type"] == "application/json"
    attributes = event["attributes"]
    assert event["message"]["message-id"] == attributes.pop("id")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", attributes.pop("time"))
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", attributes.pop("traceparent"))
    assert attributes == {"source": "twinroute", "specversion": "1.0", "type": "microsoft.iot.telemetry",
                          "subject": "thermostat-1", "sequence": "1", "sequencetype": "Integer"}
    assert "thermostat-1" in twinroute("tail", "telemetry", "--amqp-port", embedded.amqp, "--count", 1).stdout


def test_publish_then_tail_shows_every_event_in_order(embedded):
    done = twinroute("publish", "--port", embedded.mqtt, "--count", 500, "--devices", 5, "--rate", 0, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["sent"], summary["acknowledged"], summary["rejected"]) == (500, 500, 0)
    for endpoint in ["telemetry", "twin-events"]:
        tail = twinroute("tail", endpoint, "--amqp-port", embedded.amqp, "--count", 500, "--json")
        events = [json.loads(line) for line in tail.stdout.splitlines()]
        for device in range(1, 6):
            mine = [event for event in events if event["attributes"]["subject"] == f"device-{device}"]
            assert [int(event["attributes"]["sequence"]) for event in mine] == list(range(1, 101))
            assert [json.loads(event["body"])["n"] for event in mine] == list(range(1, 101))


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(embedded, stop):
    broker = wait_until(lambda: broker_process(embedded), 10, "the broker's process", embedded)
    os.kill(embedded.pid, stop)
    assert embedded.wait(30) == 0
    wait_until(lambda: not is_running(broker), 10, "the end of the broker")


def test_the_broker_ends_with_its_parent_however_that_ends(embedded):
    broker = wait_until(lambda: broker_process(embedded), 10, "the broker's process", embedded)
    embedded.kill()
    wait_until(lambda: not is_running(broker), 10, "the end of the broker")


def test_what_was_numbered_goes_on_after_a_restart(rig, embedded):
    twinroute("publish", "--port", embedded.mqtt, "--count", 3, "--devices", 1, "--rate", 0)
    tail = twinroute("tail", "telemetry", "--amqp-port", embedded.amqp, "--count", 3, "--json")
    assert len(tail.stdout.splitlines()) == 3
    os.kill(embedded.pid, signal.SIGTERM)
    assert embedded.wait(30) == 0
    rig.start("again", [find_twinroute(), "serve", "--mqtt-port", str(embedded.mqtt), "--amqp-port",
                        str(embedded.amqp), "--http-port", str(embedded.http), "--namespace-http-port",
                        str(embedded.namespace), "--data", str(embedded.data)])
    wait_until(lambda: accepts(embedded.mqtt), 30, "the second start")
    twinroute("publish", "--port", embedded.mqtt, "--count", 1, "--devices", 1, "--rate", 0)
    tail = twinroute("tail", "telemetry", "--amqp-port", embedded.amqp, "--count", 1, "--json")
    assert json.loads(tail.stdout)["attributes"]["sequence"] == "4"


def test_a_taken_port_says_so_and_how_to_choose_another(embedded, tmp_path):
    done = twinroute("serve", "--mqtt-port", embedded.mqtt, "--amqp-port", free_port(), "--http-port", free_port(),
                     "--namespace-http-port", free_port(), "--data", tmp_path / "other")
    assert done.returncode == 1
    assert str(embedded.mqtt) in done.stderr and "--mqtt-port" in done.stderr


def test_a_data_folder_in_use_says_by_whom(embedded, tmp_path):
    done = twinroute("serve", "--mqtt-port", free_port(), "--amqp-port", free_port(), "--http-port", free_port(),
                     "--namespace-http-port", free_port(), "--data", embedded.data)
    assert done.returncode == 1
    assert str(embedded.pid) in done.stderr and str(embedded.data) in done.stderr


@pytest.mark.parametrize("text, place, words", [
    ("source: a\nendpionts: {}\n", "2:1", "endpoints"),
    ("source: a\nmqtt: 7\n", "2:7", ""),
    ("source: a\nmqtt:\n  - name: p\n    url: mqtt://127.0.0.1\n    password: ${TWINROUTE_NO_SUCH}\n"
     "    subscriptions: [{topic: 'a/{subject}', type: telemetry}]\n", "5:15", "TWINROUTE_NO_SUCH"),
    ("source: a\nmqtt:\n  - name: p\n    url: mqtts://127.0.0.1\n    tls: {ca: no-such.pem}\n"
     "    subscriptions: [{topic: 'a/{subject}', type: telemetry}]\n", "5:15", "no-such.pem"),
])
def test_a_bad_configuration_names_the_place_and_exits_with_78(tmp_path, text, place, words):
    config = tmp_path / "bridge.yaml"
    config.write_text(text)
    done = twinroute("serve", "--config", config)
    assert done.returncode == 78
    assert f"{config}:{place}: " in done.stderr and words in done.stderr


def test_wrong_usage_exits_with_64():
    assert twinroute("serve", "--no-such-option").returncode == 64
    assert twinroute("publish", "--count", "0").returncode == 64
    assert twinroute("frobnicate").returncode == 64


def test_check_reports_faults_and_warnings_with_their_places(tmp_path):
    config = tmp_path / "bridge.yaml"
    text = ("source: a\nmqtt:\n  - {name: p, url: 'mqtt://127.0.0.1', subscriptions: [{topic: 'a/{subject}'}]}\n"
            "endpoints:\n  hub: {type: EventHub, connectionString: 'amqp://127.0.0.1:1', path: a}\n"
            "  idle: {type: EventHub, connectionString: 'amqp://127.0.0.1:1', path: b}\n"
            "routes:\n  - id: r\n    endpoint: hub\n    filter: $body.temp FILTER\n")
    config.write_text(text)
    done = twinroute("check", "--config", config)
    assert done.returncode == 1 and f"{config}:10:24: routes[0].filter: " in done.stdout
    assert twinroute("serve", "--config", config).returncode == 78
    config.write_text(text.replace("FILTER", "> 30"))
    done = twinroute("check", "--config", config)
    assert done.returncode == 0 and f"{config}:6:9: warning: no route goes to endpoint 'idle'" in done.stdout
    answer = json.loads(twinroute("check", "--config", config, "--json").stdout)
    assert answer["faults"] == [] and answer["warnings"][0]["line"] == 6
    assert twinroute("check").returncode == 0
    assert twinroute("check", "--config", tmp_path / "none.yaml").returncode == 1


@pytest.mark.parametrize("command", [[], ["serve"], ["check"], ["explain"], ["publish"], ["tail"], ["formats"], ["namespace"], ["version"]])
def test_help_shows_an_example(command):
    done = twinroute(*command, "--help")
    assert done.returncode == 0 and "Example" in done.stdout and "twinroute " in done.stdout


def test_version_names_the_c_libraries():
    versions = json.loads(twinroute("version", "--json").stdout)
    assert set(versions) == {"twinroute", "qpid-proton", "mosquitto", "openssl"}
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())


def test_tail_of_an_unknown_endpoint_names_the_nearest():
    done = twinroute("tail", "telemetri")
    assert done.returncode == 1 and "'telemetry'" in done.stderr


def test_tail_and_publish_say_when_nobody_listens():
    port = free_port()
    for command in (["tail", "telemetry", "--amqp-port", port], ["publish", "--port", port]):
        done = twinroute(*command)
        assert done.returncode == 1 and str(port) in done.stderr, done.stderr


def test_bad_messages_cost_themselves_only(embedded):
    """An empty payload is an event; one above the limit is refused; what follows arrives."""
    publish = [find_program("mosquitto_pub"), "-p", str(embedded.mqtt), "-q", "1"]
    large = embedded.data / "large"
    large.write_bytes(b"x" * (2 << 20))
    subprocess.run([*publish, "-t", "devices/d/messages/events", "-n"], check=True, timeout=10)
    subprocess.run([*publish, "-t", "devices/d/messages/events", "-f", str(large)], check=True, timeout=30)
    subprocess.run([*publish, "-t", "devices//messages/events", "-m", "{}"], check=True, timeout=10)
    subprocess.run([*publish, "-t", "devices/d/messages/events", "-m", "last"], check=True, timeout=10)
    tail = twinroute("tail", "telemetry", "--amqp-port", embedded.amqp, "--count", 2, "--json")
    assert [json.loads(line)["body"] for line in tail.stdout.splitlines()] == ["", "last"]
    wait_until(lambda: "2097152 bytes" in embedded.log(), 5, "the refusal's reason", embedded)


def test_ctrl_c_ends_tail_and_publish_cleanly(embedded, rig):
    tail = rig.start("tail", [find_twinroute(), "tail", "telemetry", "--amqp-port", str(embedded.amqp)])
    publish = rig.start("publish", [find_twinroute(), "publish", "--port", str(embedded.mqtt), "--count", "100000",
                                    "--rate", "100", "--json"])
    wait_until(lambda: "microsoft.iot.telemetry" in tail.log(), 20, "an event", tail)
    os.kill(publish.pid, signal.SIGINT)
    assert publish.wait(20) == 130
    assert publish.said["sent"] == publish.said["acknowledged"] > 0
    os.kill(tail.pid, signal.SIGINT)
    assert tail.wait(20) == 130


def test_formats_shows_an_event_of_a_file_with_what_the_options_fix():
    event = '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"a","data":{"b":[1,{}]}}'
    trace = "00-5b0a4f6c1d2e3f405162738495a6b7c8-9182736455463728-01"
    command = [find_twinroute(), "formats", "--event", "-", "--id", "7", "--time", "2031-01-02T03:04:05Z", "--trace-parent", trace]
    images = json.loads(subprocess.run([*command, "--json"], input=event, capture_output=True, text=True, check=True).stdout)
    assert json.loads(images["mqtt3"]["body"]) == {
        "specversion": "1.0", "id": "7", "source": "s", "type": "t", "subject": "a", "time": "2031-01-02T03:04:05Z",
        "traceparent": trace, "sequence": "1", "sequencetype": "Integer", "datacontenttype": "application/json",
        "data": {"b": [1, {}]}}
    shown = subprocess.run(command, input=event, capture_output=True, text=True, check=True).stdout
    block = shown.split("**MQTT 3.1.1**", 1)[1].split("```")[1]
    assert json.loads(block.split("payload", 1)[1]) == json.loads(images["mqtt3"]["body"])

    compact = subprocess.run([*command, "--json", "--body", "cbor"], input=event, capture_output=True, text=True, check=True)
    amqp = json.loads(compact.stdout)["amqp"]
    assert amqp["properties"]["content-type"] == "application/cbor"
    assert base64.b64decode(amqp["body_base64"]) == b"\xa1\x61b\x82\x01\xa0"


@pytest.mark.parametrize("arguments, code, words", [
    ([], 64, "--topic or --event"),
    (["--topic", "a", "--event", "b"], 64, "--topic or --event"),
    (["--topic", "devices/a/messages/events", "--property", "a"], 64, "name=value"),
    (["--topic", "devices/a/messages/events", "--time", "noon"], 64, "RFC 3339"),
    (["--topic", "devices/a/messages/events", "--trace-parent", "1"], 64, "traceparent"),
    (["--topic", "nowhere"], 1, "no subscription takes the topic"),
    (["--topic", "devices/a/messages/events/x=%", "--payload", "1"], 1, "two hexadecimal digits"),
    (["--event", "no-such-file"], 1, "no-such-file"),
    (["--topic", "devices/a/messages/events/$.ct=application%2Fjson", "--payload", "{"], 1, "claims to be JSON"),
    (["--topic", "devices/a/messages/events", "--payload", "{", "--body", "cbor"], 1, "claims to be JSON"),
    (["--config", "no-such-file", "--topic", "a"], 78, "no-such-file"),
])
def test_formats_says_why_there_is_nothing_to_show(arguments, code, words):
    done = twinroute("formats", *arguments)
    assert done.returncode == code and words in done.stderr, done.stderr
