#!/usr/bin/env python3
"""Rehearses outages: mosquitto -> bridge -> local namespace -> Microsoft's own consumer. (make rehearsal)

First without a fault, then with each fault of docs/namespace.md in turn, switched on while events are
on their way. The consumer's copies are counted: none may be lost, and the first copies of a subject
come in their order. Without a fault none comes twice either; after a fault some may, for whoever did
not hear that an event was taken has to send it again.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import shutil
import sys
import threading
import time
import urllib.request

from azure.eventhub.aio import EventHubConsumerClient

from measurement import run, show
from namespace_process import Namespace
from rig import Rig, RigError, find_twinroute, free_port, wait_for_session, wait_until

HUB = "telemetry"
#: What the name of a rehearsal puts on, in this order. HOLD stands for as long as the faults are held.
#: Keys and credit matter to a link that begins, so the old one is closed with them.
HOLD = object()
FORCE_CLOSE = {"fault": "forceClose"}
FAULTS = {
    "refuseKey": [{"fault": "refuseKey"}, FORCE_CLOSE],
    "expireToken": [{"fault": "expireToken", "for": HOLD}],
    "throttle": [{"fault": "throttle", "units": 1}],
    "detachIdle": [{"fault": "detachIdle", "after": "300ms"}],
    "forceClose": [FORCE_CLOSE],
    "forceClose, for a time": [{"fault": "forceClose", "for": HOLD}],
    "withholdCredit": [{"fault": "withholdCredit"}, FORCE_CLOSE],
    "reject, server-busy": [{"fault": "reject", "oneIn": 3, "condition": "com.microsoft:server-busy"}],
    "reject, internal-error": [{"fault": "reject", "oneIn": 3, "condition": "amqp:internal-error"}],
    "release": [{"fault": "release", "oneIn": 3}],
    "delayDispositions": [{"fault": "delayDispositions", "by": "300ms"}],
    "cutMidFrame": [{"fault": "cutMidFrame", "oneIn": 5, "count": 3}],
    "disableEntity": [{"fault": "disableEntity"}],
}
#: Is on before the first event: nothing is idle while events are on their way.
BEFORE = {"detachIdle"}


#: A publisher is at work when the faults come; a second one begins under them, so that there is something
#: to strike however quick the bridge was with the first.
SHIFTS = ["early", "late"]


@dataclasses.dataclass
class Size:
    """`count` is even: half of it in each shift."""
    count: int
    devices: int
    rate: int
    hold: float
    payload: int = 200


#: A megabyte a second is a throughput unit: with payloads of 3 KB so few events are more, also on a busy machine.
SHORT = Size(count=3000, devices=10, rate=3000, hold=1, payload=3000)
LONG = Size(count=100_000, devices=100, rate=15_000, hold=4)


@dataclasses.dataclass
class Result:
    """Copies at the consumer, against what the devices sent, and the bridge's own books."""
    struck: int
    sent: int
    received: int
    lost: int
    duplicated: int
    out_of_order: int
    books: dict

    @property
    def is_balanced(self):
        return (self.books["unaccounted"] == self.books["waiting"] == self.books["deadLettered"] == 0
                and self.books["delivered"] == self.sent + 1)  # and the probe


class Bridge:
    def __init__(self, rig, broker, namespace):
        self.http = free_port()
        config = rig.folder / "bridge.yaml"
        config.write_text(json.dumps({  # JSON is YAML too
            "source": "rehearsal.example.net", "data": str(rig.folder / "data"), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{broker.port}", "clientID": "twinroute-rehearsal",
                      "sessionExpiry": "1h",
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            "endpoints": {"hub": {"type": "EventHub", "path": HUB, "connectionString": namespace.connection_string()}},
            "routes": [{"id": "everything", "endpoint": "hub"}]}))
        self.child = rig.start("bridge", [find_twinroute(), "serve", "--config", config])
        wait_for_session(broker.port, self.child)

    def endpoint(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/status", timeout=30) as answer:
            return json.load(answer)["endpoints"][0]


class Consumer(threading.Thread):
    """Reads everything from the start, until it has as many events as it is then told to."""

    def __init__(self, namespace):
        super().__init__(daemon=True)
        self.text = namespace.connection_string()
        self.got = []
        self.wanted = None
        self.start()

    def run(self):
        asyncio.run(self._read())

    async def _read(self):
        client = EventHubConsumerClient.from_connection_string(self.text, "$Default", eventhub_name=HUB)

        async def on_batch(_, events):
            for event in events:
                subject = event.properties[b"cloudEvents:subject"].decode()
                if subject.startswith(tuple(SHIFTS)):
                    self.got.append((subject, json.loads(event.body_as_str())["n"]))

        async with client:
            task = asyncio.create_task(client.receive_batch(
                on_batch, starting_position="-1", max_batch_size=1000, prefetch=3000, max_wait_time=1))
            while self.wanted is None or len(self.got) < self.wanted:
                await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def finish(self, count, seconds):
        """What has come once it is as many as `count`."""
        self.wanted = count
        self.join(seconds)
        if self.is_alive():
            raise RigError(f"the consumer has {len(self.got):,} of {count:,} events after {seconds:.0f} s")
        return self.got


def judge(got, size):
    """Lost, duplicated, out of order, by the first copies."""
    last, seen, late = {}, set(), 0
    for subject, number in got:
        if (subject, number) in seen:
            continue
        seen.add((subject, number))
        late += number < last.get(subject, 0)
        last[subject] = number
    wanted = {(f"{shift}-device-{turn % size.devices + 1}", turn // size.devices + 1)
              for shift in SHIFTS for turn in range(size.count // 2)}
    if seen - wanted:
        raise RigError(f"nobody sent {sorted(seen - wanted)[:3]}")
    return len(wanted - seen), len(got) - len(seen), late


def strike(namespace, faults, size):
    """Puts the faults on; what is returned waits until they strike, holds them, takes them back, and
    tells how often they struck."""
    first = faults[0]  # those behind it are there to help
    number = None
    for fault in faults:
        members = {name: f"{int(size.hold * 1000)}ms" if value is HOLD else value for name, value in fault.items()}
        status, made = namespace.request("POST", "/faults", members)
        if status != 201:
            raise RigError(f"{members}: {made}")
        if fault is first:
            number, struck = made["id"], made["struck"]

    def count():
        listed = {one["id"]: one["struck"] for one in namespace.request("GET", "/faults")[1]["value"]}
        # One that is over is listed no more: it has been used up, or its time was.
        return listed.get(number, first.get("count", struck))

    def hold(publishing):
        struck = wait_until(count, 30, f"{first['fault']} to strike", namespace.child)
        publishing()
        end = time.monotonic() + size.hold
        while time.monotonic() < end:
            struck = count()
            time.sleep(0.05)
        namespace.request("DELETE", "/faults")
        return struck

    return hold


def rehearse(rig, size, name=None):
    """One run; `name` is a key of FAULTS, or None."""
    broker = rig.start_mosquitto()
    namespace = Namespace(rig, "--entity-megabytes", 1024, "--total-megabytes", 2048)
    bridge = Bridge(rig, broker, namespace)
    wait_until(lambda: namespace.events(HUB) > 0, 30, "the probe", bridge.child)
    # Faults of an entity are also those of its readers, so with a fault the consumer comes after it.
    consumer = None if name else Consumer(namespace)
    publishers = {}

    def publish(*shifts):
        for shift in shifts:
            publishers[shift] = rig.start(f"publisher-{shift}", [
                find_twinroute(), "publish", "--port", broker.port, "--count", size.count // 2, "--devices", size.devices,
                "--topic", f"devices/{shift}-{{device}}/messages/events",
                "--rate", size.rate / 2, "--size", size.payload, "--json"])

    struck = 0
    if name is None:
        publish(*SHIFTS)
    elif name in BEFORE:
        struck = strike(namespace, FAULTS[name], size)(lambda: publish(*SHIFTS))
    else:
        publish("early")
        wait_until(lambda: namespace.events(HUB) > size.count // 20, 60, "a tenth of the early events", bridge.child)
        hold = strike(namespace, FAULTS[name], size)
        publish("late")
        struck = hold(lambda: None)
    for publisher in publishers.values():
        publisher.wait(120 + size.count / 1000)
        sent = publisher.said.get("acknowledged", 0)
        if sent != size.count // 2:
            raise RigError(f"{sent} of {size.count // 2} events sent\n{publisher.log_tail()}")

    def is_done():
        books = bridge.endpoint()["books"]
        return books["received"] > size.count and books["waiting"] == 0

    wait_until(is_done, 120 + size.count / 500, "the bridge to have delivered everything", bridge.child)
    books = bridge.endpoint()["books"]
    # The probe is nobody's event.
    copies = namespace.events(HUB) - 1
    consumer = consumer or Consumer(namespace)
    got = consumer.finish(copies, 60 + size.count / 500)
    lost, duplicated, late = judge(got, size)
    return Result(struck, size.count, len(got), lost, duplicated, late, books)


LINE = "{:<24}{:>8}{:>10}{:>10}{:>6}{:>12}{:>14}   {}"


def rehearsals(folder, size, names):
    good = True
    print(LINE.format("fault", "struck", "sent", "received", "lost", "duplicated", "out of order", "books"), flush=True)
    for number, name in enumerate(names):
        show(f"[{'#' * (number * 24 // len(names)):.<24}] {name or 'no fault'}")
        place = folder / f"run-{number}"
        with Rig(place) as rig:
            result = rehearse(rig, size, name)
        shutil.rmtree(place, ignore_errors=True)
        show("")
        print(LINE.format(name or "none", result.struck, result.sent, result.received, result.lost, result.duplicated,
                          result.out_of_order, "balanced" if result.is_balanced else result.books), flush=True)
        good &= result.lost == result.out_of_order == 0 and result.is_balanced and (bool(name) or not result.duplicated)
    return good


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: scripts/rehearsal.py --count 10000 --only throttle")
    parser.add_argument("--count", type=int, default=LONG.count, help="events of a run (default 100,000)")
    parser.add_argument("--devices", type=int, default=LONG.devices)
    parser.add_argument("--rate", type=int, default=LONG.rate, help="events a second")
    parser.add_argument("--hold", type=float, default=LONG.hold, help="for so many seconds a fault is on")
    parser.add_argument("--only", action="append", choices=["none", *FAULTS], help="may be given more than once")
    arguments = parser.parse_args()
    if arguments.count % 2:
        parser.error("--count is even: half of it in each shift")
    if min(arguments.count, arguments.devices, arguments.rate, arguments.hold) <= 0:
        parser.error("figures are above zero")
    return arguments


def main():
    arguments = parse()
    size = Size(arguments.count, arguments.devices, arguments.rate, arguments.hold)
    names = [None if name == "none" else name for name in arguments.only or ["none", *FAULTS]]

    def work(folder):
        print(f"{size.count:,} events from {size.devices} devices at {size.rate:,}/s, faults held {size.hold:g} s; "
              f"{os.cpu_count()} processors")
        return 0 if rehearsals(folder, size, names) else 1

    return run("rehearsal", work)


if __name__ == "__main__":
    sys.exit(main())
