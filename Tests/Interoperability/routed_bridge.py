"""A bridge between a real mosquitto and receivers of another make, with routes of the test's own."""

import json
import pathlib
import subprocess
import sys

import proton

from rig import find_program, find_twinroute, wait_for_session, wait_until

HERE = pathlib.Path(__file__).resolve().parent
SUBSCRIPTIONS = [
    {"topic": "devices/{subject}/messages/events", "type": "telemetry"},
    {"topic": "twins/{subject}/update", "type": "twin-update"},
    {"topic": "twins/{subject}/create", "type": "twin-create"},
    {"topic": "events/{subject}", "type": "cloud-event"},
]


class Receiver:
    def __init__(self, rig, name):
        self.file = rig.folder / f"{name}.hex"
        self.child = rig.start(name, [sys.executable, HERE / "raw_receiver.py", self.file])
        self.port = wait_until(lambda: self.child.said.get("listening"), 20, f"receiver {name}", self.child)

    @property
    def received(self):
        return self.child.said.get("received", 0)

    def raw_messages(self):
        return [bytes.fromhex(line) for line in self.file.read_text().splitlines()]


def decoded(raw):
    message = proton.Message()
    message.decode(raw)
    return message


class RoutedBridge:
    """`endpoints` maps names to fields beside the connection string; each gets a receiver."""

    def __init__(self, rig, mosquitto, endpoints, routes):
        self.mqtt_port = mosquitto.port
        self.receivers = {name: Receiver(rig, name) for name in endpoints}
        self.config = rig.folder / "bridge.yaml"
        broker = {"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "routes",
                  "sessionExpiry": "1h", "subscriptions": SUBSCRIPTIONS}
        self.config.write_text(json.dumps({  # JSON is YAML too
            "source": "routes.example.net", "data": str(rig.folder / "data"), "mqtt": [broker],
            "endpoints": {name: {**fields, "connectionString": f"amqp://127.0.0.1:{self.receivers[name].port}"}
                          for name, fields in endpoints.items()},
            "routes": routes}, indent=1))
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", self.config])
        wait_for_session(mosquitto.port, self.child)

    def publishing(self, topic, payloads, properties=()):
        """A mosquitto_pub that publishes the payloads, one a line, in their order."""
        options = [word for name, value in properties for word in ("-D", "publish", "user-property", name, value)]
        command = [find_program("mosquitto_pub"), "-V", "5", "-p", str(self.mqtt_port), "-q", "1", "-t", topic, "-l", *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        process.stdin.write("".join(f"{payload}\n" for payload in payloads))
        process.stdin.close()
        return process

    def publish(self, topic, *payloads, properties=()):
        assert self.publishing(topic, payloads, properties).wait(60) == 0
