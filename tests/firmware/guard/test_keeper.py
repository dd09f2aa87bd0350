"""What outlives a loss of power, and when it is written."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from firmware.guard.device import TICK_US
from firmware.guard.messages import VERSION
from tests.firmware.guard.bench import HOST, Bench

SEEN: dict[str, Any] = {"inc": "a1", "seq": 5, "hash": "00ff", "hwm": 3}


def again(bench: Bench) -> Bench:
    """Power was off."""
    board = Bench(bench.keeps)
    board.slots = dict(bench.slots)
    return board.start()


@pytest.mark.parametrize("keeps", ["flash", "fram"])
def test_the_totaliser_goes_on_after_a_settled_fill(keeps: str) -> None:
    bench = Bench(keeps).start()
    bench.open(pulses=10)
    bench.pulse(number=12)
    bench.run(2_000_000)
    bench = again(bench)
    state = bench.state()
    assert (state["n"], state["unc"], state["at"], state["why"]) == (12, 0, 12, "boot")
    assert bench.device.keeper.counts["boot"] == 2
    bench.open(pulses=1, session=6)
    bench.pulse()
    assert bench.state()["n"] == 13


def test_flash_knows_after_a_cut_in_mid_fill_that_pulses_are_missing() -> None:
    bench = Bench().start()
    bench.open(pulses=10)
    bench.pulse(number=4)
    bench = again(bench)
    assert (bench.state()["n"], bench.state()["unc"]) == (0, 1)
    bench = again(again(bench))
    assert bench.state()["unc"] == 1, "said once"


def test_fram_lacks_at_most_the_last_fifty_milliseconds() -> None:
    bench = Bench("fram").start()
    bench.open(pulses=1000)
    bench.pulse(number=100, every_us=5000)
    bench = again(bench)
    assert 90 <= bench.state()["n"] <= 100
    assert bench.state()["unc"] == 1


def test_flash_is_not_written_however_long_a_valve_stays_open() -> None:
    bench = Bench().start()
    bench.open(1)
    saves = len(bench.saves)
    bench.pulse(number=3)
    bench.ask("witness", **SEEN)
    bench.hold(10_000_000)
    assert bench.contact[1]
    assert len(bench.saves) == saves


def test_the_second_pump_needs_no_write_while_the_first_flows() -> None:
    bench = Bench().start()
    bench.open(1, session=5)
    saves = len(bench.saves)
    bench.open(2, session=6)
    assert len(bench.saves) == saves
    bench.pulse(2, 3)
    assert again(bench).state(2)["unc"] == 1


def test_both_slots_lost_lock_both_pumps_until_a_technician_looked() -> None:
    bench = Bench()
    bench.slots = {0: b"noise", 1: b"\xff" * 40}
    bench.start()
    for pump in (1, 2):
        state = bench.state(pump)
        assert (state["n"], state["unc"], state["fault"]) == (0, 1, "totaliser_lost")
    bench.ask("hello", v=VERSION, host=HOST)
    assert bench.ask("arm", p=1, s=1, lim=5) == "totaliser_lost"
    bench = again(bench)
    assert bench.state(1)["fault"] == "totaliser_lost", "no loss of power hides it"
    bench.ask("hello", v=VERSION, host=HOST)
    assert bench.ask("clear", p=1) == ""
    assert bench.ask("arm", p=1, s=1, lim=5) == ""
    bench.run(2_100_000)
    bench = again(bench)
    assert [bench.state(pump)["fault"] for pump in (1, 2)] == ["", "totaliser_lost"]


def test_reverse_pulses_are_kept_too() -> None:
    bench = Bench().start()
    bench.ask("hello", v=VERSION, host=HOST)
    bench.ask("setup", p=2, kind="ab", gap=0)
    for levels in (2, 3, 1, 0, 2, 3, 1, 0):
        bench.device.channels[2].edge(0, levels)
    bench.run(3_000_000)
    assert bench.state(2)["rev"] == 1
    assert again(bench).state(2)["rev"] == 1


def test_a_leak_is_written_every_five_seconds_at_most() -> None:
    bench = Bench().start()
    bench.run(3_000_000)
    saves = len(bench.saves)
    bench.pulse(number=3000)
    assert 5 <= len(bench.saves) - saves <= 7
    assert bench.state()["stray"] == 3000


@pytest.mark.parametrize(("keeps", "gap_ms"), [("flash", 5200), ("fram", 250)])
def test_flow_with_every_valve_shut_that_was_cut_is_known_and_bounded(
    keeps: str, gap_ms: int
) -> None:
    bench = Bench(keeps).start()
    bench.run(8_000_000)
    bench.pulse(number=867, every_us=15_000)
    counted = bench.state()["n"]
    bench = again(bench)
    state = bench.state()
    assert counted - 67 * gap_ms // 1000 <= state["n"] <= counted
    assert (state["unc"], state["gap"]) == (1, gap_ms)
    bench = again(bench)
    assert (bench.state()["unc"], bench.state()["gap"]) == (1, gap_ms), "until a fill begins"
    bench.open()
    assert bench.state()["gap"] == 0


def test_the_first_stray_pulse_is_known_of_within_a_look() -> None:
    bench = Bench().start()
    bench.open(pulses=1)
    bench.pulse()
    bench.run(2_500_000)
    assert again(bench).state()["unc"] == 0
    bench.pulse()
    bench.run(2 * TICK_US)
    bench = again(bench)
    assert (bench.state()["n"], bench.state()["unc"]) == (2, 1)


def test_a_count_that_rests_again_is_whole_and_said_to_be() -> None:
    bench = Bench().start()
    bench.run(8_000_000)
    bench.pulse(number=7)
    bench.run(11_000_000)
    saves = len(bench.saves)
    bench.run(60_000_000)
    assert len(bench.saves) == saves, "nothing changes, nothing is written"
    bench = again(bench)
    assert (bench.state()["n"], bench.state()["unc"], bench.state()["gap"]) == (7, 0, 0)


@pytest.mark.parametrize("every_us", [1_000_000, 9_000_000, 11_000_000])
def test_a_drip_writes_no_more_often_than_a_leak(every_us: int) -> None:
    bench = Bench().start()
    bench.run(8_000_000)
    saves = len(bench.saves)
    bench.pulse(number=300_000_000 // every_us, every_us=every_us)
    assert len(bench.saves) - saves <= 60


def test_a_restart_that_was_asked_for_loses_nothing() -> None:
    bench = Bench().start()
    bench.run(8_000_000)
    bench.pulse(number=5, every_us=200_000)
    assert bench.ask("reboot") == ""
    assert again(bench).state()["n"] == 5


def test_fram_that_does_not_answer_refuses_everything_and_says_why() -> None:
    bench = Bench("fram").start()
    bench.open(pulses=3)
    bench.pulse(number=3)
    bench.ask("witness", **SEEN)
    bench.run(2_100_000)
    gone = Bench("fram")
    gone.memory = "missing"
    gone.start()
    gone.lifted[1] = True
    gone.run(2_100_000)
    gone.ask("hello", v=VERSION, host=HOST)
    assert [gone.state(pump)["fault"] for pump in (1, 2)] == ["memory_missing"] * 2
    for verb, fields in (
        ("arm", {"p": 1, "s": 1, "lim": 5}),
        ("clear", {"p": 1}),
        ("witness", SEEN),
        ("ask", {"what": "witness"}),
    ):
        assert gone.ask(verb, **fields) == "memory_missing"
    bench = again(bench)
    assert (bench.state()["n"], bench.device.keeper.witness) == (3, SEEN)
    bench.open(session=9)


@pytest.mark.parametrize(("memory", "fault"), [("known", "totaliser_lost"), ("", "")])
def test_fram_that_was_exchanged_is_looked_at_by_a_technician(memory: str, fault: str) -> None:
    bench = Bench("fram")
    bench.memory = memory
    bench.start()
    assert bench.state()["fault"] == fault
    assert bench.ask("hello", v=VERSION, host=HOST) == bench.ask("clear", p=1) == ""
    bench.open(1)


def test_the_witness_is_held_at_once_and_written_when_all_is_shut() -> None:
    bench = Bench().start()
    bench.open()
    saves = len(bench.saves)
    assert bench.ask("witness", **SEEN) == ""
    bench.ask("ask", what="witness")
    assert ("witness", SEEN | {"kept": 0}) in bench.heard()
    bench.pulse(number=5)
    assert len(bench.saves) == saves
    bench.ask("shut", p=1)
    bench.run(2_100_000)
    bench.ask("ask", what="witness")
    assert ("witness", SEEN | {"kept": 1}) in bench.heard()
    assert again(bench).device.keeper.witness == SEEN


def test_fram_keeps_the_witness_within_a_tick_also_in_mid_fill() -> None:
    bench = Bench("fram").start()
    bench.open()
    bench.ask("witness", **SEEN)
    bench.run(TICK_US)
    assert bench.contact[1]
    assert again(bench).device.keeper.witness == SEEN


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"seq": 6, "hash": "11"}, ""),
        ({"seq": 6, "hwm": 4}, ""),
        ({"seq": 4}, "behind"),
        ({"seq": 6, "hwm": 2}, "behind"),
        ({"hash": "11"}, "fork"),
        ({"inc": "b2", "seq": 0, "hwm": 0, "hash": "0"}, ""),
    ],
)
def test_a_witness_does_not_go_back(change: dict[str, Any], why: str) -> None:
    bench = Bench().start()
    bench.ask("hello", v=VERSION, host=HOST)
    bench.ask("witness", **SEEN)
    assert bench.ask("witness", **(SEEN | change)) == why
    assert bench.device.keeper.witness == (SEEN if why else SEEN | change)


@pytest.mark.parametrize("recovers", [False, True])
def test_a_failing_supply_shuts_and_saves_while_it_lasts(recovers: bool) -> None:
    bench = Bench().start()
    bench.open()
    bench.ask("witness", **SEEN)
    bench.pulse(number=7)
    saves = len(bench.saves)
    bench.failing = True
    bench.run(20_000)
    assert not bench.contact[1]
    assert bench.state()["why"] == "power"
    assert len(bench.saves) == saves + 2, "once: totaliser and witness"
    if recovers:
        bench.failing = False
        bench.pulse(number=2)
        bench.run(2_100_000)
    bench = again(bench)
    assert bench.device.keeper.witness == SEEN
    assert bench.state()["n"] == (9 if recovers else 7)
    assert bench.state()["unc"] == (0 if recovers else 1), "what came after the save is unknown"


def test_nothing_opens_while_the_supply_fails() -> None:
    bench = Bench().start()
    bench.failing = True
    bench.lifted[1] = True
    bench.run(5000)
    bench.ask("hello", v=VERSION, host=HOST)
    bench.line("arm", p=1, s=1, lim=5)
    bench.line("make", p=1, s=1)
    bench.run(5000)
    assert not bench.contact[1]


class AnyDay(RuleBasedStateMachine):
    """Fills at two pumps, cuts of power at any moment: what is kept never lies."""

    @initialize(keeps=st.sampled_from(["flash", "fram"]))
    def begin(self, keeps: str) -> None:
        self.bench = Bench(keeps).start()
        self.session = 0
        self.truth = {1: 0, 2: 0}
        self.unc = 0

    def flow(self, pump: int, pulses: int) -> None:
        for _ in range(pulses):
            self.bench.pulse(pump, every_us=4000)
            self.truth[pump] += 1

    @rule(pump=st.sampled_from([1, 2]), limit=st.integers(1, 9))
    def open(self, pump: int, limit: int) -> None:
        if not self.bench.contact[pump]:
            self.session += 1
            self.bench.open(pump, self.session, limit)

    @rule(pump=st.sampled_from([1, 2]), pulses=st.integers(1, 12))
    def pulses(self, pump: int, pulses: int) -> None:
        self.flow(pump, pulses)

    @rule(seconds=st.integers(1, 5))
    def rest(self, seconds: int) -> None:
        self.bench.run(seconds * 1_000_000)

    @rule()
    def hold(self) -> None:
        self.bench.hold(2_500_000)

    @precondition(lambda self: self.session)
    @rule(seq=st.integers(0, 50))
    def witness(self, seq: int) -> None:
        self.bench.ask("witness", inc="a", seq=seq, hash="0", hwm=seq)

    @rule(boots=st.integers(1, 2))
    def cut(self, boots: int) -> None:
        settled = self.bench.device.settled(self.bench.device._ticks.now_us)
        counts = self.bench.device.keeper.counts
        for _ in range(boots):
            self.bench = again(self.bench)
        now = self.bench.device.keeper.counts
        for pump in (1, 2):
            assert now[f"n{pump}"] <= self.truth[pump]
            if now["unc"] == counts["unc"] and settled:
                assert now[f"n{pump}"] >= self.truth[pump] - 2, "what a look later would know"
            self.truth[pump] = now[f"n{pump}"]
        if counts["open"]:
            assert now["unc"] == counts["unc"] + 1, "an open fill that was cut is known"

    @invariant()
    def writes_flash_only_when_shut(self) -> None:
        if hasattr(self, "bench") and self.bench.keeps == "flash":
            assert all(shut for _, shut in self.bench.saves)


AnyDay.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
test_any_day = AnyDay.TestCase
