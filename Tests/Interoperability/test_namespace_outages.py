"""mosquitto -> bridge -> local namespace -> Microsoft's own consumer, while a fault is on: the bridge
recovers, and no event is lost. `make rehearsal` is the same with 100,000 events."""

import re

import pytest

from conftest import ROOT
from rehearsal import FAULTS, SHORT, rehearse


def test_every_event_comes_once_without_a_fault(rig):
    result = rehearse(rig, SHORT)
    assert (result.lost, result.duplicated, result.out_of_order) == (0, 0, 0)
    assert result.is_balanced, result.books


@pytest.mark.parametrize("name", FAULTS)
def test_no_event_is_lost(rig, name):
    result = rehearse(rig, SHORT, name)
    assert result.struck > 0
    assert (result.lost, result.out_of_order) == (0, 0)
    assert result.is_balanced, result.books


def test_every_fault_of_the_documentation_is_rehearsed():
    table = (ROOT / "docs" / "namespace.md").read_text().split("| `fault` |", 1)[1]
    documented = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(documented) == 11
    assert set(documented) == {faults[0]["fault"] for faults in FAULTS.values()}
