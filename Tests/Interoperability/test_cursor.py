"""Each endpoint's cursor survives: the AMQP side is down for the whole load, and the bridge is
restarted twice meanwhile. The broker is gone before the AMQP side is back."""

from conftest import run_script


def test_everything_arrives_once_the_amqp_side_is_back():
    run_script("crashtest.py", "--mode", "receiver-down", "--short")
