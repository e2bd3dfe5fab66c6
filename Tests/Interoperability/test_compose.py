"""docker-compose.yml and Dockerfile name only what is there; and the check that says so sees faults."""

import functools
import importlib.util
import os
import pathlib
import shutil

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["docker-compose.yml", "Dockerfile", "Package.swift", "deploy"]
FOLDERS = ["Bridges", "Sources", "Tests"]


@functools.cache
def load_checker():
    spec = importlib.util.spec_from_file_location("check_compose", ROOT / "scripts/check-compose.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Checker


@pytest.fixture
def copy(tmp_path):
    for name in FILES:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


def faults(root, environment=None):
    return load_checker()(root, environment or {}).run()


def test_every_path_and_variable_is_there():
    assert faults(ROOT, {name: value for name, value in os.environ.items() if name in ("TWINROUTE", "PATH")}) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("docker-compose.yml", "./deploy/mosquitto/mosquitto.conf", "./deploy/none.conf", "./deploy/none.conf is no file"),
        ("docker-compose.yml", ":-twinroute}@", "}@", "variable RABBITMQ_PASSWORD has no value and no default"),
        ("docker-compose.yml", "127.0.0.1:1883:1883", "1883:1883", "is published beyond loopback"),
        ("docker-compose.yml", "      RABBITMQ_URL", "      OTHER_URL", "the container has no variable RABBITMQ_URL"),
        ("docker-compose.yml", "@rabbitmq:5672", "@rabbit:5672", "no service is named rabbit"),
        ("docker-compose.yml", "      mosquitto:\n", "      broker:\n", "depends on broker, which is not there"),
        ("docker-compose.yml", "  twinroute-data:\n", "", "volume twinroute-data is not declared"),
        ("docker-compose.yml", "dockerfile: Dockerfile", "dockerfile: Other", "does not exist"),
        ("Dockerfile", "COPY Sources", "COPY Source", "COPY Source: it does not exist"),
        ("Dockerfile", "--from=build", "--from=builder", "no such stage"),
        ("Dockerfile", "/out/twinroute /usr", "/other/twinroute /usr", "no step of build makes it"),
        ("Dockerfile", "USER twinroute\n", "", "runs as root"),
        ("deploy/rabbitmq/enabled_plugins", ", rabbitmq_amqp1_0", "", "rabbitmq_amqp1_0 is not enabled"),
        ("deploy/twinroute/twinroute.yaml", "mosquitto:1883", "mosquitto:1884", "does not listen on 1884"),
        ("deploy/twinroute/twinroute.yaml", "data: /var/lib/twinroute/data", "data: /data", "on no volume"),
    ],
)
def test_a_fault_is_seen(copy, file, old, new, expected):
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = faults(copy)
    assert any(expected in fault for fault in found), found
