#!/usr/bin/env python3
"""Checks docker-compose.yml and Dockerfile without a container engine.

Every path they name exists, every variable has a value, every stage, service, volume and port that
is referred to is there, nothing runs as root or listens beyond loopback, and the configuration
that is mounted gets the variables it asks for and passes `twinroute check` (when TWINROUTE names
a binary that has that command).

Prints each fault and ends with 1 if there is one.
"""

import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import urllib.parse

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])([^}]*))?\}")
OUR_VARIABLE = re.compile(r"(?<!\$)\$\{(?!file:)([A-Za-z_][A-Za-z0-9_]*)(:[^}]*)?\}")
KNOWN_PORTS = {"mosquitto": {1883}, "rabbitmq": {5672, 15672}}


class DockerfileStages:
    """The instructions of a Dockerfile, by stage."""

    def __init__(self, text):
        self.stages = []
        joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
        for line in filter(None, map(str.strip, joined.splitlines())):
            word, _, rest = line.partition(" ")
            if word.upper() == "FROM":
                image, *alias = re.split(r"\s+AS\s+", rest, flags=re.IGNORECASE)
                self.stages.append({"image": image, "name": alias[0] if alias else None, "steps": []})
            else:
                self.stages[-1]["steps"].append((word.upper(), rest))

    def values(self, stage, word):
        return [rest for found, rest in stage["steps"] if found == word]


def expand(text, environment):
    """Compose's own `${NAME:-default}`; a variable without a value stays as it is."""

    def value(match):
        name, operator, default = match.groups()
        if environment.get(name):
            return environment[name]
        return default if operator in ("-", ":-") else match.group(0)

    return VARIABLE.sub(value, text)


@functools.cache
def debian_packages():
    """All names that apt knows; none where there is no apt, or it has no lists."""
    try:
        names = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True).stdout.split()
    except FileNotFoundError:
        return frozenset()
    return frozenset(names) if len(names) > 10_000 else frozenset()


def texts(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def split_mount(mount):
    source, target, *options = mount.split(":")
    return source, target, options


class Checker:
    def __init__(self, root, environment):
        self.root = root
        self.environment = environment
        self.faults = []
        self.dockerfile = None
        self.compose = yaml.safe_load((root / "docker-compose.yml").read_text())
        self.services = self.compose["services"]

    def fault(self, text):
        self.faults.append(text)

    def run(self):
        for name, service in self.services.items():
            self.check_service(name, service)
        for volume in self.compose.get("volumes", {}):
            if not any(split_mount(m)[0] == volume for s in self.services.values() for m in s.get("volumes", [])):
                self.fault(f"volume {volume} is declared and not used")
        if self.dockerfile:
            self.check_bridge()
        return self.faults

    def check_service(self, name, service):
        for text in texts(service):
            for variable, operator, _ in VARIABLE.findall(expand(text, self.environment)):
                self.fault(f"{name}: variable {variable} has no value and no default")
        if "build" in service:
            self.check_build(name, service["build"])
        elif ":" not in service.get("image", ""):
            self.fault(f"{name}: the image has no version")
        for mount in service.get("volumes", []):
            source, target, options = split_mount(mount)
            if source.startswith("."):
                if not (self.root / source).is_file():
                    self.fault(f"{name}: {source} is no file")
                if "ro" not in options:
                    self.fault(f"{name}: {source} is mounted writable")
            elif source not in self.compose.get("volumes", {}):
                self.fault(f"{name}: volume {source} is not declared")
            if not target.startswith("/"):
                self.fault(f"{name}: {target} is no absolute path")
        for other in service.get("depends_on", {}):
            if other not in self.services:
                self.fault(f"{name}: depends on {other}, which is not there")
            elif "healthcheck" not in self.services[other]:
                self.fault(f"{name}: waits for {other}, which has no health check")
        for port in service.get("ports", []):
            if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port):
                self.fault(f"{name}: port {port} is published beyond loopback")
            elif int(port.split(":")[2]) not in KNOWN_PORTS.get(name, set()):
                self.fault(f"{name}: nothing listens on the port of {port}")

    def check_build(self, name, build):
        context = self.root / build["context"]
        file = context / build["dockerfile"]
        if not file.is_file():
            return self.fault(f"{name}: {file} does not exist")
        dockerfile = self.dockerfile = DockerfileStages(file.read_text())
        names = []
        for stage in dockerfile.stages:
            if ":" not in stage["image"]:
                self.fault(f"Dockerfile: {stage['image']} has no version")
            for copy in dockerfile.values(stage, "COPY"):
                *sources, _ = [word for word in shlex.split(copy) if not word.startswith("--")]
                origin = re.search(r"--from=(\S+)", copy)
                if origin is None:
                    for source in sources:
                        if not (context / source).exists():
                            self.fault(f"Dockerfile: COPY {source}: it does not exist")
                elif origin.group(1) not in names:
                    self.fault(f"Dockerfile: COPY --from={origin.group(1)}: no such stage")
                else:
                    steps = [s for s in dockerfile.stages if s["name"] == origin.group(1)][0]["steps"]
                    for source in sources:
                        if not any(word == "RUN" and source in rest for word, rest in steps):
                            self.fault(f"Dockerfile: COPY {source}: no step of {origin.group(1)} makes it")
            names.append(stage["name"])
        last = dockerfile.stages[-1]
        user = (dockerfile.values(last, "USER") or ["root"])[-1]
        if user in ("root", "0"):
            self.fault("Dockerfile: the last stage runs as root")
        elif not any("useradd" in run and run.split()[-1] == user for run in dockerfile.values(last, "RUN")):
            self.fault(f"Dockerfile: user {user} is not made")
        for package in self.packages(dockerfile):
            if debian_packages() and package not in debian_packages():
                self.fault(f"Dockerfile: Debian has no package {package}")

    @staticmethod
    def packages(dockerfile):
        for stage in dockerfile.stages:
            for run in dockerfile.values(stage, "RUN"):
                found = re.search(r"install\s+((?:[a-z0-9][a-z0-9.+-]*\s+)+)&&", run)
                yield from found.group(1).split() if found else []

    def check_bridge(self):
        """What is mounted as the bridge's configuration."""
        service = self.services["twinroute"]
        image = self.dockerfile.stages[-1]
        command = json.loads(self.dockerfile.values(image, "CMD")[-1])
        mounts = {split_mount(m)[1]: split_mount(m)[0] for m in service["volumes"]}
        target = command[command.index("--config") + 1]
        if target not in mounts:
            return self.fault(f"twinroute: {target} is not mounted")
        file = self.root / mounts[target]
        text = "\n".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
        given = {name: expand(str(value), self.environment) for name, value in service.get("environment", {}).items()}
        for name, default in OUR_VARIABLE.findall(text):
            if name not in given and not default:
                self.fault(f"{mounts[target]}: the container has no variable {name}")
        for name in given:
            if "${" + name not in text:
                self.fault(f"twinroute: nothing reads the variable {name}")
        config = yaml.safe_load(text)
        for broker in config["mqtt"]:
            self.check_peer(mounts[target], broker["url"], 1883)
        for endpoint in config["endpoints"].values():
            self.check_peer(mounts[target], OUR_VARIABLE.sub(lambda m: given.get(m[1], ""), endpoint["connectionString"]), 5672)
        if not any(config["data"].startswith(place) for place in mounts if mounts[place] in self.compose["volumes"]):
            self.fault(f"{mounts[target]}: data is on no volume")
        if not any(config["data"].startswith(place) for place in self.dockerfile.values(image, "VOLUME")):
            self.fault(f"{mounts[target]}: data is outside of the image's volume, and its user cannot write there")
        self.check_plugins()
        binary = self.environment.get("TWINROUTE")
        if binary:
            self.check_with(binary, file, given)

    def check_peer(self, file, url, port):
        parts = urllib.parse.urlsplit(url)
        if parts.hostname not in self.services:
            self.fault(f"{file}: no service is named {parts.hostname}")
        elif (parts.port or port) not in KNOWN_PORTS.get(parts.hostname, set()):
            self.fault(f"{file}: {parts.hostname} does not listen on {parts.port}")

    def check_plugins(self):
        mounts = {split_mount(m)[1]: split_mount(m)[0] for m in self.services["rabbitmq"]["volumes"]}
        plugins = (self.root / mounts["/etc/rabbitmq/enabled_plugins"]).read_text()
        if not re.fullmatch(r"\[[a-z0-9_]+(, *[a-z0-9_]+)*\]\.\n", plugins) or "rabbitmq_amqp1_0" not in plugins:
            self.fault("rabbitmq: the plugin rabbitmq_amqp1_0 is not enabled")

    def check_with(self, binary, file, given):
        commands = subprocess.run([binary, "--help"], capture_output=True, text=True, timeout=60).stdout
        if not re.search(r"^  check\b", commands, re.MULTILINE):
            return
        ended = subprocess.run(
            [binary, "check", "--config", str(file)],
            capture_output=True, text=True, timeout=60, env={**os.environ, **given})
        if ended.returncode != 0:
            self.fault(f"twinroute check {file}: {(ended.stdout + ended.stderr).strip()}")


def main():
    faults = Checker(ROOT, dict(os.environ)).run()
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print("docker-compose.yml and Dockerfile: fine")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
