"""Physics of one pump: exact whatever the steps, dry whenever a contact is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Bench

MakeBench = Callable[..., "Bench"]
MS = 1_000_000
ML = 1_000_000
LAG_MS = 250
"""Longest default lag, 240 ms, and the relay's 10 ms."""

ACTIONS: dict[str, Callable[["Bench"], None]] = {
    "lift": lambda bench: bench.pump.lift(),
    "hang": lambda bench: bench.pump.hang(),
    "squeeze": lambda bench: bench.pump.squeeze(),
    "fill 300 ml": lambda bench: bench.pump.squeeze(300),
    "squeeze a little": lambda bench: bench.pump.squeeze(percent=25),
    "release": lambda bench: bench.pump.release(),
    "open": lambda bench: bench.open(),
    "shut": lambda bench: bench.shut(),
    "starve the timer": lambda bench: setattr(bench, "feeding", False),
    "stop": lambda bench: bench.pump.set_stop(healthy=False),
    "stop released": lambda bench: bench.pump.set_stop(healthy=True),
    "key": lambda bench: bench.pump.turn_bypass(on=True),
    "key back": lambda bench: bench.pump.turn_bypass(on=False),
    "leak": lambda bench: bench.pump.set_fault("flow_while_closed", 600),
    "no leak": lambda bench: bench.pump.set_fault("flow_while_closed", None),
    "stuck": lambda bench: bench.pump.set_fault("valve_stuck_open", 1),
    "not stuck": lambda bench: bench.pump.set_fault("valve_stuck_open", None),
}
STORIES = st.lists(
    st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(0, 700 * MS)), max_size=12
).map(lambda story: [("lift", 0), ("squeeze", 0), ("open", 400 * MS), *story])
METERS = st.sampled_from([(100, 1), (1, 1), (250, 1), (333, 4), (997, 10)])


def play(bench: "Bench", story: list[tuple[str, int]], cuts: list[int]) -> None:
    for action, then_ns in story:
        ACTIONS[action](bench)
        end_ns = bench.pump.now_ns + then_ns
        for cut_ns in sorted(cuts):
            bench.to(min(end_ns, bench.pump.now_ns + cut_ns))
        bench.to(end_ns)


@given(STORIES, st.lists(st.integers(0, 200 * MS), max_size=6), METERS, st.integers(0, 9))
def test_steps_change_neither_integral_nor_edges(
    bench: MakeBench,
    story: list[tuple[str, int]],
    cuts: list[int],
    meter: tuple[int, int],
    seed: int,
) -> None:
    physics = {"calibration_pulses": meter[0], "calibration_litres": meter[1], "seed": seed}
    whole, cut = bench(**physics), bench(**physics)
    play(whole, story, [])
    play(cut, story, cuts)
    assert cut.pump.dispensed_nl == whole.pump.dispensed_nl
    assert cut.edges == whole.edges


@given(STORIES, METERS)
def test_pulses_are_the_integral_divided_by_one_pulse(
    bench: MakeBench, story: list[tuple[str, int]], meter: tuple[int, int]
) -> None:
    pulses, litres = meter
    subject = bench(calibration_pulses=pulses, calibration_litres=litres)
    for action in story:
        play(subject, [action], [])
        expected = subject.pump.dispensed_nl * pulses // (1000 * ML * litres)
        rising = [at for at, level in subject.edges_of(25) if level]
        assert len(rising) == subject.pump.pulses == expected


@given(STORIES)
def test_the_integral_never_falls_and_edges_alternate_in_order(
    bench: MakeBench, story: list[tuple[str, int]]
) -> None:
    subject = bench()
    before_nl = 0
    for action in story:
        play(subject, [action], [])
        assert subject.pump.dispensed_nl >= before_nl
        before_nl = subject.pump.dispensed_nl
    times = [at for at, _, _ in subject.edges]
    assert times == sorted(times)
    for pin in subject.pump.levels:
        levels = [level for _, level in subject.edges_of(pin)]
        assert levels == [(index + 1) % 2 for index in range(len(levels))]
        assert subject.pump.levels[pin] == (levels[-1] if levels else 0)


@pytest.mark.parametrize("cause", ["shut", "starve the timer", "stop", "release", "hang"])
def test_nothing_flows_once_a_contact_is_open_and_the_lag_is_over(
    bench: MakeBench, cause: str
) -> None:
    subject = bench()
    subject.start()
    assert subject.pump.flow_ml_per_min == 60_000
    ACTIONS[cause](subject)
    subject.wait(300 + LAG_MS)
    at_rest_nl = subject.pump.dispensed_nl
    subject.wait(60_000)
    assert subject.pump.dispensed_nl == at_rest_nl > 0
    assert not subject.pump.flowing


def test_a_lever_lets_out_as_much_as_it_is_squeezed(bench: MakeBench) -> None:
    subject = bench()
    subject.start()
    for percent, flow_ml_per_min in ((25, 15_000), (60, 36_000), (100, 60_000)):
        subject.pump.squeeze(percent=percent)
        assert subject.pump.flow_ml_per_min == flow_ml_per_min


@pytest.mark.parametrize("missing", ["lift", "squeeze", "enable", "timer", "stop loop"])
def test_each_condition_is_needed_for_flow(bench: MakeBench, missing: str) -> None:
    subject = bench()
    if missing != "lift":
        subject.pump.lift()
    if missing != "squeeze":
        subject.pump.squeeze()
    subject.pump.set_stop(healthy=missing != "stop loop")
    if missing != "enable":
        subject.pump.drive_enable(1)
    subject.feeding = missing != "timer"
    subject.wait(3000)
    assert subject.pump.dispensed_nl == 0


def test_the_bypass_key_feeds_the_valve_past_both_contacts_but_not_past_the_stop(
    bench: MakeBench,
) -> None:
    subject = bench()
    subject.pump.turn_bypass(on=True)
    subject.pump.lift()
    subject.pump.squeeze()
    subject.wait(1000)
    assert subject.pump.flow_ml_per_min == 60_000
    assert not subject.pump.enable.made
    subject.pump.set_stop(healthy=False)
    subject.wait(LAG_MS)
    assert not subject.pump.flowing
    subject.pump.set_stop(healthy=True)
    subject.wait(1000)
    assert subject.pump.flowing
    subject.pump.turn_bypass(on=False)
    subject.wait(LAG_MS)
    assert not subject.pump.flowing
    key = subject.pump.pins.bypass if subject.pump.pins is not None else None
    assert key is not None
    assert [level for _, level in subject.edges_of(key)] == [1, 0]


@given(st.integers(0, 10_000))
def test_the_valve_is_shut_within_its_longest_lag(bench: MakeBench, seed: int) -> None:
    subject = bench(seed=seed)
    subject.start()
    opened_nl = subject.pump.dispensed_nl
    subject.shut()
    subject.wait(LAG_MS)
    assert not subject.pump.flowing
    # Half of the shortest lag at full flow, then a quarter of it; and the longest likewise.
    assert 90 * ML <= subject.pump.dispensed_nl - opened_nl <= 190 * ML


def test_the_timer_holds_exactly_as_long_as_set(bench: MakeBench) -> None:
    subject = bench(timer_hold_ms=300)
    subject.pump.drive_timer_feed(1)
    subject.to(10 * MS - 1)
    assert not subject.pump.limiter.made
    subject.to(200 * MS)
    assert subject.pump.limiter.made
    subject.pump.drive_timer_feed(0)  # falling: feeds nothing
    subject.to(300 * MS - 1)
    assert subject.pump.limiter.made
    subject.to(300 * MS)
    assert not subject.pump.limiter.made
    assert subject.edges_of(23) == [(10 * MS, 1), (300 * MS, 0)]


def test_a_rising_edge_starts_the_timer_again(bench: MakeBench) -> None:
    subject = bench(timer_hold_ms=300)
    subject.feed()
    subject.to(300 * MS - 1)
    subject.feed()
    subject.to(600 * MS - 2)
    assert subject.pump.limiter.made
    subject.to(600 * MS - 1)
    assert not subject.pump.limiter.made


def test_a_full_tank_clicks_the_lever_off_to_the_nanolitre(bench: MakeBench) -> None:
    subject = bench()
    subject.pump.lift()
    subject.open()
    subject.wait(1000)
    subject.pump.squeeze(1234)
    subject.wait(5000)
    assert subject.pump.dispensed_nl - 1234 * ML in (0, 1)  # the first ns at which it is reached
    assert not subject.pump.squeezed
    assert subject.pump.pulses == 123


def test_an_empty_station_tank_ends_the_flow(bench: MakeBench) -> None:
    subject = bench(station_tank_ml=2000)
    subject.start()
    subject.wait(9000)
    assert subject.pump.dispensed_nl - 2000 * ML in (0, 1)
    assert subject.pump.fuel_left_nl == 0
    assert not subject.pump.flowing
    assert subject.pump.squeezed


def test_pulse_phase_is_carried_over_between_fills(bench: MakeBench) -> None:
    subject = bench()
    subject.pump.lift()
    subject.open()
    for _ in range(100):
        subject.pump.squeeze(7)
        subject.wait(1000)
    assert subject.pump.pulses == 70
