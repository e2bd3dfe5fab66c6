"""The short versions of `make powerloss` and `make diskfaults`, so that every `make test` has them."""

import sys

import pytest

from conftest import run_script

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the shim between journal and disk is for Linux")


def test_a_power_loss_at_any_write_loses_nothing_that_was_acknowledged():
    run_script("powerloss.py", "--short")


def test_any_call_of_the_journal_may_fail_and_nothing_acknowledged_is_lost():
    run_script("diskfaults.py", "--short")
