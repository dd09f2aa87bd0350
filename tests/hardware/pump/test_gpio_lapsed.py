"""Linux stands still: the timer runs out, and the pump on GPIO ends the fill and stays shut."""

from typing import TYPE_CHECKING

import pytest

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.wiring import DEMO_WIRING
from tests.hardware.pump.opening import MS, opened

if TYPE_CHECKING:
    from tests.hardware.pump.conftest import Bench

PINS = DEMO_WIRING[0].pins
HOLD_MS = 1000


@pytest.mark.parametrize("use", ["renew", "read"])
def test_a_timer_that_ran_out_is_not_fed_again(bench: "Bench", use: str) -> None:
    opened(bench, 100)
    bench.pulse(3)
    bench.pass_time(HOLD_MS * MS)
    bench.feed.clear_states()
    getattr(bench.pump, use)()
    for _ in range(30):
        bench.pass_time(50 * MS)
        bench.pump.renew()
    reading = bench.pump.read()
    assert len(bench.feed.states) == 1
    assert (reading.enable_made, reading.limiter_made) == (False, False)
    assert reading.stopped is not None
    assert (reading.stopped.why, reading.stopped.at_millipulses) == ("lease", 3_000)
    assert reading.found is None
    opened(bench, 200)
    assert (bench.pump.read().enable_made, bench.pump.read().limiter_made) == (True, True)


@pytest.mark.parametrize("looks", range(4))
def test_one_that_runs_out_just_before_it_is_fed_is_let_go_at_once(
    bench: "Bench", monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """The gateway stands still after so many looks at the clock."""
    opened(bench, 100)
    begun_ns, looked = bench.clock.now_ns, 0

    def monotonic_ns() -> int:
        nonlocal looked
        looked += 1
        return begun_ns + (HOLD_MS * MS if looked > looks else 0)

    monkeypatch.setattr(bench.clock, "monotonic_ns", monotonic_ns)
    bench.pump.renew()
    bench.pump.renew()
    monkeypatch.undo()
    bench.pass_time(20 * MS)
    reading = bench.pump.read()
    assert reading.stopped is not None
    assert (reading.stopped.why, reading.enable_made) == ("lease", False)


def test_one_that_keeps_made_for_longer_than_it_should_is_not_trusted(bench: "Bench") -> None:
    opened(bench, 100)
    bench.limiter_welded = True
    bench.pass_time(HOLD_MS * MS)
    stopped = bench.pump.read().stopped
    assert stopped is not None
    assert stopped.why == "lease"


@pytest.mark.parametrize("first", Contact)
def test_a_contact_that_opens_though_it_is_fed_is_left_to_be_a_fault(
    bench: "Bench", first: Contact
) -> None:
    opened(bench, 100, first)
    for _ in range(30):
        bench.pass_time(100 * MS)
        bench.drive(PINS.timer_readback, False)
        assert bench.pump.read().stopped is None
        bench.pump.renew()
    assert bench.pump.read().limiter_made is False


@pytest.mark.parametrize("first", Contact)
def test_a_contact_that_never_followed_is_left_to_be_a_fault(
    bench: "Bench", first: Contact
) -> None:
    bench.pump.open(Stops(100), first)
    for _ in range(30):
        bench.pass_time(100 * MS)
        bench.drive(PINS.timer_readback, False)
        bench.clock.now_ns += 400 * MS
        assert bench.pump.read().stopped is None
        bench.pump.renew()


def test_one_that_opens_early_has_run_out(bench: "Bench") -> None:
    opened(bench, 100)
    bench.pass_time(HOLD_MS // 2 * MS)
    stopped = bench.pump.read().stopped
    assert stopped is not None
    assert stopped.why == "lease"


def test_while_the_relay_breaks_first_the_timer_may_run_out(bench: "Bench") -> None:
    opened(bench, 100)
    bench.pass_time(700 * MS)
    bench.pump.shut(Contact.ENABLE)
    bench.input(PINS.enable_readback).drive_high()
    bench.clock.now_ns += 299 * MS
    assert bench.pump.read().stopped is None
    bench.pass_time(2 * MS)
    stopped = bench.pump.read().stopped
    assert stopped is not None
    assert stopped.why == "commanded"
