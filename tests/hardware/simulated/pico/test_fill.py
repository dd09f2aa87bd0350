"""The firmware's own code under MicroPython, behind a pty, over the forecourt's physics."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hardware.simulated.pico.conftest import Station

Make = Callable[..., "Station"]
MICROPYTHON = {"interpreter": "micropython"}
MS = 1_000_000


def breaks_at(station: "Station", until_ms: int) -> int:
    """Wait for the co-processor's contact to break; when, in ns. A relay takes 10 ms for it."""
    end_ns = station.world.now_ns + until_ms * MS
    while station.pump.limiter.made:
        assert station.world.now_ns < end_ns
        station.wait(1)
    return station.world.now_ns


def test_it_is_born_with_its_name_and_its_reason(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    birth = subject.last("birth")
    assert (birth["id"], birth["why"], birth["boot"]) == ("e6614c311b000001", "power", 1)
    assert subject.last("state")["why"] == "boot"
    assert not subject.pump.limiter.made


@pytest.mark.parametrize("rate", [(4, 20_000), (100, 60_000), (250, 120_000)])
def test_the_limit_breaks_the_contact_at_its_pulse(station: Make, rate: tuple[int, int]) -> None:
    pulses_per_l, flow = rate
    subject = station(MICROPYTHON, calibration_pulses=pulses_per_l, flow_ml_per_min=flow)
    subject.connect()
    limit = max(2, pulses_per_l * 3 // 2)
    subject.fill(limit)
    while subject.pump.pulses < limit:
        subject.wait(5)
    subject.wait(15)
    assert not subject.pump.limiter.made
    subject.wait(2000)
    subject.end()
    state = subject.last("state")
    assert (state["why"], state["at"], state["open"]) == ("limit", limit, 0)
    assert state["n"] == subject.pump.pulses >= limit  # what ran on is counted


def test_the_break_at_the_limit_is_as_early_as_the_pulse(station: Make) -> None:
    ends: list[int] = []
    for step_ms in (5, 100):
        subject = station(MICROPYTHON, lag_jitter_ms=0)
        subject.connect()
        subject.fill(subject.last("state")["n"] + 120)
        for _ in range(4000 // step_ms):
            subject.wait(step_ms)
        ends.append(subject.pump.dispensed_nl)
    assert ends[0] == ends[1]


def test_silence_of_the_host_shuts_within_the_lease_and_a_tick(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    subject.fill(1000)
    subject.wait(1000)
    assert subject.pump.flowing
    subject.say("renew", s1=subject.session, s2=0)
    silent_ns = subject.world.now_ns
    subject.holding = False
    took_ns = breaks_at(subject, 1000) - silent_ns
    assert 300 * MS <= took_ns <= (300 + 5 + 10 + 1) * MS
    subject.wait(1000)
    assert subject.last("state")["why"] == "lease"
    subject.say("renew", s1=subject.session, s2=0)
    subject.say("make", p=1, s=subject.session)
    subject.wait(200)
    assert not subject.pump.limiter.made  # a lease that lapsed is over


def test_a_chip_that_starts_again_is_shut_and_says_why(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    subject.fill(1000)
    subject.wait(1000)
    assert subject.pump.flowing
    subject.world.set_fault(1, "pico_hangs", on=True)
    hung_ns = subject.world.now_ns
    assert breaks_at(subject, 2000) - hung_ns <= 1100 * MS
    subject.wait(2000)
    assert not subject.pump.limiter.made
    assert subject.last("birth")["why"] == "watchdog"
    assert (subject.last("state")["why"], subject.last("state")["s"]) == ("boot", 0)


@pytest.mark.parametrize("keeps", ["flash", "fram", "brown_out"])
def test_the_totaliser_over_a_loss_of_power(station: Make, keeps: str) -> None:
    subject = station(MICROPYTHON | ({} if keeps == "flash" else {keeps: True}))
    subject.connect()
    subject.fill(50)
    subject.wait(2500)
    subject.end()
    first = subject.last("state")["n"]
    assert first == subject.pump.pulses
    subject.wait(6000)  # flash is written when nothing has moved for a while
    subject.fill(first + 500)
    subject.wait(1500)
    before = subject.pump.pulses
    assert before > first + 50
    subject.world.set_fault(1, "pico_off", on=True)
    subject.end()
    subject.world.set_fault(1, "pico_off", on=False)
    subject.wait(1000)
    subject.say("ask", what="birth")
    subject.say("ask", what="state")
    subject.wait(50)
    state, ran_on = subject.last("state"), subject.pump.pulses - before
    assert subject.last("birth")["boot"] == 2
    assert state["unc"] == 1  # what ran on while it was dark, nobody counted
    assert ran_on > 0
    expected = {"flash": first, "fram": before, "brown_out": before}[keeps]
    assert 0 <= expected - state["n"] <= (6 if keeps == "fram" else 0)


def test_two_channels_count_and_reverse_flow_is_a_fault(station: Make) -> None:
    subject = station(MICROPYTHON, channels=2)
    subject.connect()
    subject.say("setup", p=1, kind="ab", gap=0)
    subject.fill(100)
    subject.wait(3000)
    subject.end()
    assert subject.last("state")["n"] == subject.pump.pulses
    subject.world.set_fault(1, "reverse_flow", on=True, value=6000)
    subject.wait(2000)
    state = subject.last("state")
    assert state["fault"] == "reverse"
    assert state["rev"] > 10


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("channel_a_missing", "missing_channel"),
        ("channel_b_missing", "missing_channel"),
        ("channels_together", "not_alternating"),
    ],
)
def test_a_pulser_that_is_not_whole_shuts(station: Make, fault: str, found: str) -> None:
    subject = station(MICROPYTHON, channels=2)
    subject.connect()
    subject.say("setup", p=1, kind="ab", gap=0)
    subject.world.set_fault(1, fault, on=True)
    subject.fill(1000)
    subject.wait(3000)
    assert subject.last("state")["fault"] == found
    assert not subject.pump.limiter.made


def test_the_slow_stage_comes_before_the_limit(station: Make) -> None:
    subject = station(MICROPYTHON, flow_ml_per_min=120_000, slow_flow_ml_per_min=6000)
    subject.connect()
    subject.fill(400, slow=300, sr=20_000, st=1_000_000)
    subject.wait(2500)
    assert subject.pump.flow_ml_per_min == 6000
    subject.wait(10_000)
    state: Any = subject.last("state")
    assert (state["why"], state["at"]) == ("limit", 400)
    assert subject.pump.pulses - 400 <= 3
