"""The disk under the journal: the short versions of `make powerloss` and `make diskfaults`, and the
whole bridge on a disk that is sick for a while."""

import os
import sys

import pytest

from conftest import run_script
from rig import bridge_command, count_missing, free_port, read_record, wait_for_session, wait_until
from storage_rig import build_shim, shim_environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the shim between journal and disk is for Linux")


def test_a_power_loss_at_any_write_loses_nothing_that_was_acknowledged():
    run_script("powerloss.py", "--short")


def test_any_call_of_the_journal_may_fail_and_nothing_acknowledged_is_lost():
    run_script("diskfaults.py", "--short")


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EIO-SYNC", "EROFS"])
def test_the_bridge_says_that_its_disk_is_sick_and_goes_on_when_it_is_well(rig, mosquitto, fault):
    receiver = rig.start_receiver(free_port(), record=rig.folder / "received.txt")
    sick = rig.folder / "sick"
    environment = shim_environment(build_shim(), os.path.realpath(rig.folder) + "/data", None, fault, fault_file=sick)
    command = bridge_command("twinroute", rig.folder, mosquitto.port, receiver.port)
    bridge = rig.start("twinroute", command, env=environment)
    wait_for_session(mosquitto.port, bridge)
    publisher = rig.start_publisher(mosquitto.port, 500, count=2000, record=rig.folder / "acknowledged.txt")

    def delivered():
        return receiver.said.get("progress", {}).get("unique", 0)

    wait_until(lambda: delivered() > 100, 30, "the first deliveries", bridge)
    sick.touch()
    wait_until(lambda: "a commit failed" in bridge.log(), 30, "the bridge to notice", bridge)
    sick.unlink()
    # And one more, from the probe.
    wait_until(lambda: delivered() >= 2001, 90, "all events", bridge)
    assert publisher.wait(10) == 0
    assert bridge.stop() == 0
    receiver.stop()
    published, received = read_record(rig.folder / "acknowledged.txt"), read_record(rig.folder / "received.txt")
    assert count_missing(published, received)[0] == 0
    assert receiver.said["summary"]["late"] == 0
