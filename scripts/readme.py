"""Writes the parts of README.md that a command prints, or with --check says whether they are current.

A part stands between `<!-- twinroute ARGUMENTS -->` and `<!-- end -->`; the first line is the command.
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys

from rig import ROOT, find_twinroute

PART = re.compile(r"(<!-- twinroute (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text):
    """The text with each part replaced by what its command prints now."""

    def replace(part):
        done = subprocess.run([find_twinroute(), *shlex.split(part[2])], capture_output=True, text=True, check=True)
        return f"{part[1]}\n{done.stdout}\n{part[3]}"

    return PART.sub(replace, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if README.md is not current")
    check = parser.parse_args().check
    file = pathlib.Path(ROOT / "README.md")
    written = file.read_text()
    text = fill(written)
    if check:
        sys.exit(0 if text == written else "README.md is not current: run `make docs`")
    file.write_text(text)


if __name__ == "__main__":
    main()
