#!/usr/bin/env python3
"""Makes every single call fail to which a journal trusts its bytes. (make diskfaults)

A short run of a journal under a shim, once for each of its calls and each fault, which begins at
that call:

  ENOSPC        writes and new files fail for want of space, the first after half its bytes
  EIO           writes fail, the first after half its bytes
  EIO-SYNC      fsync and fdatasync fail; what they should have made durable may be lost for good
  EROFS         the file system has become read-only
  KILL          the process is killed, a write half done

Before that, SYNC-LIES proves that the judge sees what a sync that was not carried out costs: a
disk that says nothing of it loses events, whatever the journal does.

A fault lasts until the journal has refused something, or for one call only (`once`). Then it has
to go on by itself. At the end, and after a power loss at each acknowledgement that came after the
fault, everything acknowledged has to be there.

Exit code: 0 when it was, and when every run went on after the fault and named it.
"""

import argparse
import dataclasses
import shutil
import sys

from crashtest import Progress
from rig import RigError
from storage_record import FAULT, MARK, Disk, read_record, variants
from storage_rig import (DATA, Images, Inspector, Promises, build_shim, find_child, judge, run_load,
                         scratch_folder, shim_environment)

FAULTS = [("ENOSPC", None), ("ENOSPC", 1), ("EIO", None), ("EIO", 1), ("EIO-SYNC", None), ("EIO-SYNC", 1),
          ("EROFS", None), ("EROFS", 1), ("KILL", None)]
SHOWN_FAULTS = 12
MAXIMUM_CALLS = 5000


@dataclasses.dataclass
class Row:
    name: str
    runs: int = 0
    refusals: int = 0
    cuts: int = 0
    images: int = 0
    acknowledged: int = 0
    kinds: dict = dataclasses.field(default_factory=dict)
    reasons: set = dataclasses.field(default_factory=set)

    def blame(self, faults):
        for kind in {kind for kind, _ in faults}:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1


class Harness:
    def __init__(self, folder, arguments, progress):
        self.folder, self.arguments, self.progress = folder, arguments, progress
        self.shim, self.child = build_shim(), find_child()
        self.examples = []

    def run(self, fault, calls):
        row = Row(fault + (" once" if calls else ""))
        with Inspector(self.child) as inspector:
            for at in range(1, MAXIMUM_CALLS, self.arguments.stride):
                self.progress.show(f"{row.name} at call {at}, {sum(row.kinds.values())} runs with a fault")
                if not self.one(row, fault, calls, at, inspector):
                    return row
        raise RigError(f"{row.name}: no end of calls")

    def proof(self):
        row = Row("SYNC-LIES")
        with Inspector(self.child) as inspector:
            self.one(row, "SYNC-LIES", None, 1, inspector)
        self.examples.clear()
        return "lost" in row.kinds

    def one(self, row, fault, calls, at, inspector):
        """Whether the fault came to pass."""
        root, record, fault_file = self.folder / "root", self.folder / "record", self.folder / "fault"
        for path in (root, record):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        root.mkdir()
        fault_file.touch()
        disk = Disk(str(root))
        environment = shim_environment(self.shim, root, record, fault, at, calls, fault_file)
        code, said, errors = run_load(self.child, environment, root / DATA, self.arguments.batches, fault_file=fault_file)
        operations = read_record(record)
        if not any(operation.kind == FAULT for operation in operations):
            return False

        row.runs += 1
        promises = Promises().hear(said)
        row.acknowledged += promises.count
        row.refusals += len(promises.refusals)
        row.reasons.update(line.partition(": ")[2] or line for line in promises.refusals)
        faults = []
        if fault == "KILL":
            if code != -9:
                faults.append(("not killed", f"ended with {code}"))
        elif code != 0 or not promises.closed:
            faults.append(("did not go on", (promises.refusals or [errors[-200:]])[-1]))
        faults += judge(inspector.inspect(root / DATA), promises)
        self.blame(row, at, "as it is", faults)
        self.cut(row, at, disk, operations, inspector)
        return True

    def cut(self, row, at, disk, operations, inspector):
        """The power goes at each acknowledgement after the fault, and at the end."""
        images, promises, has_failed = Images(self.folder, inspector), Promises(), False
        for number, operation in enumerate(operations, 1):
            disk.apply(operation)
            has_failed = has_failed or operation.kind == FAULT
            if operation.kind == MARK:
                promises.hear(operation.data.decode())
            if not has_failed or (operation.kind != MARK and number != len(operations)):
                continue
            row.cuts += 1
            for variant in variants(f"{self.arguments.seed}-{at}-{number}", self.arguments.chances):
                row.images += 1
                faults = judge(images.look(disk.image(variant)), promises)
                self.blame(row, at, f"power loss after operation {number}, {variant.name}", faults)

    def blame(self, row, at, when, faults):
        row.blame(faults)
        if faults and len(self.examples) < SHOWN_FAULTS:
            kind, text = faults[0]
            more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
            self.examples.append(f"{row.name} at call {at}, {when}: {kind}: {text}{more}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=16, help="appends of a run")
    parser.add_argument("--chances", type=int, default=2, help="random images at each cut")
    parser.add_argument("--stride", type=int, default=1, help="every n-th call only")
    parser.add_argument("--only", help="one fault, such as EIO-SYNC")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="under a minute, for every make test")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.batches, arguments.chances, arguments.stride = 8, 1, 17

    folder = scratch_folder()
    progress = Progress()
    rows = []
    try:
        harness = Harness(folder, arguments, progress)
        proof = harness.proof()
        print(f"{'fault':<14} {'runs':>5} {'refusals':>8} {'cuts':>6} {'images':>7} {'acknowledged':>12}  lost or worse")
        for fault, calls in FAULTS:
            if arguments.only not in (None, fault):
                continue
            row = harness.run(fault, calls)
            rows.append(row)
            progress.clear()
            worse = ", ".join(f"{kind} {count}" for kind, count in sorted(row.kinds.items())) or "0"
            print(f"{row.name:<14} {row.runs:>5} {row.refusals:>8} {row.cuts:>6} {row.images:>7} "
                  f"{row.acknowledged:>12}  {worse}", flush=True)
    except RigError as error:
        progress.clear()
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    print("what the journal said:")
    for reason in sorted(set().union(*(row.reasons for row in rows))):
        print("  " + reason)
    for example in harness.examples:
        print("  " + example)
    print(("ok      " if proof else "FAILED  ") + "the judge sees the losses of a disk whose syncs do nothing")
    is_well = all(not row.kinds for row in rows)
    print(("ok      " if is_well else "FAILED  ") + "nothing acknowledged is lost, and the journal goes on once a fault is over")
    return 0 if is_well and proof else 1


if __name__ == "__main__":
    sys.exit(main())
