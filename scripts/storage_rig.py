"""What powerloss.py and diskfaults.py share: the shim, a journal under load, and the judge of what
a folder holds afterwards."""

import collections
import copy
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from rig import ROOT, RigError

SHIM = ROOT / "Tests" / "Support" / "StorageShim"
RUN_S = 120  # far more than a run or an opening takes
PREFIX = "e"
DATA = pathlib.Path("var") / "data"  # below the root of a run; neither folder is there at first


def build_shim():
    done = subprocess.run(["make", "-s", "-C", str(SHIM)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f"make -C {SHIM} failed:\n{done.stdout}{done.stderr}")
    return SHIM / "build" / "storage-shim.so"


def find_child():
    name = "JournalStorageChild"
    path = pathlib.Path(os.environ.get("JOURNAL_STORAGE_CHILD", ROOT / ".build" / "debug" / name))
    if not path.is_file():
        raise RigError(f"{path} is not built: run `swift build --product {name}`")
    return path


def scratch_folder():
    """In memory where there is some: thousands of small folders come and go."""
    memory = pathlib.Path("/dev/shm")
    place = memory if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None
    return pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix="twinroute-storage-", dir=place)))


def shim_environment(shim, root, record, fault=None, at=1, calls=None, fault_file=None):
    environment = dict(os.environ, LD_PRELOAD=str(shim), STORAGE_SHIM_FOLDER=str(root))
    if record is not None:
        environment["STORAGE_SHIM_RECORD"] = str(record)
    if fault is not None:
        environment |= {"STORAGE_SHIM_FAULT": fault, "STORAGE_SHIM_AT": str(at)}
        if calls is not None:
            environment["STORAGE_SHIM_CALLS"] = str(calls)
        if fault_file is not None:
            environment["STORAGE_SHIM_WHILE"] = str(fault_file)
    return environment


def run_load(child, environment, folder, batches, durability="power-loss", prefix=PREFIX, fault_file=None):
    """Returns the exit code (negative: the signal) and what it said."""
    arguments = [str(child), "load", str(folder), durability, prefix, str(batches)]
    done = subprocess.run(arguments + ([str(fault_file)] if fault_file else []), env=environment, timeout=RUN_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")


@dataclasses.dataclass
class Promises:
    """What the journal has said so far, and what it was told."""
    acknowledged: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))  # endpoint -> id -> offset
    settling: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(set))  # endpoint -> ids
    sequences: dict = dataclasses.field(default_factory=dict)  # subject -> last number
    refusals: list = dataclasses.field(default_factory=list)
    closed: bool = False

    def hear(self, text):
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word == "acknowledged":
                event, offset, subject, sequence, endpoints = rest.split(" ")
                for endpoint in endpoints.split(","):
                    self.acknowledged[endpoint][event] = int(offset)
                self.sequences[subject] = int(sequence)
            elif word == "settling":
                endpoint, *events = rest.split(" ")
                self.settling[endpoint].update(events)
            elif word in ("refused", "refused-again"):
                self.refusals.append(line)
            elif word == "closed":
                self.closed = True
        return self

    def copy(self):
        return copy.deepcopy(self)

    @property
    def count(self):
        return len(set().union(*self.acknowledged.values())) if self.acknowledged else 0


class Images:
    """Folders as a cut leaves them, opened by the journal; the same bytes only once."""

    def __init__(self, scratch, inspector):
        self.place, self.inspector = scratch / "image", inspector
        self.known = {}

    @property
    def opened(self):
        return len(self.known)

    def look(self, image):
        digest = hashlib.blake2b(repr(sorted(image)).encode())
        for name in sorted(image):
            digest.update(hashlib.blake2b(image[name] or b"").digest())
        key = digest.digest()
        if key not in self.known:
            write_image(image, self.place)
            self.known[key] = self.inspector.inspect(self.place / DATA)
            shutil.rmtree(self.place)
        return self.known[key]


def write_image(image, place):
    place.mkdir(exist_ok=True)
    for name in sorted(image):
        if image[name] is None:
            (place / name).mkdir()
        else:
            (place / name).write_bytes(image[name])


class Inspector:
    """Opens folders with the journal, in one process for all of them."""

    def __init__(self, child):
        self.process = subprocess.Popen([str(child), "inspect"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def inspect(self, folder):
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RigError(f"the journal ended while it opened {folder}, with {self.process.wait()}")
        found = json.loads(line)
        found["deadLetters"] = dead_letters(folder)
        return found


def dead_letters(folder):
    """[endpoint, offset] of each, read without the journal."""
    path = pathlib.Path(folder) / "journal.sqlite"
    if not path.is_file():
        return []
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return [list(row) for row in database.execute("SELECT endpoint, event_offset FROM dead_letters")]
        finally:
            database.close()
    except sqlite3.Error:
        return []


def judge(found, promises):
    """The faults of a folder, as (kind, text); none if every promise is kept."""
    if found.get("error"):
        return [("unopened", found["error"])]
    faults = []
    for endpoint, acknowledged in promises.acknowledged.items():
        held = {line.split(" ")[0] for line in found["events"].get(endpoint, [])}
        dead = {offset for name, offset in found["deadLetters"] if name == endpoint}
        for event, offset in acknowledged.items():
            if event not in held and event not in promises.settling[endpoint] and offset not in dead:
                faults.append(("lost", f"{event} of {endpoint}"))
    for endpoint, lines in found["events"].items():
        last = {}
        for line in lines:
            event, subject, sequence = line.split(" ")
            if int(sequence) <= last.get(subject, 0):
                faults.append(("out of order", f"{event} of {endpoint} has {sequence} after {last[subject]}"))
            last[subject] = int(sequence)
    for subject, last in promises.sequences.items():
        if found["next"][subject] <= last:
            faults.append(("number given twice", f"{found['next'][subject]} of {subject}, acknowledged up to {last}"))
    if found["damagedRows"]:
        faults.append(("damaged", f"{found['damagedRows']} rows"))
    if found["setAside"]:
        # It may well be served whole, but neither a power loss nor a refused call may damage a file.
        faults.append(("set aside", found["setAside"][0]))
    faults += [("books", f"{count} events of {endpoint} are unaccounted for")
               for endpoint, count in found["unaccounted"].items()]
    return faults
