#!/usr/bin/env python3
"""Measures what one sick endpoint costs the others, and how the bridge recovers. (make outage)

  speed    a publisher that sends as fast as the broker takes it: with one endpoint, and with a
           second one that is down for the whole run; each of its events waits in the journal
  latency  5,000 messages/s: the same pair
  drain    the second endpoint comes back: its backlog of the speed run, and the data folder after it

Rounds alternate between the pair, for the machine is never quite the same twice. Broker, publisher
and receivers share the processors with the bridge.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import time
import urllib.request

from measurement import median, run, show
from rig import Rig, find_twinroute, free_port, wait_for_session, wait_until

SPEED, LATENCY_RATE = "speed", 5000
WITHOUT, WITH = "without", "with"
RECOVERY_S = 180
# What the journal keeps for the next events: free pages, and its log.
SLACK_BYTES = 40 << 20


def write_config(folder, broker_port, http_port, amqp_ports):
    """JSON is YAML too."""
    endpoints = {
        name: {"type": "EventHub", "path": "telemetry",
               "connectionString": f"amqp://k:v@127.0.0.1:{port}"}
        for name, port in amqp_ports.items()}
    path = folder / "config.yaml"
    path.write_text(json.dumps({
        "source": "outage.example.net", "data": str(folder / "data"), "http": {"listen": f"127.0.0.1:{http_port}"},
        "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{broker_port}", "clientID": "twinroute-outage",
                  "receiveMaximum": 1000,
                  "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
        "endpoints": endpoints,
        "routes": [{"id": name, "endpoint": name} for name in endpoints]}))
    return path


class Bridge:
    """A bridge with a healthy endpoint and, if `sick`, one whose port nobody listens on."""

    def __init__(self, rig, sick):
        self.rig = rig
        self.http_port, self.sick_port = free_port(), free_port()
        self.broker = rig.start_mosquitto()
        self.receiver = rig.start_receiver(progress_ms=20)
        ports = {"healthy": self.receiver.port} | ({"sick": self.sick_port} if sick else {})
        config = write_config(rig.folder, self.broker.port, self.http_port, ports)
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
        wait_for_session(self.broker.port, self.child)
        wait_until(lambda: unique(self.receiver) >= 1, 30, "the probe", self.child)

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/status", timeout=30) as answer:
            return json.load(answer)

    def data_bytes(self):
        return sum(file.stat().st_size for file in (self.rig.folder / "data").iterdir())

    def publish(self, count, rate, devices, size):
        """Figures of the healthy endpoint."""
        cpu_before, started = self.child.cpu_seconds(), time.monotonic()
        self.rig.start_publisher(self.broker.port, rate=rate, count=count, devices=devices, size=size)
        seconds = 120 + count / 5000
        wait_until(lambda: unique(self.receiver) >= count + 1, seconds, f"{count:,} events at the receiver", self.child)
        progress = self.receiver.said["progress"]
        return {"per_second": count / (progress["last_us"] / 1e6 - started), "p99_ms": progress["p99_us"] / 1e3,
                "cpu_per_million": (self.child.cpu_seconds() - cpu_before) / count * 1e6}


def unique(receiver):
    return receiver.said.get("progress", {}).get("unique", 0)


def recover(bridge, count):
    """The sick endpoint comes back."""
    full = bridge.data_bytes()
    receiver = bridge.rig.start_receiver(bridge.sick_port, progress_ms=20)
    wait_until(lambda: unique(receiver) >= count + 1, RECOVERY_S + count / 5000, "the backlog at its receiver", bridge.child)
    progress = receiver.said["progress"]
    per_second = count / ((progress["last_us"] - progress["first_us"]) / 1e6)
    wait_until(lambda: bridge.data_bytes() < max(full / 10, SLACK_BYTES), 60, "the data folder to shrink", bridge.child)
    endpoints = {one["id"]: one for one in bridge.status()["endpoints"]}
    unaccounted = sum(abs(one.get("books", {}).get("unaccounted", 0)) for one in endpoints.values())
    return {"drain_per_second": per_second, "late": progress["late"], "data_full_mb": full / 1e6,
            "data_after_mb": bridge.data_bytes() / 1e6, "unaccounted": unaccounted,
            "waiting": sum(one["waiting"] for one in endpoints.values())}


def one_run(folder, kind, case, arguments):
    with Rig(folder) as rig:
        bridge = Bridge(rig, sick=kind == WITH)
        if case == SPEED:
            figures = bridge.publish(arguments.messages, 0, arguments.devices, arguments.size)
        else:
            count = LATENCY_RATE * arguments.latency_seconds
            figures = bridge.publish(count, LATENCY_RATE, arguments.devices, arguments.size)
        figures["peak_mb"] = bridge.child.memory_peak_bytes() / 1e6
        if kind == WITH and case == SPEED:
            figures |= recover(bridge, arguments.messages)
            figures["peak_after_drain_mb"] = bridge.child.memory_peak_bytes() / 1e6
        return figures


def measure(arguments, folder):
    results = {case: {WITHOUT: [], WITH: []} for case in (SPEED, "latency")}
    total, step = len(results) * arguments.rounds * 2, 0
    for case in results:
        for number in range(arguments.rounds):
            for kind in (WITHOUT, WITH) if number % 2 == 0 else (WITH, WITHOUT):
                step += 1
                show(f"[{'#' * (step * 24 // total):.<24}] {case}, round {number + 1}, {kind} a sick endpoint")
                place = folder / f"{case}-{number}-{kind}"
                results[case][kind].append(one_run(place, kind, case, arguments))
                shutil.rmtree(place, ignore_errors=True)
    show("")
    return results


def report(results, arguments):
    print(f"{arguments.messages:,} messages of {arguments.size} bytes from {arguments.devices} devices, {arguments.rounds} rounds, "
          f"medians; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for case, figure in ((SPEED, "per_second"), ("latency", "p99_ms")):
        pair = [median(results[case][kind], figure) for kind in (WITHOUT, WITH)]
        print(f"{case:<8} {figure:<11} without {pair[0]:>12,.2f}   with {pair[1]:>12,.2f}   ratio {pair[1] / pair[0]:.3f}")
    sick = results[SPEED][WITH]
    print(f"memory   peak {median(sick, 'peak_mb'):.1f} MB during the outage, {median(sick, 'peak_after_drain_mb'):.1f} MB after the drain")
    print(f"drain    {median(sick, 'drain_per_second'):,.0f} events/s, {max(one['late'] for one in sick)} out of order")
    print(f"folder   {median(sick, 'data_full_mb'):,.1f} MB full, {median(sick, 'data_after_mb'):.1f} MB after")
    print(f"books    {max(one['unaccounted'] for one in sick)} unaccounted, {max(one['waiting'] for one in sick)} waiting")


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: scripts/outage.py --messages 100000 --rounds 1")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=200, help="payload bytes (default 200)")
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-seconds", type=int, default=10)
    parser.add_argument("--json", type=pathlib.Path, help="also write every run's figures here")
    arguments = parser.parse_args()
    if min(arguments.messages, arguments.size, arguments.devices, arguments.rounds, arguments.latency_seconds) < 1:
        parser.error("figures are above zero")
    return arguments


def main():
    arguments = parse()

    def work(folder):
        results = measure(arguments, folder)
        report(results, arguments)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1))
        worst = results[SPEED][WITH]
        return 0 if all(one["late"] == one["unaccounted"] == one["waiting"] == 0 for one in worst) else 1

    return run("outage", work)


if __name__ == "__main__":
    sys.exit(main())
