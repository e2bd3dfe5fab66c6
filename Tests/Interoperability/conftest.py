"""Real foreign parts around the bridge, each started for the test on loopback and stopped by pid."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from rig import Rig, build_floor, find_twinroute, free_port, wait_for_session, wait_until  # noqa: E402

from rabbitmq import RabbitMQ  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def floor_programs():
    build_floor()


@pytest.fixture
def rig(tmp_path):
    with Rig(tmp_path) as rig:
        yield rig


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory):
    """Takes about five seconds to start, so one for all tests of a file; each uses a queue of its own."""
    with Rig(tmp_path_factory.mktemp("broker")) as rig:
        yield RabbitMQ(rig)


@pytest.fixture
def mosquitto(rig):
    return rig.start_mosquitto()


@pytest.fixture
def embedded(rig):
    """`serve` with embedded defaults on free ports."""
    mqtt, amqp, http, namespace = free_port(), free_port(), free_port(), free_port()
    data = rig.folder / "data"
    bridge = rig.start("serve", [find_twinroute(), "serve", "--mqtt-port", str(mqtt), "--amqp-port", str(amqp),
                                 "--http-port", str(http), "--namespace-http-port", str(namespace), "--data", str(data)])
    wait_until(lambda: "Ctrl-C" in bridge.log(), 30, "the greeting", bridge)
    bridge.mqtt, bridge.amqp, bridge.http, bridge.namespace, bridge.data = mqtt, amqp, http, namespace, data
    return bridge


@pytest.fixture
def start_bridge(rig, mosquitto):
    """start_bridge(endpoint) runs `twinroute serve` from the test's mosquitto to that endpoint, and
    returns once it has subscribed, with one event (the probe) on its way."""

    def start(endpoint):
        subscription = {"topic": "devices/{subject}/messages/events", "type": "telemetry"}
        broker = {"name": "plant", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "clientID": "interoperability",
                  "sessionExpiry": "1h", "subscriptions": [subscription]}
        config = rig.folder / "bridge.yaml"
        config.write_text(json.dumps({  # JSON is YAML too
            "source": "interoperability.example.net", "data": str(rig.folder / "data"), "mqtt": [broker],
            "endpoints": {"rabbit": endpoint}, "routes": [{"id": "everything", "endpoint": "rabbit"}]}, indent=2))
        bridge = rig.start("twinroute", [find_twinroute(), "serve", "--config", config])
        wait_for_session(mosquitto.port, bridge)
        return bridge

    return start


def twinroute(*arguments, timeout=60, env=None):
    return subprocess.run([find_twinroute(), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, env=env)


def run_script(name, *arguments):
    """A script of ours has to succeed; what it printed is shown when it does not."""
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / name), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)
    print(done.stdout)
    assert done.returncode == 0
