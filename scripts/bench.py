#!/usr/bin/env python3
"""Measures the bridge beside a bare C loop that does the same work, in one run. (make bench)

  drain    messages that a real mosquitto holds for the bridge's session: from the start of the
           bridge until a loopback AMQP receiver has them all
  live     a publisher that sends as fast as the broker takes it, through broker and bridge
  latency  5,000 messages/s, publisher to receiver

The floor (Benchmarks/floor) receives, writes each batch to a synced file, acknowledges and sends
one AMQP message an event; it recovers nothing. Rounds alternate between the two, for the machine
is never quite the same twice. Broker, publisher and receiver share the processors with the bridge.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import sys
import time

from measurement import median, run, show
from rig import Rig, bridge_command, free_port, wait_for_session, wait_until

def unique(receiver):
    return receiver.said.get("progress", {}).get("unique", 0)


def wait_for_all(receiver, bridge, count, seconds):
    wait_until(lambda: unique(receiver) >= count, seconds, f"{count:,} events at the receiver", bridge)


def figures(receiver, bridge, count, started, cpu_before=0.0):
    progress = receiver.said["progress"]
    return {
        "per_second": count / (progress["last_us"] / 1e6 - started),
        "cpu_per_million": (bridge.cpu_seconds() - cpu_before) / count * 1e6,
        "peak_mb": bridge.memory_peak_bytes() / 1e6,
        "p50_ms": progress["p50_us"] / 1e3, "p99_ms": progress["p99_us"] / 1e3,
        "duplicates": progress["duplicates"],
    }


def drain(rig, kind, arguments):
    broker, amqp_port = rig.start_mosquitto(), free_port()
    command = bridge_command(kind, rig.folder, broker.port, amqp_port)
    receiver = rig.start_receiver(amqp_port)
    bridge = rig.start("bridge-first", command)
    wait_for_session(broker.port, bridge)
    wait_for_all(receiver, bridge, 1, 30)
    bridge.stop()
    receiver.stop()
    publisher = rig.start_publisher(broker.port, rate=0, count=arguments.messages, size=arguments.size)
    publisher.wait(120)
    receiver = rig.start_receiver(amqp_port, progress_ms=20)
    started = time.monotonic()
    bridge = rig.start("bridge", command)
    wait_for_all(receiver, bridge, arguments.messages, 300)
    return figures(receiver, bridge, arguments.messages, started)


def through(rig, kind, arguments, rate, count):
    broker, amqp_port = rig.start_mosquitto(), free_port()
    receiver = rig.start_receiver(amqp_port, progress_ms=20)
    bridge = rig.start("bridge", bridge_command(kind, rig.folder, broker.port, amqp_port))
    wait_for_session(broker.port, bridge)
    wait_for_all(receiver, bridge, 1, 30)
    cpu_before = bridge.cpu_seconds()
    started = time.monotonic()
    rig.start_publisher(broker.port, rate=rate, count=count, size=arguments.size)
    wait_for_all(receiver, bridge, count + 1, 300)
    return figures(receiver, bridge, count, started, cpu_before)


def live(rig, kind, arguments):
    return through(rig, kind, arguments, rate=0, count=arguments.messages)


def latency(rig, kind, arguments):
    return through(rig, kind, arguments, rate=5000, count=5000 * arguments.latency_seconds)


CASES = {"drain": drain, "live": live, "latency": latency}


def measure(arguments, folder, kinds):
    results = {case: {kind: [] for kind in kinds} for case in arguments.cases}
    total = len(arguments.cases) * arguments.rounds * len(kinds)
    step = 0
    for case in arguments.cases:
        for number in range(arguments.rounds):
            for kind in kinds if number % 2 == 0 else reversed(kinds):
                step += 1
                show(f"[{'#' * (step * 24 // total):.<24}] {case}, round {number + 1}, {kind}")
                place = folder / f"{case}-{number}-{kinds.index(kind)}"
                with Rig(place) as rig:
                    results[case][kind].append(CASES[case](rig, kind, arguments))
                shutil.rmtree(place, ignore_errors=True)
    show("")
    return results


def print_table(results, kinds, arguments):
    print(f"{arguments.messages:,} messages of {arguments.size} bytes, {arguments.rounds} rounds, medians (lowest–highest); "
          f"{os.cpu_count()} processors, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    row = "{:<9}{:<11}{:>26}{:>16}{:>10}{:>10}{:>10}{:>12}"
    print(row.format("case", "bridge", "messages/s", "CPU s/million", "peak MB", "p50 ms", "p99 ms", "duplicates"))
    for case, by_kind in results.items():
        for kind in kinds:
            rounds = by_kind[kind]
            rates = [one["per_second"] for one in rounds]
            spread = f"{median(rounds, 'per_second'):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"
            is_latency = case == "latency"
            print(row.format(case, pathlib.Path(kind.split()[0]).name, spread, f"{median(rounds, 'cpu_per_million'):.2f}",
                             f"{median(rounds, 'peak_mb'):.1f}",
                             f"{median(rounds, 'p50_ms'):.2f}" if is_latency else "",
                             f"{median(rounds, 'p99_ms'):.2f}" if is_latency else "",
                             f"{median(rounds, 'duplicates'):.0f}"))
        if len(kinds) == 2:
            ours, base = (by_kind[kind] for kind in kinds)
            speed = median(ours, "per_second") / median(base, "per_second")
            cpu = median(ours, "cpu_per_million") / median(base, "cpu_per_million")
            print(row.format("", "ratio", f"{speed:.2f}", f"{cpu:.2f}", "", "", "", ""))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--size", type=int, default=200, help="payload bytes (default 200)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency-seconds", type=int, default=4)
    parser.add_argument("--cases", nargs="+", choices=tuple(CASES), default=list(CASES))
    parser.add_argument("--bridge", default="twinroute", help="twinroute, floor-safe, or a command with {config}")
    parser.add_argument("--json", type=pathlib.Path, help="also write every round's figures here")
    arguments = parser.parse_args()
    if min(arguments.messages, arguments.size, arguments.rounds, arguments.latency_seconds) < 1:
        parser.error("figures are above zero")
    return arguments


def main():
    arguments = parse()

    def work(folder):
        kinds = [arguments.bridge, "floor"]
        results = measure(arguments, folder, kinds)
        print_table(results, kinds, arguments)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1))
        return 0

    return run("bench", work)


if __name__ == "__main__":
    sys.exit(main())
