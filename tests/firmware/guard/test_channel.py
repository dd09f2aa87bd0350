from typing import Any

import pytest

from firmware.guard.channel import NOZZLE_US, Channel
from firmware.guard.contact import CONTACT_US, NOISE_US, RUN_ON_US
from firmware.guard.messages import FILL_MAX
from firmware.guard.stops import Stops
from firmware.guard.ticks import PERIOD, Ticks

LEASE_US = 300_000


class Pump:
    """A channel, time, and inputs that follow."""

    def __init__(self, total: int = 0, raw_us: int = 0) -> None:
        self.ticks = Ticks(raw_us)
        self.raw_us = raw_us
        self.channel = Channel(total, self.ticks)
        self.lifted = True
        self.healthy = True
        self.stuck: bool | None = None
        self.run(0)

    def run(self, duration_us: int) -> None:
        self.raw_us = (self.raw_us + duration_us) % PERIOD
        now_us = self.ticks.advance(self.raw_us)
        wanted = self.channel.contact.wanted
        made = wanted if self.stuck is None else self.stuck
        self.channel.look(now_us, made=made, lifted=self.lifted, healthy=self.healthy)
        self.channel.turn(now_us)

    def arm(self, limit: int = 100, session: int = 5, **stops: Any) -> str:
        return self.channel.arm(session, Stops(limit, **stops), LEASE_US, self.now_us)

    def make(self, session: int = 5) -> str:
        return self.channel.make(session, self.now_us)

    def opened(self, limit: int = 100) -> "Pump":
        assert self.arm(limit) == ""
        assert self.make() == ""
        self.run(0)
        return self

    def pulse(self, number: int = 1) -> list[int]:
        answers = []
        for _ in range(number):
            self.renew()
            self.run(10_000)
            answers.append(self.channel.pulse(self.raw_us))
        self.run(0)
        return answers

    def renew(self) -> None:
        self.channel.renew(self.channel.lease.session, self.now_us)

    @property
    def now_us(self) -> int:
        return self.ticks.now_us

    @property
    def open(self) -> bool:
        return self.channel.contact.wanted


@pytest.mark.parametrize("total", [0, 7, 1_000_000_000, (1 << 30) - 5, (1 << 39) + 3])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_the_interrupt_breaks_at_the_limit_to_the_pulse(total: int, limit: int) -> None:
    pump = Pump(total).opened(total + limit)
    assert pump.pulse(limit - 1) == [0] * (limit - 1)
    assert pump.open
    assert pump.pulse() == [2]
    assert not pump.open
    assert pump.channel.why == "limit"
    assert pump.channel.limiter.pulses_total == pump.channel.limiter.stopped_pulses == total + limit
    assert pump.pulse(3) == [0, 0, 0], "it is broken already"
    assert pump.channel.limiter.pulses_total == total + limit + 3


def test_the_interrupt_goes_to_slow_flow_to_the_pulse() -> None:
    pump = Pump()
    pump.arm(10, slow_pulses=4, slow_rate_mhz=1000, slow_within_us=5_000_000)
    pump.make()
    assert pump.pulse(5) == [0, 0, 0, 1, 0]
    assert pump.channel.limiter.slow


def test_pulses_before_the_next_turn_count_for_the_limit() -> None:
    pump = Pump()
    pump.arm(2)
    pump.channel.pulse(pump.raw_us)
    assert pump.make() == ""
    assert pump.pulse() == [2]
    assert pump.channel.limiter.stopped_pulses == 2


def test_a_pulse_between_two_turns_can_leave_none_to_pass() -> None:
    pump = Pump()
    pump.arm(1)
    pump.channel.pulse(pump.raw_us)
    assert pump.make() == "limit"
    assert not pump.open


def test_raising_moves_the_trip_and_lowering_does_not() -> None:
    pump = Pump().opened(2)
    assert pump.channel.raise_stops(5, Stops(1), pump.now_us) == "lower"
    assert pump.channel.raise_stops(5, Stops(3), pump.now_us) == ""
    assert pump.pulse(3) == [0, 0, 2]


def test_raising_before_making_counts() -> None:
    pump = Pump()
    pump.arm(2)
    assert pump.channel.raise_stops(5, Stops(1), pump.now_us) == "lower"
    assert pump.channel.raise_stops(5, Stops(3), pump.now_us) == ""
    pump.make()
    assert pump.pulse(3) == [0, 0, 2]


def test_a_raise_that_the_limits_pulse_overtakes_ends_the_fill_and_is_no_fault() -> None:
    pump = Pump().opened(2)
    pump.pulse()
    assert pump.channel.pulse(pump.raw_us) == 2  # its interrupt has broken the contact
    assert pump.channel.raise_stops(5, Stops(50), pump.now_us) == "not_armed"
    assert not pump.open
    assert pump.channel.limiter.stopped_pulses == 2
    pump.run(CONTACT_US)
    assert (pump.channel.why, pump.channel.fault) == ("limit", "")


@pytest.mark.parametrize("late_us", [-1, 0])
def test_the_lease_lapses_to_the_microsecond(late_us: int) -> None:
    pump = Pump().opened()
    pump.run(LEASE_US + late_us)
    assert pump.open is (late_us < 0)
    assert pump.channel.why == ("boot" if late_us < 0 else "lease")


def test_a_lapsed_lease_is_not_renewed() -> None:
    pump = Pump()
    pump.arm()
    pump.ticks.advance(LEASE_US)
    pump.renew()
    assert pump.make() == "not_armed"
    assert pump.channel.raise_stops(5, Stops(200), pump.now_us) == "not_armed"
    pump.run(0)
    assert pump.channel.why == "lease"


@pytest.mark.parametrize("session", [0, 4, 6])
@pytest.mark.parametrize("said", ["renew", "make", "raise"])
def test_another_session_shuts(session: int, said: str) -> None:
    pump = Pump().opened()
    if said == "renew":
        pump.channel.renew(session, pump.now_us)
    elif said == "make":
        assert pump.make(session) == "session"
    else:
        assert pump.channel.raise_stops(session, Stops(500), pump.now_us) == "session"
    assert not pump.open
    assert pump.channel.why == "session"


def test_a_session_opens_once() -> None:
    pump = Pump().opened()
    assert pump.make() == "", "said twice"
    pump.channel.shut("host", pump.now_us)
    pump.run(0)
    assert pump.make() == "not_armed"
    assert pump.arm() == "session"
    assert pump.arm(session=6) == ""
    assert pump.arm(session=6) == "", "said twice"
    assert pump.make(6) == ""
    assert pump.arm(session=7) == "open"


@pytest.mark.parametrize(
    ("limit", "why"), [(10, "limit"), (11, ""), (10 + FILL_MAX, ""), (11 + FILL_MAX, "limit")]
)
def test_a_limit_has_bounds(limit: int, why: str) -> None:
    assert Pump(10).arm(limit) == why
    pump = Pump(10).opened(11)
    if limit > 10:
        assert pump.channel.raise_stops(5, Stops(limit), pump.now_us) == why


def test_a_dose_that_is_delivered_is_refused() -> None:
    pump = Pump(10)
    stops = Stops(100, dose_pulses=10, lags=((1, 1),))
    assert pump.channel.arm(5, stops, LEASE_US, 0) == "dose"


def test_what_was_counted_since_it_was_armed_can_leave_no_pulse() -> None:
    pump = Pump()
    pump.arm(2)
    pump.pulse(2)
    assert pump.make() == "limit"


def test_the_nozzle_has_to_be_lifted_and_to_stay_so() -> None:
    pump = Pump()
    pump.lifted = False
    pump.run(0)
    pump.arm()
    assert pump.make() == "nozzle"
    pump.lifted = True
    pump.run(0)
    assert pump.make() == ""
    pump.lifted = False
    pump.run(NOZZLE_US - 1)
    assert pump.open, "the switch trembles"
    pump.run(1)
    assert not pump.open
    assert pump.channel.why == "nozzle"


def test_a_trembling_nozzle_does_not_open() -> None:
    pump = Pump()
    pump.arm()
    pump.lifted = False
    pump.run(1)
    assert pump.make() == "nozzle"


def test_an_emergency_stop_shuts_at_once_and_its_release_resumes_nothing() -> None:
    pump = Pump().opened()
    pump.healthy = False
    pump.run(0)
    assert not pump.open
    assert pump.channel.why == "stop"
    assert pump.arm(session=6) == "stop"
    pump.healthy = True
    pump.run(0)
    assert not pump.open
    assert pump.make() == "not_armed"


def test_an_emergency_stop_ends_what_is_armed() -> None:
    pump = Pump()
    pump.arm()
    pump.healthy = False
    pump.run(0)
    assert pump.make() == "not_armed"


def test_a_contact_that_reads_made_before_is_not_made() -> None:
    pump = Pump()
    pump.arm()
    pump.stuck = True
    pump.run(1)
    assert pump.make() == "welded"
    assert pump.channel.fault == ""


@pytest.mark.parametrize(
    ("stuck", "fault"), [(True, "limiter_welded"), (False, "limiter_not_made")]
)
def test_a_contact_that_does_not_follow_is_a_fault(stuck: bool, fault: str) -> None:
    pump = Pump().opened()
    pump.run(CONTACT_US)
    if stuck:
        pump.channel.shut("host", pump.now_us)
    pump.stuck = stuck
    pump.run(CONTACT_US - 1)
    assert pump.channel.fault == ""
    pump.run(1)
    assert pump.channel.fault == fault
    assert not pump.open
    assert pump.channel.why == ("host" if stuck else fault)
    assert pump.arm(session=6) == fault
    assert pump.channel.clear() == ("made" if stuck else "")
    pump.stuck = None
    pump.run(0)
    assert pump.channel.clear() == ""
    assert pump.arm(session=6) == ""


def test_a_fault_is_not_cleared_while_open() -> None:
    assert Pump().opened().channel.clear() == "made"


def test_the_first_fault_stands() -> None:
    pump = Pump()
    pump.channel.fail("chatter", 0)
    pump.channel.fail("reverse", 0)
    assert pump.channel.fault == "chatter"


def test_chatter_shuts_and_is_counted() -> None:
    pump = Pump().opened()
    pump.channel.setup("a", 1000, 0)
    assert pump.channel.setup("a", 1000, 0) == "open"


def test_a_worn_pulser_is_a_fault_but_not_in_the_relays_own_noise() -> None:
    pump = Pump()
    assert pump.channel.setup("a", 1000, 0) == ""
    pump.opened()
    for _ in range(8):
        pump.pulse()
        assert pump.channel.pulse(pump.raw_us + 500) == 0
    pump.run(0)
    assert pump.open, "within 300 ms of the contact"
    pump.renew()
    pump.run(NOISE_US // 2)
    pump.renew()
    pump.run(NOISE_US // 2)
    answers = []
    for _ in range(4):
        pump.pulse()
        answers.append(pump.channel.pulse(pump.raw_us + 500))
    pump.run(0)
    assert answers == [0, 0, 0, 2]
    assert not pump.open
    assert pump.channel.fault == pump.channel.why == "chatter"
    assert pump.channel.limiter.pulses_total == 24, "none is lost"
    pump.run(0)
    assert pump.channel.clear() == ""
    assert pump.arm(session=6) == ""


def test_a_fault_seen_by_the_interrupt_alone_does_not_open() -> None:
    pump = Pump()
    pump.arm()
    pump.channel.counter.fault = 1
    assert pump.make() == "fault"


def test_what_flows_long_after_a_stop_is_stray() -> None:
    pump = Pump().opened(1)
    pump.pulse()
    pump.run(RUN_ON_US - 10_001)
    pump.pulse()
    assert pump.channel.stray == 0
    pump.pulse()
    assert pump.channel.stray == 1
    assert pump.channel.limiter.pulses_total == 3


def test_two_channels_count_once_a_turn_of_the_disc_and_go_on_from_one() -> None:
    pump = Pump(1000)
    pump.pulse(3)
    assert pump.channel.setup("ab", 0, 0) == ""
    pump.opened(1005)
    for levels in (1, 3, 2, 0, 1, 3):
        pump.run(1000)
        answer = pump.channel.edge(pump.raw_us, levels)
        if answer:
            break
    assert levels == 1
    assert answer == 2
    pump.run(0)
    assert pump.channel.limiter.pulses_total == 1005
    pump.channel.setup("a", 0, 0)
    pump.pulse(2)
    assert pump.channel.limiter.pulses_total == 1007


def test_reverse_pulses_of_former_counters_stay_known() -> None:
    pump = Pump()
    pump.channel.setup("ab", 0, 1)
    for levels in (0, 2, 3, 1):
        pump.channel.edge(0, levels)
    assert pump.channel.backwards == 1
    pump.channel.setup("a", 0, 0)
    assert pump.channel.backwards == 1


def test_the_clock_may_start_anew_in_mid_fill() -> None:
    pump = Pump(raw_us=PERIOD - 50_000).opened(20)
    assert pump.pulse(20) == [0] * 19 + [2]
    assert pump.now_us == 200_000
    assert pump.channel.limiter.stopped_rate_mhz == 100_000
