"""Whatever the machine's clock does, evidence bounds what is believed of it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.chain import GENESIS
from gateway.core.clock import (
    AHEAD_NS,
    CARRIED_NS,
    CENTRAL_AHEAD_NS,
    NS_PER_DAY,
    WRONG_NS,
    ClockTrust,
    is_trusted,
    trusted_time,
)
from gateway.core.log import Entry
from gateway.core.units import NS_PER_S

START_NS = 20_000 * NS_PER_DAY
BOOT = ClockTrust().known(START_NS, 0)
ELAPSED = st.integers(0, 400 * NS_PER_DAY)
CLOCKS = st.integers(0, 2 * START_NS) | st.integers(-NS_PER_S, NS_PER_S).map(
    lambda off_ns: START_NS + off_ns
)


@dataclass
class Boot:
    """A gateway's boot: true time, a clock that says anything, entries while it is good."""

    now_ns: int = START_NS
    trust: ClockTrust = field(default_factory=lambda: BOOT)
    central_ns: int = START_NS
    """When central's newest directive was written."""

    @property
    def up_ns(self) -> int:
        return self.now_ns - START_NS

    def write(self, utc_ns: int) -> None:
        if self.trust.is_good(utc_ns, self.up_ns):
            self.trust = self.trust.recorded(self.trust.now_ns(utc_ns, self.up_ns), self.up_ns)

    def hear(self, utc_ns: int) -> None:
        self.central_ns = self.now_ns
        self.trust = self.trust.told(self.now_ns, utc_ns, self.up_ns)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3 * NS_PER_DAY),
        st.integers(-60, 60) | st.integers(-20_000, 20_000),
        st.sampled_from(["write", "write", "hear", "look"]),
    ),
    max_size=40,
)


@given(STEPS)
def test_a_lying_clock_moves_time_ahead_by_the_lead_at_most(
    steps: list[tuple[int, int, str]],
) -> None:
    boot = Boot()
    for passed_ns, off_hours, what in steps:
        boot.now_ns += passed_ns
        utc_ns = max(0, boot.now_ns + off_hours * 3600 * NS_PER_S)
        before = boot.trust
        if what == "write":
            boot.write(utc_ns)
        elif what == "hear":
            boot.hear(utc_ns)
        trust, up_ns = boot.trust, boot.up_ns
        now_ns = trust.now_ns(utc_ns, up_ns)
        assert max(before.floor_ns, boot.central_ns) <= now_ns <= boot.now_ns + AHEAD_NS
        assert trust.floor_ns <= boot.now_ns + AHEAD_NS
        if trust.is_good(utc_ns, up_ns):
            assert now_ns == utc_ns


@given(STEPS)
def test_a_clock_that_is_right_again_is_good_as_soon_as_it_is_past_what_was_written(
    steps: list[tuple[int, int, str]],
) -> None:
    boot = Boot()
    for passed_ns, off_hours, what in steps:
        boot.now_ns += passed_ns
        utc_ns = max(0, boot.now_ns + off_hours * 3600 * NS_PER_S)
        if what == "write":
            boot.write(utc_ns)
    right_ns = max(boot.now_ns, boot.trust.floor_ns)
    assert boot.trust.is_good(right_ns, right_ns - START_NS)
    assert right_ns <= boot.now_ns + AHEAD_NS


@given(CLOCKS, ELAPSED)
def test_without_evidence_no_clock_is_good(utc_ns: int, up_ns: int) -> None:
    """One without a battery says 1970, 2000 or 2066."""
    assert not ClockTrust().is_good(utc_ns, up_ns)
    assert ClockTrust().now_ns(utc_ns, up_ns) == utc_ns
    assert ClockTrust().at_least_ns(up_ns) is None


@pytest.mark.parametrize(
    ("ahead_ns", "good"),
    [
        (-1, False),
        (0, True),
        (NS_PER_DAY + AHEAD_NS, True),
        (NS_PER_DAY + AHEAD_NS + 1, False),
        (40 * NS_PER_DAY, False),
    ],
)
def test_the_bounds_a_day_after_the_start(ahead_ns: int, good: bool) -> None:
    utc_ns = START_NS + ahead_ns
    assert BOOT.is_good(utc_ns, NS_PER_DAY) is good
    assert BOOT.now_ns(utc_ns, NS_PER_DAY) == (utc_ns if good else START_NS + NS_PER_DAY)


def test_entries_of_this_boot_lend_no_more_lead() -> None:
    """Else one small step after the other would lead anywhere."""
    stepped = BOOT.recorded(START_NS + AHEAD_NS, 0)
    assert stepped.is_good(START_NS + AHEAD_NS, 0)
    assert not stepped.is_good(START_NS + AHEAD_NS + 1, 0)
    assert stepped.now_ns(START_NS + AHEAD_NS + 1, NS_PER_S - 1) == START_NS + AHEAD_NS + 1
    assert stepped.now_ns(0, NS_PER_S) == START_NS + AHEAD_NS + NS_PER_S


@pytest.mark.parametrize("utc_ns", [0, START_NS, START_NS + 10 * NS_PER_DAY])
def test_a_directive_from_too_far_ahead_changes_nothing(utc_ns: int) -> None:
    latest_ns = max(utc_ns, START_NS) + CENTRAL_AHEAD_NS
    assert BOOT.told(latest_ns + 1, utc_ns, 0) is BOOT
    told = BOOT.told(latest_ns, utc_ns, 0)
    assert told.now_ns(0, NS_PER_S) == latest_ns + NS_PER_S
    assert told.is_good(latest_ns + AHEAD_NS, 0)


def test_the_first_evidence_of_all_is_believed() -> None:
    """An empty battery says 1970 at the very first start."""
    assert ClockTrust().told(START_NS, 0, 0).now_ns(0, 0) == START_NS


def test_older_evidence_takes_nothing_back() -> None:
    for older in (BOOT.known(START_NS - 1, 0), BOOT.recorded(START_NS - 1, 0)):
        assert older == BOOT


MUCH_NS = 40 * 365 * NS_PER_DAY


@given(
    st.lists(st.integers(-MUCH_NS, MUCH_NS), max_size=5),
    st.integers(0, 30 * NS_PER_DAY),
    st.integers(-MUCH_NS, MUCH_NS),
)
def test_centrals_word_takes_back_whatever_was_believed(
    believed: list[int], within_ns: int, off_ns: int
) -> None:
    """It was made since our entry, so it is no later than what has passed since."""
    trust, up_ns = ClockTrust(), 400 * NS_PER_DAY
    for number, wrong_ns in enumerate(believed):
        wrong_ns = max(0, START_NS + wrong_ns)
        trust = trust.known(wrong_ns, 0) if number % 2 else trust.recorded(wrong_ns, 0)
    utc_ns = max(0, START_NS + off_ns)
    trust = trust.heard(START_NS, within_ns, utc_ns, up_ns)
    now_ns = trust.now_ns(utc_ns, up_ns)
    assert now_ns >= START_NS - WRONG_NS
    assert now_ns <= START_NS + max(AHEAD_NS, within_ns + WRONG_NS)
    assert trust.at_least_ns(up_ns) == START_NS
    assert trust.at_least_ns(up_ns + 1) == START_NS + 1


@given(STEPS)
def test_what_is_so_at_least_is_never_ahead_whatever_the_clock_does(
    steps: list[tuple[int, int, str]],
) -> None:
    boot = Boot()
    for passed_ns, off_hours, what in steps:
        boot.now_ns += passed_ns
        utc_ns = max(0, boot.now_ns + off_hours * 3600 * NS_PER_S)
        if what == "write":
            boot.write(utc_ns)
        elif what == "hear":
            trust, up_ns = boot.trust, boot.up_ns
            boot.trust = trust.heard(boot.now_ns, 0, utc_ns, up_ns)
            assert boot.trust.now_ns(utc_ns, up_ns) <= boot.now_ns + AHEAD_NS
        at_least_ns = boot.trust.at_least_ns(boot.up_ns)
        assert at_least_ns is None or at_least_ns <= boot.now_ns


def test_a_clock_a_little_behind_centrals_is_not_in_doubt() -> None:
    heard = BOOT.heard(START_NS + 2 * NS_PER_S, 0, START_NS + NS_PER_S, 0)
    assert heard.is_good(START_NS + NS_PER_S, 0)
    assert heard.at_least_ns(0) == START_NS + 2 * NS_PER_S
    behind_ns = START_NS + NS_PER_S + WRONG_NS + 1
    assert not BOOT.heard(behind_ns, 0, START_NS + NS_PER_S, 0).is_good(START_NS + NS_PER_S, 0)


def test_central_does_not_contradict_its_directives() -> None:
    """Its own clock has lost its battery: nobody follows it to 1970."""
    told = BOOT.told(START_NS, START_NS, 0)
    assert told.heard(START_NS - 1, 0, START_NS, 0) is told
    wild_ns = START_NS + CENTRAL_AHEAD_NS + 1
    assert told.heard(wild_ns, 0, START_NS, 0) is told


@pytest.mark.parametrize(("ahead_ns", "wrong"), [(WRONG_NS, False), (WRONG_NS + 1, True)])
def test_a_little_ahead_is_not_wrong(ahead_ns: int, wrong: bool) -> None:
    trust = BOOT.recorded(START_NS + ahead_ns, 0)
    assert trust.is_wrong(START_NS, 0, 0) is wrong
    assert trust.heard(START_NS, 0, 0, 0).floor_ns == START_NS + (0 if wrong else ahead_ns)
    assert not trust.is_wrong(START_NS - 7, 7 + ahead_ns, 0)


@pytest.mark.parametrize(
    ("data", "time"),
    [({"clock": "good"}, "t"), ({"clock": "doubtful"}, None), ({}, None), ({"clock": 1}, None)],
)
def test_an_entry_proves_its_time_only_if_it_says_so(
    data: dict[str, object], time: str | None
) -> None:
    entry = Entry(
        id="x", source="y", type="sale.completed", time="t", data=data, sequence=1, prevhash=GENESIS
    )
    assert trusted_time(entry) == time


AWAY_NS = 20 * NS_PER_DAY
"""A station was off for longer than the evidence lets a clock be ahead."""


def carried(at_ns: int) -> ClockTrust:
    return BOOT.carried(at_ns, 0)


def test_a_clock_with_a_battery_vouches_for_weeks_of_absence() -> None:
    now_ns, up_ns = START_NS + AWAY_NS, NS_PER_DAY
    assert BOOT.now_ns(now_ns, up_ns) == START_NS + up_ns, "without one it is in doubt"
    trust = carried(now_ns)
    assert not trust.is_good(now_ns + up_ns, up_ns)
    assert trust.is_carried(now_ns + up_ns, up_ns)
    assert trust.now_ns(now_ns + up_ns, up_ns) == now_ns + up_ns
    assert trust.at_least_ns(up_ns) is None, "nothing expires by it"


@pytest.mark.parametrize(
    ("at_ns", "believed"),
    [
        (START_NS - 1, False),
        (START_NS, True),
        (START_NS + CARRIED_NS, True),
        (START_NS + CARRIED_NS + 1, False),
    ],
)
def test_it_is_believed_from_the_evidence_on_and_a_month_ahead(at_ns: int, believed: bool) -> None:
    assert carried(at_ns).is_carried(max(at_ns, START_NS), 0) is believed


def test_the_machine_may_not_run_away_from_it() -> None:
    trust = carried(START_NS + AWAY_NS)
    assert trust.is_carried(START_NS + AWAY_NS + AHEAD_NS, 0)
    assert not trust.is_carried(START_NS + AWAY_NS + AHEAD_NS + 1, 0)
    assert not trust.is_carried(START_NS - 1, 0)


def test_it_is_no_evidence_where_there_is_none() -> None:
    trust = ClockTrust().carried(START_NS, 0)
    assert not trust.is_carried(START_NS, 0)


def test_centrals_word_takes_back_what_a_battery_kept_wrong() -> None:
    right_ns = START_NS + NS_PER_DAY
    trust = carried(START_NS + AWAY_NS).heard(right_ns, 0, START_NS + AWAY_NS, NS_PER_DAY)
    assert not trust.is_carried(START_NS + AWAY_NS, NS_PER_DAY)
    assert trust.now_ns(START_NS + AWAY_NS, NS_PER_DAY) == right_ns


def test_days_are_counted_by_a_clock_with_a_battery_and_not_by_one_in_doubt() -> None:
    assert [is_trusted(quality) for quality in ("good", "rtc", "doubtful")] == [True, True, False]
