"""How the two contacts of every implementation of hardware.ports.Pump take turns."""

from typing import TYPE_CHECKING

import pytest

from firmware.guard.stops import Stops
from gateway.core.reasons import Fault
from gateway.core.valve import Contact
from tests.hardware.pump.opening import opened

if TYPE_CHECKING:
    from tests.hardware.pump.conftest import Bench, PumpRig

MS = 1_000_000
CONTACT_NS = 50 * MS
"""Longer than any contact takes to follow, shorter than any timer holds."""
LONGEST_HOLD_NS = 1000 * MS
WELDED = {Contact.ENABLE: Fault.CONTACT_WELDED, Contact.LIMITER: Fault.LIMITER_WELDED}


def made(rig: "PumpRig") -> tuple[bool, bool | None]:
    reading = rig.pump.read()
    return reading.enable_made, reading.limiter_made


each_first = pytest.mark.parametrize("first", Contact)


@each_first
def test_one_contact_makes_first_and_the_other_follows_it(rig: "PumpRig", first: Contact) -> None:
    rig.pump.open(Stops(100), first)
    order = [made(rig)]
    while order[-1] != (True, True):
        rig.pass_time(5 * MS)
        order.append(made(rig))
        assert len(order) < 60
    alone = (first is Contact.ENABLE, first is Contact.LIMITER)
    assert list(dict.fromkeys(order))[-2:] == [alone, (True, True)]


@each_first
def test_in_turn_one_breaks_first_and_the_other_follows_within_300_ms(
    rig: "PumpRig", first: Contact
) -> None:
    opened(rig, 100)
    rig.pump.renew()
    rig.pump.shut(first)
    seen = [made(rig)]
    for _ in range(LONGEST_HOLD_NS // (10 * MS)):
        rig.pass_time(10 * MS)
        seen.append(made(rig))
    alone = (first is not Contact.ENABLE, first is not Contact.LIMITER)
    assert list(dict.fromkeys(seen))[-2:] == [alone, (False, False)]
    assert seen.index((False, False)) - seen.index(alone) <= 32


def test_a_limit_reached_while_contacts_break_in_turn_breaks_both(rig: "PumpRig") -> None:
    opened(rig, 8)
    rig.pulse(5)
    rig.weld(Contact.LIMITER, True)
    rig.pump.shut(Contact.LIMITER)
    assert rig.pump.read().enable_made
    rig.pulse(3)
    assert not rig.current_flows()


def test_shut_at_once_ends_an_unhurried_shut(rig: "PumpRig") -> None:
    opened(rig, 100)
    rig.pump.shut(Contact.LIMITER)
    rig.pump.shut()
    assert not rig.current_flows()


def test_tells_how_it_was_last_shut(rig: "PumpRig") -> None:
    assert rig.pump.read().stopped is None
    opened(rig, 5)
    assert rig.pump.read().stopped is None
    rig.pulse(6)
    stopped = rig.pump.read().stopped
    assert stopped is not None
    assert (stopped.why, stopped.at_millipulses) == ("limit", 5000)


@pytest.mark.parametrize("welded", Contact)
def test_a_welded_contact_is_found_at_the_next_fill_and_kept_until_it_is_cleared(
    rig: "PumpRig", welded: Contact
) -> None:
    opened(rig, 100)
    rig.weld(welded, True)
    rig.pump.shut()
    rig.pass_time(LONGEST_HOLD_NS + CONTACT_NS)
    opened(rig, 100)
    for _ in range(2):
        found = rig.pump.read().found
        assert found is not None
        assert found.fault is WELDED[welded]
        assert not rig.current_flows()
    rig.weld(welded, False)
    rig.pass_time(CONTACT_NS)
    rig.pump.clear()
    opened(rig, 100)
    assert rig.pump.read().found is None
    assert made(rig) == (True, True)


def test_a_contact_whose_read_back_shows_only_current_is_found_in_its_turn(
    bench: "Bench",
) -> None:
    """The limiter's is sensed behind both contacts: with the relay broken it always reads so."""
    bench.sensed_in_series = True
    bench.weld(Contact.LIMITER, True)
    bench.pass_time(2 * LONGEST_HOLD_NS)
    opened(bench, 100, Contact.ENABLE)
    found = bench.pump.read().found
    assert found is not None
    assert found.fault is Fault.LIMITER_WELDED
    assert not bench.current_flows()
