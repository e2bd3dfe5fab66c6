"""Dead letters, status and endpoints from the command line, as an operator uses them."""

import json
import subprocess

import pytest

from rig import find_program, find_twinroute, free_port, wait_for_session, wait_until
from routed_bridge import Receiver

CONDITION = "twinroute:cannot-be-written"


class Operator:
    """A bridge whose endpoint `compact` wants CBOR, so that a body that is no JSON ends in its dead letters."""

    def __init__(self, rig, mosquitto):
        self.http, self.folder, self.broker = free_port(), rig.folder, mosquitto
        self.receiver = Receiver(rig, "compact")
        config = rig.folder / "bridge.yaml"
        config.write_text(json.dumps({
            "source": "letters.example.net", "data": str(rig.folder / "data"), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            "endpoints": {"compact": {"type": "EventHub", "path": "compact", "body": "cbor",
                                      "connectionString": f"amqp://127.0.0.1:{self.receiver.port}"}},
            "routes": [{"id": "all", "endpoint": "compact"}]}))
        self.bridge = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
        wait_for_session(mosquitto.port, self.bridge)

    def publish(self, payload):
        subprocess.run([find_program("mosquitto_pub"), "-p", str(self.broker.port), "-q", "1",
                        "-t", "devices/pump/messages/events", "-m", payload], check=True, timeout=20)

    def run(self, *arguments, code=0):
        done = subprocess.run([find_twinroute(), *map(str, arguments), "--url", f"http://127.0.0.1:{self.http}"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def letters(self):
        return json.loads(self.run("deadletters", "list", "--json"))["value"]

    def books(self):
        return json.loads(self.run("endpoints", "compact", "--json"))[0]["books"]


@pytest.fixture
def operator(rig, mosquitto):
    operator = Operator(rig, mosquitto)
    for number in range(6):
        operator.publish("{broken" if number % 2 else '{"n": 1}')
    # One more: the probe that waited for the subscription.
    wait_until(lambda: len(operator.letters()) == 3 and operator.receiver.received == 4, 20, "three dead letters", operator.bridge)
    return operator


def test_dead_letters_are_listed_shown_and_exported(operator):
    table = operator.run("deadletters", "list")
    assert table.count(CONDITION) == 3 and "pump" in table
    groups = json.loads(operator.run("deadletters", "list", "--groups", "--json"))["value"]
    assert [(group["endpoint"], group["condition"], group["count"]) for group in groups] == [("compact", CONDITION, 3)]
    first, second = operator.letters()[:2]
    assert first["event"]["subject"] == "pump" and first["event"]["sequence"] == "2"
    page = operator.run("deadletters", "list", "--limit", 1)
    assert f"--after {first['id']}" in page
    assert json.loads(operator.run("deadletters", "list", "--json", "--limit", 1, "--after", first["id"]))["value"] == [second]
    shown = json.loads(operator.run("deadletters", "show", first["id"]))
    assert shown["event"]["subject"] == "pump" and shown["event"]["data_base64"]
    file = operator.folder / "letters.jsonl"
    assert "exported 3" in operator.run("deadletters", "export", "--output", file)
    assert [json.loads(line)["event"]["sequence"] for line in file.read_text().splitlines()] == ["2", "4", "6"]
    assert "File exists" in operator.run("deadletters", "export", "--output", file, code=1)


def test_redriven_letters_keep_id_and_number_and_those_refused_again_are_letters_again(operator):
    before = operator.letters()
    assert "would redrive 3" in operator.run("deadletters", "redrive", "--condition", CONDITION, "--dry-run")
    assert operator.letters() == before
    assert "redrove 1" in operator.run("deadletters", "redrive", before[0]["id"])
    wait_until(lambda: len(operator.letters()) == 3, 20, "the letter again", operator.bridge)
    assert "redrove 3" in operator.run("deadletters", "redrive", "--all", "--rate", 2)
    wait_until(lambda: len(operator.letters()) == 3, 20, "three dead letters again", operator.bridge)
    after = operator.letters()
    assert min(letter["id"] for letter in after) > max(letter["id"] for letter in before)
    identities = [{(letter["event"]["id"], letter["event"]["sequence"]) for letter in letters} for letters in (before, after)]
    assert identities[0] == identities[1] and {number for _, number in identities[0]} == {"2", "4", "6"}
    books = operator.books()
    assert books["deadLettered"] == 3 and books["delivered"] == 4 and books["received"] == 7 and books["unaccounted"] == 0


def test_purged_letters_are_gone_and_stay_in_the_books(operator):
    first = operator.letters()[0]["id"]
    assert "purged 1" in operator.run("deadletters", "purge", first)
    assert "no dead letter" in operator.run("deadletters", "purge", first, code=1)
    assert "purged 2" in operator.run("deadletters", "purge", "--endpoint", "compact")
    assert "no dead letters" in operator.run("deadletters", "list")
    assert operator.books()["deadLettered"] == 3


def test_status_and_endpoints_are_readable(operator):
    status = operator.run("status")
    for words in ("reading   yes", "3 dead letters", "compact", "sending for", "primary works, in use",
                  "7 received = 4 delivered + 3 dead-lettered"):
        assert words in status, status
    assert json.loads(operator.run("status", "--json"))["intake"]["open"] is True
    assert "there is no endpoint 'nobody'" in operator.run("endpoints", "nobody", code=1)


def test_what_is_missing_is_said(operator, rig):
    assert "say which" in operator.run("deadletters", "purge", code=64)
    done = subprocess.run([find_twinroute(), "status", "--url", f"http://127.0.0.1:{free_port()}"], capture_output=True, text=True)
    assert done.returncode == 1 and "is the bridge running" in done.stderr
    done = subprocess.run([find_twinroute(), "status", "--url", "nonsense"], capture_output=True, text=True)
    assert done.returncode == 1 and "http://127.0.0.1:8080" in done.stderr
