#!/usr/bin/env python3
"""Publishes to a loopback topic over TLS: this bridge's publisher, and Microsoft's for Python beside it.

The topic takes everything and looks at nothing. Rounds alternate; medians are shown."""

import argparse
import datetime
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build" / "release" / "EventGridBenchmark"


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def official(port, certificate, count, size, batch):
    os.environ["REQUESTS_CA_BUNDLE"] = str(certificate)
    from azure.core.credentials import AzureKeyCredential
    from azure.eventgrid import EventGridEvent, EventGridPublisherClient

    client = EventGridPublisherClient(f"https://localhost:{port}/api/events", AzureKeyCredential("a2V5"))
    data = {"temp": 21.5, "pad": "x" * max(0, size - 30)}
    now = datetime.datetime.now(datetime.timezone.utc)
    with client:
        client.send([EventGridEvent("device-0", "microsoft.iot.telemetry", data, "1.0", event_time=now)])
        started, used = time.monotonic(), processor_seconds()
        for first in range(0, count, batch):
            client.send([EventGridEvent(f"device-{n % 100}", "microsoft.iot.telemetry", data, "1.0", event_time=now)
                         for n in range(first, min(count, first + batch))])
        seconds = time.monotonic() - started
    return {"per_second": count / seconds, "cpu_us": (processor_seconds() - used) / count * 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="example: scripts/bench_event_grid.py --rounds 1")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--size", type=int, default=200, help="bytes of a body (default 200)")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = pathlib.Path(folder, "topic.pem"), pathlib.Path(folder, "topic.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        topic = subprocess.Popen([PROGRAM, "topic", certificate, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            port = json.loads(topic.stdout.readline())["listening"]
            ours, theirs = [], {100: [], 1000: []}
            for number in range(arguments.rounds):
                print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
                done = subprocess.run([PROGRAM, "publish", str(port), certificate, str(arguments.events), str(arguments.size)],
                                      check=True, capture_output=True, text=True)
                ours.append(json.loads(done.stdout))
                for batch, results in theirs.items():
                    results.append(official(port, certificate, arguments.events // 20, arguments.size, batch))
        finally:
            topic.stdin.close()
            topic.wait(10)

    def median(rows, name):
        return statistics.median(row[name] for row in rows)

    print(f"{'Event Grid over TLS':<28}{'events/s':>12}{'CPU µs/event':>15}")
    print(f"{'twinroute':<28}{median(ours, 'per_second'):>12,.0f}{median(ours, 'cpu_us'):>15.1f}")
    for batch, rows in theirs.items():
        print(f"{f'azure-eventgrid, {batch} a call':<28}{median(rows, 'per_second'):>12,.0f}{median(rows, 'cpu_us'):>15.1f}"
              f"   {median(ours, 'per_second') / median(rows, 'per_second'):.1f} times slower")


if __name__ == "__main__":
    sys.exit(main())
