#!/usr/bin/env python3
"""Kills the bridge again and again under load and counts what is lost. (make crashtest)

A real mosquitto, publishers that record what the broker acknowledged, and an AMQP receiver that
stalls 200 ms in every 400: a receiver that never stalls forgives even an unsafe bridge. Therefore
the test first proves that it can see losses, with a bridge that acknowledges before it has
delivered or stored anything.

Modes:
  kill           SIGKILL at random instants, restart at once (promises 1 and 3 of the README)
  receiver-down  the AMQP side is away for the whole load and the bridge is restarted twice
                 meanwhile, once by SIGTERM and once by SIGKILL; then the broker, with whatever it
                 still holds, is ended and the AMQP side comes back: what arrives is the journal's

Exit code: 0 when nothing acknowledged was lost and every device's first arrivals are in order.
"""

import argparse
import contextlib
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from rig import (Rig, RigError, bridge_command, build_floor, count_missing, find_program, free_port, read_record,
                 wait_for_session)

STALL_MS = (200, 400)
WINDOW = 200  # credit: less than what arrives during a stall, so that the bridge has to hold events
PROOF_KILLS = 6
PROOF_ROUNDS = 4
QUIET_S = 8  # the run is over when nothing has arrived for so long,
FIRST_ARRIVAL_S = 90  # but a bridge that found no AMQP side for a while may be backing off
DRAIN_S = 180
DELIVERY_S = 60  # from a restart to the first delivery; far more than it takes


class Progress:
    """One line that redraws itself on a terminal, a line now and then elsewhere."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.printed_at = time.monotonic()

    def show(self, text, share=None):
        if self.terminal:
            bar = "" if share is None else "[" + "#" * int(share * 24) + "." * (24 - int(share * 24)) + "] "
            sys.stderr.write(f"\r\x1b[K{bar}{text}")
            sys.stderr.flush()
        elif time.monotonic() - self.printed_at >= 10:
            self.printed_at = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def clear(self):
        if self.terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Run:
    """One broker, one publisher, one receiver, and one bridge after another."""

    def __init__(self, rig, kind, arguments, progress, redelivery_filter=True):
        self.rig, self.kind, self.arguments, self.progress = rig, kind, arguments, progress
        self.environment = dict(os.environ, TWINROUTE_REDELIVERY_FILTER="on" if redelivery_filter else "off")
        self.published_to = rig.folder / "acknowledged.txt"
        self.received_to = rig.folder / "received.txt"
        self.broker = rig.start_mosquitto()
        self.amqp_port = free_port()
        self.command = bridge_command(kind, rig.folder, self.broker.port, self.amqp_port)
        self.receiver = self.publisher = self.bridge = None
        self.starts = 0
        self.faults = []

    def start_receiver(self):
        self.receiver = self.rig.start_receiver(self.amqp_port, window=WINDOW, record=self.received_to, stall=STALL_MS)

    def start_bridge(self):
        self.starts += 1
        self.bridge = self.rig.start(f"bridge-{self.starts}", self.command, env=self.environment)

    def start_publisher(self):
        self.publisher = self.rig.start_publisher(self.broker.port, self.arguments.rate, record=self.published_to)

    def kill_bridge(self):
        self.check_bridge()
        self.bridge.kill()
        self.rig.children.remove(self.bridge)

    def stop_bridge(self):
        self.check_bridge()
        code = self.bridge.stop()
        self.rig.children.remove(self.bridge)
        if code != 0:
            self.faults.append(f"SIGTERM ended the bridge with {code}, not 0\n{self.bridge.log_tail()}")

    def check_bridge(self):
        code = self.bridge.returncode()
        if code is not None:
            raise RigError(f"the bridge ended by itself with {code}:\n{self.bridge.log_tail()}")

    def counts(self):
        published = self.publisher.said.get("summary") or self.publisher.said.get("progress") or {}
        arrived = (self.receiver.said.get("summary") or self.receiver.said.get("progress") or {}) if self.receiver else {}
        return published, arrived

    def show(self, what, share=None):
        published, arrived = self.counts()
        acknowledged, unique = published.get("acknowledged", 0), arrived.get("unique", 0)
        self.progress.show(f"{what}  acknowledged {acknowledged:,}  delivered {unique:,}", share)

    def sleep(self, seconds, what, share=None):
        """The load runs on; this is its duration, not a wait for something."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.show(what, share)
            time.sleep(min(left, 0.1))

    def received(self):
        return self.counts()[1].get("received", 0)

    def wait_for_delivery(self, before, what, share):
        deadline = time.monotonic() + DELIVERY_S
        while self.received() <= before:
            self.check_bridge()
            if time.monotonic() > deadline:
                raise RigError(f"the bridge delivered nothing in {DELIVERY_S} s after a restart\n{self.bridge.log_tail()}")
            self.sleep(0.05, what, share)

    def drain(self):
        """Until everything acknowledged is there, or nothing has come for QUIET_S."""
        deadline = time.monotonic() + DRAIN_S
        last, last_at = -1, time.monotonic()
        while time.monotonic() < deadline:
            published, arrived = self.counts()
            received = arrived.get("received", 0)
            if received != last:
                last, last_at = received, time.monotonic()
            quiet = time.monotonic() - last_at
            # A moment more when all is there, so that late duplicates are counted too.
            if quiet > (QUIET_S if received > 0 else FIRST_ARRIVAL_S) or (arrived.get("unique", 0) > published["acknowledged"] and quiet > 1):
                return
            self.show("draining")
            time.sleep(0.1)

    def finish(self):
        self.publisher.stop(40)
        if "summary" not in self.publisher.said:
            raise RigError(f"the publisher did not finish:\n{self.publisher.log_tail()}")

    def result(self):
        self.receiver.stop()
        published, arrived = self.counts()
        lost, examples = count_missing(read_record(self.published_to), read_record(self.received_to))
        result = {
            "rate": published["sent"] * 1e6 / published["elapsed_us"],
            "sent": published["sent"], "acknowledged": published["acknowledged"],
            "delivered": arrived["unique"] - 1,  # less the probe
            "lost": lost, "duplicates": arrived["duplicates"], "out of order": arrived["late"],
            "unreadable": arrived["unreadable"], "examples": examples,
        }
        if (stored := journalled_events(self.rig.folder)) is not None:
            # The other duplicates are events that were under way to the AMQP side at a kill.
            result["journalled twice"] = stored - 1 - published["sent"]
        return result


def journalled_events(folder):
    """How many events the bridge has ever taken into its journal; None for a bridge without one."""
    path = folder / "data" / "journal.sqlite"
    if not path.is_file():
        return None
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("""
            SELECT max((SELECT value FROM state WHERE name = 'next_offset'),
                coalesce((SELECT first_offset + count FROM batches ORDER BY first_offset DESC LIMIT 1), 0),
                coalesce((SELECT max(cursor) FROM endpoints), 0))""").fetchone()[0]


def run_kills(run, kills, rng):
    run.start_receiver()
    run.start_bridge()
    wait_for_session(run.broker.port, run.bridge)
    run.start_publisher()
    amid_delivery = 0
    for number in range(kills):
        what, share = f"kill {number + 1}/{kills}", number / kills
        # What the one before had sent may still be read: at most its credit.
        before = run.received() + WINDOW
        # Half of the kills may strike a bridge that is still recovering from the one before; for the
        # others it gets as far as delivering again.
        if rng.random() < 0.5:
            run.wait_for_delivery(before, what, share)
        run.sleep(rng.uniform(0.1, 1.5), what, share)
        amid_delivery += run.received() > before
        run.kill_bridge()
        run.start_bridge()
    run.sleep(1, "after the last kill", 1)
    run.finish()
    run.drain()
    run.stop_bridge()
    run.progress.clear()
    print(f"  {amid_delivery} of {kills} kills hit a bridge that was delivering, the others one that was recovering")
    if amid_delivery == 0:
        run.faults.append("no kill hit a delivering bridge: the run proves little")
    return run.result()


def stored_messages(port):
    """How many messages the broker holds, its own retained statistics among them."""
    topic = "$SYS/broker/store/messages/count"
    done = subprocess.run([find_program("mosquitto_sub"), "-p", str(port), "-t", topic, "-C", "1", "-W", "5"],
                          capture_output=True, text=True)
    return int(done.stdout or -1)


def wait_until_broker_is_empty(run):
    """Three readings a second apart that agree on what the statistics alone take."""
    same, last, deadline = 0, None, time.monotonic() + 60
    while same < 3:
        if time.monotonic() > deadline:
            raise RigError(f"the broker still holds {last} messages: while the AMQP side is down the bridge does not "
                           f"take events into its journal\n{run.bridge.log_tail()}")
        run.check_bridge()
        count = stored_messages(run.broker.port)
        same = same + 1 if count == last and 0 <= count < 150 else 0
        last = count
        run.show(f"broker holds {count}")
        time.sleep(1)


def run_receiver_down(run, seconds):
    run.start_bridge()
    wait_for_session(run.broker.port, run.bridge)
    run.start_publisher()
    run.sleep(seconds / 3, "AMQP side down", 0)
    run.stop_bridge()
    run.start_bridge()
    run.sleep(seconds / 3, "AMQP side down, restarted by SIGTERM", 1 / 3)
    run.kill_bridge()
    run.start_bridge()
    run.sleep(seconds / 3, "AMQP side down, restarted by SIGKILL", 2 / 3)
    run.finish()
    wait_until_broker_is_empty(run)
    run.broker.stop()
    run.start_receiver()
    run.drain()
    run.stop_bridge()
    return run.result()


def print_result(result):
    print(f"  {'sent a second':<16}{result['rate']:>12,.0f}")
    for name in ("sent", "acknowledged", "delivered", "lost", "duplicates", "journalled twice", "out of order"):
        if name in result:
            print(f"  {name:<16}{result[name]:>12,}")
    if result["unreadable"]:
        print(f"  {'unreadable':<16}{result['unreadable']:>12,}")
    if result["examples"]:
        print(f"  lost, for example: {', '.join(result['examples'])}")


def prove(arguments, folder, rng, progress):
    """The test is worth something only if it sees an unsafe bridge lose events."""
    for attempt in range(PROOF_ROUNDS):
        with Rig(folder / f"proof-{attempt + 1}") as rig:
            result = run_kills(Run(rig, "floor-unsafe", arguments, progress), PROOF_KILLS, rng)
        progress.clear()
        if result["lost"] > 0:
            print(f"the test can catch losses: {result['lost']:,} lost by an unsafe bridge "
                  f"in {PROOF_KILLS * (attempt + 1)} kills")
            return True
    print("the test proves nothing on this machine: a bridge that acknowledges before it stores or delivers lost "
          f"nothing in {PROOF_KILLS * PROOF_ROUNDS} kills. Raise --rate until it does.", file=sys.stderr)
    return False


def test_kills(arguments, folder, rng, progress):
    if not arguments.no_proof and not prove(arguments, folder, rng, progress):
        return False
    good, shares, seed = True, {}, rng.random()  # the same instants for both rounds
    for redelivery_filter in (True, False) if arguments.without_redelivery_filter else (True,):
        note = "" if redelivery_filter else ", without the redelivery filter"
        print(f"{arguments.bridge}: {arguments.kills} x SIGKILL at {arguments.rate:,} messages/s{note}", flush=True)
        with Rig(folder / f"kill-{'on' if redelivery_filter else 'off'}") as rig:
            run = Run(rig, arguments.bridge, arguments, progress, redelivery_filter)
            result = run_kills(run, arguments.kills, random.Random(seed))
        good = judge(run, result, progress) and good
        shares[redelivery_filter] = [
            result.get(name, 0) / max(1, result["delivered"]) for name in ("duplicates", "journalled twice")]
    if len(shares) == 2:
        for place, name in enumerate(("duplicates", "journalled twice")):
            print(f"{name} as a share of delivered: {shares[True][place]:.3%} with the redelivery filter, "
                  f"{shares[False][place]:.3%} without")
    return good


def test_receiver_down(arguments, folder, rng, progress):
    print(f"{arguments.bridge}: AMQP side down for {arguments.seconds} s at {arguments.rate:,} messages/s, "
          "one SIGTERM, one SIGKILL", flush=True)
    with Rig(folder / "receiver-down") as rig:
        run = Run(rig, arguments.bridge, arguments, progress)
        return judge(run, run_receiver_down(run, arguments.seconds), progress)


def judge(run, result, progress):
    progress.clear()
    print_result(result)
    for fault in run.faults:
        print(f"fault: {fault}")
    return result["lost"] == 0 and result["out of order"] == 0 and result["unreadable"] == 0 and not run.faults


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("kill", "receiver-down"), default="kill")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=int, default=5000, help="messages a second (default 5000)")
    parser.add_argument("--seconds", type=float, default=12, help="receiver-down: length of the load (default 12)")
    parser.add_argument("--short", action="store_true", help="5 kills, or 4.5 seconds")
    parser.add_argument("--bridge", default="twinroute",
                        help="twinroute (default), floor-safe, floor-unsafe, floor, or a command with {config}")
    parser.add_argument("--no-proof", action="store_true", help="leave out the unsafe bridge's round")
    parser.add_argument("--without-redelivery-filter", action="store_true",
                        help="kill: a second round without it, and the duplicates of both in one report")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep logs and records")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.kills, arguments.seconds = 5, 4.5
    if arguments.kills < 1 or arguments.rate < 1 or arguments.seconds <= 0:
        parser.error("--kills, --rate and --seconds are above zero")
    return arguments


def main():
    arguments = parse()
    progress = Progress()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="twinroute-crashtest-", dir="/var/tmp"))
    good = False
    print(f"seed {arguments.seed}", flush=True)
    try:
        build_floor()
        test = test_kills if arguments.mode == "kill" else test_receiver_down
        good = test(arguments, folder, random.Random(arguments.seed), progress)
        print("passed" if good else "FAILED", flush=True)
    except RigError as error:
        progress.clear()
        print(f"FAILED: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        progress.clear()
        print("interrupted; all processes of the test are stopped", file=sys.stderr)
        return 130
    finally:
        if arguments.keep or not good:
            print(f"logs and records: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
