"""Plays faults on the bridge, one after the other, and counts what each costs. (make faults)

In each, devices publish through a real mosquitto while something breaks; at the end every event that
the broker acknowledged to them has to be with the far side or in the dead letters, none of a subject
later than one that came after it, and the bridge's own books have to say the same. Duplicates are
counted and allowed.

examples:
  .venv/bin/python scripts/faults --list                     the faults, each in a line
  .venv/bin/python scripts/faults --only server-killed       one of them, in its long form
  .venv/bin/python scripts/faults --short                    all, about ten seconds each
  TWINROUTE=path/to/twinroute .venv/bin/python scripts/faults

Exit code: 0 when nothing is lost or out of order in any, and all books balance; 1 when not, or when
the machine does not allow to play one; 130 when interrupted.
"""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import catalogue  # noqa: E402
from crashtest import Progress  # noqa: E402
from rig import RigError  # noqa: E402
from stage import NotRun, Stage  # noqa: E402

COLUMNS = ("sent", "delivered", "dead-lettered", "filtered", "lost", "duplicated", "out of order")


def play(name, folder, long, rng, progress):
    """One fault. Returns its rows, the sentences that say what is wrong, and notes."""
    stage = Stage(folder, long, progress, name, rng)
    rows = []
    with stage.rig:
        try:
            catalogue.load(name).run(stage)
        except NotRun as reason:
            return [], [f"NOT RUN: {reason}"], []
        except RigError as error:
            stage.faults.append(str(error))
        except Exception:  # a mistake in one fault does not take the others' results along
            stage.faults.append(traceback.format_exc())
        try:
            rows = stage.close()
        except RigError as error:
            stage.faults.append(str(error))
    return rows, stage.faults, stage.notes


def print_head(width):
    print(f"{'fault':<{width}}" + "".join(f"{name:>14}" for name in COLUMNS) + f"{'books':>10}{'time':>8}", flush=True)


def print_rows(name, rows, faults, notes, seconds, width):
    verdict = "FAILED" if faults else "ok"
    for row in rows or [None]:
        label = name if row is None or len(rows) == 1 else f"{name}, {row['endpoint']}"
        figures = "".join(f"{'-' if row is None else format(row[column], ','):>14}" for column in COLUMNS)
        print(f"{label:<{width}}{figures}{'-' if row is None else row['books']:>10}{seconds:>6.0f} s  {verdict}")
    for note in notes:
        print(f"    {note}")
    for fault in faults:
        print("    " + fault.replace("\n", "\n    "))
    sys.stdout.flush()


def parse():
    parser = argparse.ArgumentParser(prog="faults", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="list the faults and end")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one; may be given several times")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep logs and records, also of what passed")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.only or [] if name not in catalogue.NAMES]
    if unknown:
        parser.error(f"no fault is named {', '.join(unknown)}; --list names them")
    return arguments


def main():
    arguments = parse()
    names = [name for name in catalogue.NAMES if not arguments.only or name in arguments.only]
    width = max(len(name) for name in catalogue.NAMES) + 8
    if arguments.list:
        for name in names:
            print(f"{name:<{width}}{catalogue.summary(name)}")
        return 0
    progress = Progress()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="twinroute-faults-", dir="/var/tmp"))
    print(f"seed {arguments.seed}")
    print_head(width)
    failed = []
    try:
        for name in names:
            started = time.monotonic()
            rng = random.Random(f"{arguments.seed} {name}")
            rows, faults, notes = play(name, folder / name, not arguments.short, rng, progress)
            progress.clear()
            print_rows(name, rows, faults, notes, time.monotonic() - started, width)
            if faults:
                failed.append(name)
            elif not arguments.keep:
                shutil.rmtree(folder / name, ignore_errors=True)
    except RigError as error:
        progress.clear()
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.clear()
        print("interrupted; all processes of the run are stopped", file=sys.stderr)
        return 130
    finally:
        if failed or arguments.keep:
            print(f"logs and records: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(names) - len(failed)} of {len(names)} passed" + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
