"""An endpoint at a limit that blocks: the bridge stops reading and says who is to blame, the broker
keeps the messages, and everything arrives once the endpoint takes events again."""

import json
import urllib.error
import urllib.request

from conftest import find_twinroute, free_port, wait_for_session, wait_until
from rig import count_missing, read_record, write_bridge_config

COUNT = 6000  # of 1 KB each, so several times the limit


def test_at_a_blocking_limit_the_broker_keeps_the_messages(rig, mosquitto):
    amqp, http = free_port(), free_port()
    config = write_bridge_config(rig.folder, mosquitto.port, amqp)
    config.write_text(config.read_text().replace(
        "    path: telemetry\n", "    path: telemetry\n    limits: { bytes: 1MiB, whenFull: block }\n")
        + f"http: {{ listen: 127.0.0.1:{http} }}\n")
    bridge = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
    wait_for_session(mosquitto.port, bridge)

    def get(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{http}{path}", timeout=10) as answer:
            return answer.read().decode()

    def intake():
        return json.loads(get("/status"))["intake"]

    sent, received = rig.folder / "sent.txt", rig.folder / "received.txt"
    publisher = rig.start_publisher(mosquitto.port, rate=3000, count=COUNT, size=1000, record=sent)
    wait_until(lambda: not intake()["open"], 30, "the gate to close", bridge)
    assert [(stop["limit"], stop["endpoint"]) for stop in intake()["stoppedBy"]] == [("bytes", "hub")]
    assert 'twinroute_intake_stopped{limit="bytes",endpoint="hub"} 1' in get("/metrics")

    event = urllib.request.Request(
        f"http://127.0.0.1:{http}/events", b'{"specversion":"1.0","id":"a","source":"b","type":"c"}',
        {"content-type": "application/cloudevents+json"})
    try:
        urllib.request.urlopen(event, timeout=10)
        raise AssertionError("the event was taken")
    except urllib.error.HTTPError as refused:
        assert (refused.code, refused.headers["retry-after"]) == (503, "5")
        assert "endpoint hub" in json.load(refused)["error"]["message"]

    assert publisher.wait(60) == 0
    journalled = json.loads(get("/status"))["sources"][0]["journalled"]
    assert journalled < COUNT, "all of it was read"

    receiver = rig.start_receiver(amqp, record=received)
    wait_until(lambda: receiver.said.get("progress", {}).get("unique", 0) > COUNT, 120, "all events", bridge)
    wait_until(lambda: intake()["open"], 30, "the gate to open", bridge)
    receiver.stop()
    assert count_missing(read_record(sent), read_record(received)) == (0, [])
    assert receiver.said["summary"]["late"] == 0
    assert bridge.stop() == 0
