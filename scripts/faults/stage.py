"""The stage on which every fault is played: a real mosquitto, a publisher, the bridge, and for each
endpoint a far side of another make (peer.py), all on loopback and in a folder of their own.

A fault opens the stage, does its worst while events are published, and returns once things are well
again. Then `close` stops the publisher, waits until everything has arrived, and makes up the account.
"""

import getpass
import json
import os
import pathlib
import random
import signal
import sys
import time
import urllib.error
import urllib.request

from crashtest import stored_messages
from ledger import Received, Sent, account
from proxy import Proxy
from rig import Rig, RigError, accepts, find_program, find_twinroute, free_port, wait_for_session, wait_until

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_S = 60  # for what takes a second or two when all is well
QUIET_S = 60  # nothing has arrived for so long: the rest will not come
QUIET_AFTER_FAILURE_S = 10
DRAIN_S = 600
BROKERS_OWN = 150  # messages in mosquitto's store that are its own statistics, at most
KEY = "key-one"
ONCE = ("detach", "level", "drop", "busy")  # of what a far side can be told; the rest stays


class NotRun(Exception):
    """This machine does not let us play the fault; the text says what is missing."""


class Endpoint:
    """One endpoint of the bridge, and the far side behind it."""

    def __init__(self, stage, name, keys, proxied, wanted, filter_text):
        self.stage, self.name, self.keys = stage, name, list(keys)
        self.wanted, self.filter = wanted, filter_text
        self.port = free_port()
        self.record = stage.folder / f"{name}.record"
        self.received = Received(self.record)
        self.behaviour = {}
        self.starts = 0
        self.child = None
        self.proxy = Proxy(free_port(), self.port) if proxied else None
        self.connect_port = self.proxy.port if proxied else self.port

    def start(self):
        self.starts += 1
        command = [sys.executable, HERE / "peer.py", self.port, self.record, json.dumps(self.behaviour)]
        self.child = self.stage.rig.start(f"{self.name}-{self.starts}", command, commands=True)
        wait_until(lambda: self.child.said.get("listening"), PATIENCE_S, f"the far side of {self.name}", self.child)

    def kill(self):
        self.child.kill()
        self.stage.rig.children.remove(self.child)
        self.child = None

    def tell(self, **behaviour):
        """Changes how the far side behaves from now on: peer.py lists how. A restart keeps it."""
        self.behaviour |= {name: value for name, value in behaviour.items() if name not in ONCE}
        self.child.tell(**behaviour)

    def heal(self):
        if self.proxy is not None:
            self.proxy.speak()
        self.behaviour = {}
        if self.child is None:
            self.start()
        self.child.tell(credit=500, delay_ms=0, keys=None, outcomes=[], refuse_links=None, busy=None)

    def seen(self, name):
        """A count of the far side since its start: connections, links, `refused KEY`, …"""
        return self.child.said.get("seen", {}).get(name, 0)

    def configuration(self):
        strings = [f"amqp://bridge:{key}@127.0.0.1:{self.connect_port}" for key in self.keys]
        fields = {"type": "EventHub", "connectionString": strings[0], "path": "telemetry"}
        if len(strings) > 1:
            fields["secondaryConnectionString"] = strings[1]
        return fields


class Stage:
    def __init__(self, folder, long, progress, name, rng=None):
        self.folder, self.long, self.progress, self.name = pathlib.Path(folder), long, progress, name
        self.rng = rng or random.Random(1)
        self.rig = Rig(self.folder)
        self.faults, self.notes = [], []
        self.endpoints, self.publisher, self.broker, self.bridge = {}, None, None, None
        self.bridge_starts = 0
        self.broker_proxy = None
        self.held = 0
        self.tmpfs_bytes = None
        self.sent = Sent(self.folder / "sent.record")
        self.data, self.config = self.folder / "data", self.folder / "bridge.yaml"

    # --- for the faults ----------------------------------------------------------------------

    def choose(self, short, long):
        return long if self.long else short

    def open(self, endpoints=("hub",), keys=(KEY,), proxied=False, rate=500, devices=20, size=200, behaviour=None,
             filters=None, fields=None, tmpfs_bytes=None, persistent_broker=False, proxied_broker=False):
        """Starts everything, and returns once events arrive. `filters`: endpoint -> (a route's filter, the same as
        a function of device and n). `fields`: more of an endpoint's configuration."""
        self.fields = fields or {}
        self.tmpfs_bytes = tmpfs_bytes
        self.http = free_port()
        self.start_broker(persistent_broker, proxied_broker)
        for name in endpoints:
            filter_text, wanted = (filters or {}).get(name, (None, None))
            endpoint = Endpoint(self, name, keys, proxied, wanted, filter_text)
            endpoint.behaviour = dict(behaviour or {})
            self.endpoints[name] = endpoint
            endpoint.start()
        self.write_configuration()
        self.start_bridge()
        wait_for_session(self.broker.port, self.bridge)
        self.publisher = self.rig.start(
            "publisher", [sys.executable, HERE / "publisher.py", self.broker.port, self.sent.tail.path, devices, rate,
                          size], commands=True)
        self.wait_for_deliveries(50)

    @property
    def hub(self):
        """The first endpoint, which is the only one in most faults."""
        return next(iter(self.endpoints.values()))

    def show(self, what):
        accepted = sum(len(endpoint.received.accepted) for endpoint in self.endpoints.values())
        self.progress.show(f"{self.name}: {what}  sent {len(self.sent.events):,}  delivered {accepted:,}")

    def read(self):
        self.sent.read()
        for endpoint in self.endpoints.values():
            endpoint.received.read()

    def wait(self, condition, what, seconds=PATIENCE_S):
        """Until `condition` holds; an error when that takes too long or the bridge ends."""
        deadline = time.monotonic() + seconds
        while True:
            self.read()
            if value := condition():
                return value
            self.check_bridge()
            if time.monotonic() > deadline:
                raise RigError(f"waited {seconds:.0f} s in vain for {what}\n{self.bridge.log_tail(5)}")
            self.show(f"waiting for {what}")
            time.sleep(0.02)

    def wait_for_deliveries(self, more, endpoint=None, seconds=PATIENCE_S, what="deliveries"):
        received = (endpoint or self.hub).received.read()
        wanted = len(received.accepted) + more
        self.wait(lambda: len(received.accepted) >= wanted, what, seconds)

    def load(self, seconds, what):
        """The fault lasts, and the load runs on: a duration, not a wait for something."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read()
            self.check_bridge()
            self.show(f"{what}, {left:.0f} s more")
            time.sleep(min(left, 0.1))

    def load_a_moment(self, what, least=0.1, most=0.6):
        self.load(self.rng.uniform(least, most), what)

    def expect(self, holds, otherwise):
        if not holds:
            self.faults.append(otherwise)

    def pause_publisher(self):
        """Returns once the broker has acknowledged everything."""
        self.publisher.tell(rate=0)
        def rests():
            now = self.publisher.said.get("now", {})
            # What it said before it had read all commands does not count.
            return now.get("commands") == self.publisher.told and now["under_way"] == 0

        self.wait(rests, "the publisher to pause")

    # --- the parts ---------------------------------------------------------------------------

    def start_broker(self, persistent, proxied):
        # Started by root it would otherwise become a user who may not write here.
        extra = (f"user {getpass.getuser()}\npersistence true\npersistence_location {self.folder}/\n"
                 "autosave_interval 3600\n") if persistent else ""
        self.broker = self.rig.start_mosquitto(extra)
        self.broker_proxy = Proxy(free_port(), self.broker.port) if proxied else None
        self.broker_port = self.broker_proxy.port if proxied else self.broker.port

    def restart_broker(self):
        """On its old port, from what it saved."""
        port = self.broker.port
        self.rig.children.remove(self.broker)
        self.broker = self.rig.start("mosquitto", [find_program("mosquitto"), "-c", self.folder / "mosquitto.conf"])
        self.broker.port = port
        wait_until(lambda: accepts(port), 20, f"mosquitto on port {port}", self.broker)

    def write_configuration(self):
        self.config.write_text(json.dumps({  # JSON is YAML too
            "source": "faults.example.net", "data": str(self.data), "http": {"listen": f"127.0.0.1:{self.http}"},
            "mqtt": [{"name": "plant", "url": f"mqtt://127.0.0.1:{self.broker_port}", "clientID": "twinroute-faults",
                      "sessionExpiry": "1d", "receiveMaximum": 1000,
                      "subscriptions": [{"topic": "devices/{subject}/messages/events", "type": "telemetry"}]}],
            "endpoints": {name: endpoint.configuration() | self.fields for name, endpoint in self.endpoints.items()},
            "routes": [{"id": f"to-{name}", "endpoint": name} | ({"filter": endpoint.filter} if endpoint.filter else {})
                       for name, endpoint in self.endpoints.items()]}, indent=1))

    def reload(self):
        """The changed configuration, by SIGHUP."""
        self.write_configuration()
        os.kill(self.bridge.pid, signal.SIGHUP)

    def start_bridge(self):
        self.bridge_starts += 1
        command = [find_twinroute(), "serve", "--config", self.config]
        if self.tmpfs_bytes:
            self.data.mkdir(exist_ok=True)
            command = in_tmpfs(self.tmpfs_bytes, self.data, command)
        self.bridge = self.rig.start(f"bridge-{self.bridge_starts}", command)

    def kill_bridge(self):
        self.check_bridge()
        self.bridge.kill()
        self.rig.children.remove(self.bridge)

    def stop_bridge(self):
        self.check_bridge()
        code = self.bridge.stop(30)
        self.rig.children.remove(self.bridge)
        self.expect(code == 0, f"SIGTERM ended the bridge with {code}, not 0")

    def check_bridge(self):
        if self.bridge is not None and (code := self.bridge.returncode()) is not None:
            raise RigError(f"the bridge ended by itself with {code}:\n{self.bridge.log_tail()}")

    def data_seen_by_bridge(self):
        return pathlib.Path(f"/proc/{self.bridge.pid}/root{self.data}") if self.tmpfs_bytes else self.data

    def status(self):
        """GET /status, or None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/status", timeout=5) as answer:
                return json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def endpoint_status(self, name):
        status = self.status() or {"endpoints": []}
        return next((row for row in status["endpoints"] if row["id"] == name), {})

    # --- the end -----------------------------------------------------------------------------

    def close(self):
        """Waits for the rest, and returns a row for each endpoint."""
        quiet_s = QUIET_AFTER_FAILURE_S if self.faults else QUIET_S
        if self.bridge is None or self.bridge.returncode() is not None:
            raise RigError("there is no bridge left to drain")
        for endpoint in self.endpoints.values():
            endpoint.heal()
        if self.broker_proxy:
            self.broker_proxy.speak()
        if self.publisher is not None:
            self.publisher.tell(stop=True)
            code = self.publisher.wait(60)
            self.expect(code == 0, "the broker did not acknowledge everything to the publisher")
        self.drain(quiet_s)
        status = self.status()
        self.stop_bridge()
        for endpoint in self.endpoints.values():
            endpoint.child.stop()
            if endpoint.proxy:
                endpoint.proxy.close()
        if self.broker_proxy:
            self.broker_proxy.close()
        self.read()
        return [self.row(endpoint, status) for endpoint in self.endpoints.values()]

    def missing(self, endpoint):
        for_it = self.sent.events if endpoint.wanted is None else {e for e in self.sent.events if endpoint.wanted(*e)}
        return for_it - endpoint.received.accepted - endpoint.received.refused

    def drain(self, quiet_s):
        last, last_at = None, time.monotonic()
        deadline = last_at + DRAIN_S
        while time.monotonic() < deadline and time.monotonic() - last_at < quiet_s:
            self.check_bridge()
            self.read()
            waiting = [row["waiting"] for row in (self.status() or {}).get("endpoints", [])]
            if waiting and not any(waiting) and not any(map(self.missing, self.endpoints.values())):
                return
            now = [sum(endpoint.received.kinds.values()) for endpoint in self.endpoints.values()], waiting
            if now != last:
                last, last_at = now, time.monotonic()
            self.show("draining")
            time.sleep(0.1)
        held = stored_messages(self.broker.port)
        if held >= BROKERS_OWN:
            self.held = held
            self.faults.append(f"the broker still holds about {held:,} messages")

    def row(self, endpoint, status):
        said = next((row for row in (status or {}).get("endpoints", []) if row["id"] == endpoint.name), None)
        if said is None:
            self.faults.append("GET /status did not answer at the end")
            said = {"deadLettered": 0, "waiting": 0}
        books = said.get("books")
        totals = books or said
        row = account(self.sent.events, endpoint.received, totals["deadLettered"], endpoint.wanted)
        row["endpoint"] = endpoint.name
        waiting = totals["waiting"]
        if waiting:
            failure = said.get("lastFailure")
            self.faults.append(f"{endpoint.name}: {waiting:,} events still wait; last failure: {failure}")
        # Delivery failed, and nothing more came: what the journal and the broker still have is not lost.
        row["lost"] = max(0, row["lost"] - waiting - self.held)
        if row["lost"]:
            examples = ", ".join(row["examples"])
            self.faults.append(f"{endpoint.name}: {row['lost']:,} lost, such as {examples}")
        if row["out of order"]:
            examples = ", ".join(row["late examples"])
            self.faults.append(f"{endpoint.name}: {row['out of order']:,} out of order, such as {examples}")
        self.faults += endpoint.received.faults[:5]
        errors = self.books_errors(endpoint.received, said, books)
        row["books"] = "do not" if errors else "balance" if books or self.bridge_starts == 1 else "unknown"
        self.faults += [f"{endpoint.name}: {error}" for error in errors]
        return row

    def books_errors(self, received, said, books):
        """What is wrong with the bridge's own figures. Without `books` they begin anew with each start."""
        delivered, dead = len(received.accepted_ids), len(received.refused_ids - received.accepted_ids)
        errors = []
        if books:
            parts = ("delivered", "deadLettered", "filtered", "expired", "dropped", "waiting")
            if books["received"] != sum(books[part] for part in parts):
                errors.append(f"the books do not balance: {books}")
            if books.get("unaccounted", 0) != 0:
                errors.append(f"{books['unaccounted']} events are unaccounted for: {books}")
        elif self.bridge_starts > 1:
            return []
        figures = books or said
        if figures.get("waiting", 0) == 0:
            for name, counted in (("delivered", delivered), ("deadLettered", dead)):
                if figures.get(name) != counted:
                    errors.append(f"`{name}` is {figures.get(name)}, and the far side counted {counted} events")
        return errors


def in_tmpfs(size, folder, command):
    """`command` with a small file system of its own on `folder`, which nobody else sees and which ends
    with it. Needs root, or a system that gives a user name spaces."""
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    unshare = [find_program("unshare"), "--mount", *rights]
    if os.spawnlp(os.P_WAIT, unshare[0], *unshare, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)) != 0:
        raise NotRun("a small file system of its own needs the right to mount one (root, or user name spaces)")
    script = 'mount -t tmpfs -o "size=$0" tmpfs "$1" && shift && exec "$@"'
    return [*unshare, "sh", "-c", script, size, folder, *command]
