#!/usr/bin/env python3
"""Cuts the power at every write of a short run and counts what is lost. (make powerloss)

A journal runs under a shim that records each change of its folder and each acknowledgement. For
every point of the record the folder is built as the disk may have it then: without anything
unsynced, with all of it, and with subsets of it whose last writes are torn (storage_record.py has
the rules). The journal opens each of these folders: what it acknowledged before the cut has to be
there. Some of the folders are then loaded again and the power cut a second time.

A harness that finds nothing proves nothing, so it begins with `durability: process-crash`, which
promises nothing for a power loss: there it has to find losses, but none with everything kept.

Exit code: 0 when nothing acknowledged was lost, no number was given twice and every folder opened.
"""

import argparse
import random
import shutil
import sys

from crashtest import Progress
from rig import RigError
from storage_record import MARK, Disk, Everything, read_record, variants
from storage_rig import (DATA, Images, Inspector, Promises, build_shim, find_child, judge, run_load, scratch_folder,
                         shim_environment, write_image)

SHOWN_FAULTS = 10


class Tally:
    def __init__(self):
        self.cuts = self.images = self.opened = 0
        self.acknowledged = 0
        self.lossy_cuts = set()
        self.faults = {}  # kind -> how many images
        self.lost_events = 0
        self.killed_faults = 0  # faults with everything kept: of a kill, not of a power loss
        self.examples = []

    def add(self, run, cut, operation, variant, faults):
        self.images += 1
        for kind in {kind for kind, _ in faults}:
            self.faults[kind] = self.faults.get(kind, 0) + 1
        lost = sum(kind == "lost" for kind, _ in faults)
        self.lost_events = max(self.lost_events, lost)
        if lost:
            self.lossy_cuts.add((run, cut))
        if faults and type(variant) is Everything:
            self.killed_faults += 1
        if faults and len(self.examples) < SHOWN_FAULTS:
            kind, text = faults[0]
            more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
            self.examples.append(f"run {run}, after operation {cut} ({operation}), {variant.name}: {kind}: {text}{more}")

    def report(self, durability):
        print(f"durability {durability}: {self.cuts} cut points, {self.images} images ({self.opened} different ones opened), "
              f"{self.acknowledged} events acknowledged")
        print(f"  cut points with a loss {len(self.lossy_cuts)}, most events lost at one {self.lost_events}, "
              f"images with: " + (", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items())) or "no fault"))


class Harness:
    def __init__(self, folder, arguments, progress):
        self.folder, self.arguments, self.progress = folder, arguments, progress
        self.shim, self.child = build_shim(), find_child()

    def record(self, name, durability, prefix, start=None):
        """One run below `<folder>/<name>`; the data folder is two folders deeper and not there yet."""
        root = self.folder / name
        root.mkdir()
        if start is not None:
            write_image(start, root)
        before = Disk(str(root))
        record = self.folder / f"{name}.record"
        code, _, errors = run_load(
            self.child, shim_environment(self.shim, root, record), root / DATA, self.arguments.batches,
            durability, prefix)
        if code != 0:
            raise RigError(f"the run ended with {code}:\n{errors}")
        shutil.rmtree(root)
        return before, read_record(record)

    def replay(self, run, before, operations, images, tally, promises):
        """Cuts after each operation. Returns some images with what was promised for them."""
        seeds = random.Random(self.arguments.seed + run)
        kept = []
        for cut, operation in enumerate(operations, 1):
            before.apply(operation)
            if operation.kind == MARK:
                promises.hear(operation.data.decode())
            tally.cuts += 1
            if cut % 20 == 0 or cut == len(operations):
                self.progress.show(f"run {run}: cut {cut} of {len(operations)}, {tally.images} images, "
                                   f"{len(tally.lossy_cuts)} cut points with a loss", cut / len(operations))
            if (cut + run) % self.arguments.stride:
                continue
            for variant in variants(f"{self.arguments.seed}-{run}-{cut}", self.arguments.chances):
                image = before.image(variant)
                tally.add(run, cut, operation, variant, judge(images.look(image), promises))
                if seeds.random() < 1 / 200:
                    kept.append((image, promises.copy()))
        tally.acknowledged = max(tally.acknowledged, promises.count)
        return kept

    def run(self, durability, again):
        tally = Tally()
        with Inspector(self.child) as inspector:
            images = Images(self.folder, inspector)
            before, operations = self.record(f"{durability}-0", durability, "e")
            kept = self.replay(0, before, operations, images, tally, Promises())
            chosen = random.Random(self.arguments.seed).sample(kept, min(again, len(kept)))
            for number, (image, promises) in enumerate(chosen, 1):
                before, operations = self.record(f"{durability}-{number}", durability, f"again{number}", image)
                self.replay(number, before, operations, images, tally, promises)
            tally.opened = images.opened
        self.progress.clear()
        tally.report(durability)
        return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=40, help="appends of a run")
    parser.add_argument("--chances", type=int, default=12, help="random subsets at each cut point")
    parser.add_argument("--again", type=int, default=4, help="folders that are loaded and cut a second time")
    parser.add_argument("--stride", type=int, default=1, help="look at every n-th cut point only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few seconds, for every make test")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.batches, arguments.chances, arguments.again, arguments.stride = 16, 2, 1, 3

    folder = scratch_folder()
    progress = Progress()
    try:
        harness = Harness(folder, arguments, progress)
        proof = harness.run("process-crash", again=0)
        tally = harness.run("power-loss", again=arguments.again)
    except RigError as error:
        progress.clear()
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    for example in tally.examples:
        print("  " + example)
    verdicts = [
        (bool(proof.lossy_cuts), "the harness sees the losses of process-crash"),
        (proof.killed_faults == 0, "process-crash loses nothing when the process alone dies"),
        (not tally.faults, "power-loss keeps every promise at every cut point"),
    ]
    for is_kept, text in verdicts:
        print(("ok      " if is_kept else "FAILED  ") + text)
    return 0 if all(is_kept for is_kept, _ in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
