"""What the measuring scripts share: a folder on a real disk, a line of progress, medians, and an end
in good order."""

import pathlib
import shutil
import statistics
import sys
import tempfile

from rig import RigError, build_floor


def show(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def median(rounds, figure):
    return statistics.median(one[figure] for one in rounds)


def run(name, work):
    """Calls `work` with a folder of its own and returns its exit code, or that of what ended it."""
    # Not /tmp: where that is kept in memory, a synced file costs nothing.
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"twinroute-{name}-", dir="/var/tmp"))
    try:
        build_floor()
        return work(folder)
    except RigError as error:
        show("")
        print(f"the measurement failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        show("")
        print("interrupted; all processes of the measurement are stopped", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
