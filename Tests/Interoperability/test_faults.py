"""Short versions of the crash test, so that every `make test` has them. `make crashtest` is the long one."""

import subprocess
import sys

import pytest

from conftest import ROOT


@pytest.mark.parametrize("mode", ("kill", "receiver-down"))
def test_nothing_acknowledged_is_lost(mode):
    command = [sys.executable, str(ROOT / "scripts" / "crashtest.py"), "--mode", mode, "--short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
