"""`twinroute check --connect` against brokers, and the command itself: faults are named with their remedy,
and nothing is taken from a bridge that runs."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from check_rig import PASSWORD, WRONG_PASSWORD, Check, Server, hub, named_namespace, place, signed
from conftest import twinroute
from rig import accepts, find_program, find_twinroute, free_port, wait_for_session, wait_until

SECURITY_PLUGIN = next(pathlib.Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)


@pytest.fixture
def namespace(rig):
    return named_namespace(rig)


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
