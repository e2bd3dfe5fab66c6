"""A fast part of `make faults`, so that every `make test` has it. And proof that its account sees what
is wrong."""

import sys

import pytest

from conftest import ROOT, run_script

sys.path.insert(0, str(ROOT / "scripts" / "faults"))

from ledger import Received, account  # noqa: E402


@pytest.mark.parametrize("fault", ["server-killed", "detached", "rejected", "released", "throttled",
                                   "both-keys-refused", "one-endpoint-sick", "broker-killed"])
def test_a_fault_loses_nothing_and_the_books_balance(fault):
    run_script("faults", "--short", "--only", fault)


@pytest.fixture
def received(tmp_path):
    """What the far side did, told as `kind device n [sequence [id]]`; both count alike unless it is said."""

    def read(*lines):
        with open(tmp_path / "record", "a") as file:
            for line in lines:
                kind, device, number, *rest = line.split()
                sequence = rest[0] if rest else number
                identifier = rest[1] if len(rest) > 1 else f"{device}-{sequence}"
                file.write(f"{kind}\t{device}\t{sequence}\t{identifier}\t{device}\t{number}\t1000\n")
        return Received(tmp_path / "record").read()

    return read


SENT = {("d1", 1), ("d1", 2), ("d1", 3)}


def test_all_that_was_sent_and_accepted_is_fine(received):
    row = account(SENT, received("A d1 1", "A d1 2", "A d1 3"), dead_lettered=0)
    assert (row["delivered"], row["lost"], row["duplicated"], row["out of order"]) == (3, 0, 0, 0)


def test_an_event_that_never_came_is_lost_even_when_another_came_twice(received):
    row = account(SENT, received("A d1 1", "A d1 3", "A d1 3"), dead_lettered=0)
    assert (row["delivered"], row["lost"], row["duplicated"], row["examples"]) == (2, 1, 1, ["d1#2"])


def test_an_event_that_came_after_a_later_one_is_out_of_order_but_not_one_that_comes_again(received):
    row = account(SENT, received("A d1 1", "A d1 3", "A d1 2", "A d1 1", "A d1 3"), dead_lettered=0)
    assert (row["lost"], row["duplicated"], row["out of order"]) == (0, 2, 1)


def test_a_bridge_that_numbers_events_in_a_wrong_order_is_seen_too(received):
    row = account(SENT, received("A d1 1 1", "A d1 3 2", "A d1 2 3"), dead_lettered=0)
    assert row["out of order"] == 1


def test_a_batch_that_the_broker_sent_twice_is_duplicated_and_in_order(received):
    row = account(SENT, received("A d1 1 1", "A d1 2 2", "A d1 1 3", "A d1 2 4", "A d1 3 5"), dead_lettered=0)
    assert (row["lost"], row["duplicated"], row["out of order"]) == (0, 2, 0)


def test_a_released_event_that_never_came_again_is_lost_and_a_rejected_one_is_a_dead_letter(received):
    row = account(SENT, received("A d1 1", "L d1 2", "R d1 3"), dead_lettered=1)
    assert (row["delivered"], row["dead-lettered"], row["lost"], row["examples"]) == (1, 1, 1, ["d1#2"])


def test_a_rejected_event_that_is_no_dead_letter_is_lost(received):
    assert account(SENT, received("A d1 1", "A d1 2", "R d1 3"), dead_lettered=0)["lost"] == 1


def test_events_that_the_route_leaves_out_are_filtered(received):
    row = account(SENT, received("A d1 1"), 0, wanted=lambda device, number: number == 1)
    assert (row["filtered"], row["lost"]) == (2, 0)


def test_a_sequence_number_with_two_ids_is_a_fault(received):
    assert received("A d1 1 1 a", "A d1 2 1 b").faults
