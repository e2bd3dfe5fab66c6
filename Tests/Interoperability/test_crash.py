"""The short version of `make crashtest`, so that every `make test` has it."""

from conftest import run_script


def test_five_kills_lose_nothing_that_was_acknowledged():
    run_script("crashtest.py", "--short")
