"""The whole device in simulated microseconds."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.guard.device import BUSY_US, IDLE_US, TICK_US
from firmware.guard.messages import TO_CHIP, VERSION
from firmware.guard.protocol import LINE_MAX, frame
from firmware.guard.ticks import PERIOD
from tests.firmware.guard.bench import HOST, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench().start()


def greeted(at_us: int = 0) -> Bench:
    bench = Bench().start(at_us)
    bench.lifted = {1: True, 2: True}
    bench.run(TICK_US)
    assert bench.ask("hello", v=VERSION, host=HOST) == ""
    return bench


def test_starts_shut_and_says_who_it_is(bench: Bench) -> None:
    verb, birth = bench.heard()[0]
    assert verb == "birth"
    assert birth == {
        "v": VERSION,
        "fw": "0",
        "id": bench.id,
        "boot": 1,
        "why": "power",
        "keep": "flash",
        "slot": "a",
    }
    assert [said["p"] for verb, said in bench.heard()[1:]] == [1, 2]
    state = bench.state()
    assert (state["open"], state["armed"], state["why"], state["n"]) == (0, 0, "boot", 0)


def test_breaks_every_contact_before_anything_is_written() -> None:
    bench = Bench()
    bench.contact = {1: True, 2: True}
    bench.start()
    assert all(shut for _, shut in bench.saves)


def test_opens_counts_and_stops_at_the_limit(bench: Bench) -> None:
    bench.open(pulses=10)
    assert (bench.state()["open"], bench.state()["armed"], bench.state()["made"]) == (1, 1, 1)
    bench.pulse(number=9)
    assert bench.contact[1]
    bench.pulse()
    assert not bench.contact[1]
    bench.pulse(number=2)
    state = bench.state()
    assert (state["open"], state["why"], state["at"], state["n"]) == (0, "limit", 10, 12)
    assert (state["s"], state["lim"], state["rate"]) == (5, 10, 100_000)


def test_after_a_limit_the_next_fill_opens(bench: Bench) -> None:
    for session in (5, 6, 7):
        bench.open(session=session, pulses=3)
        bench.pulse(number=3)
        assert not bench.contact[1]
        bench.run(TICK_US)
    assert bench.state()["n"] == 9


def test_edges_that_a_board_collects_stop_it_in_the_same_turn(bench: Bench) -> None:
    bench.open(pulses=2)
    bench.collected = [(1, 1), (2, 0), (3, 1)]
    bench.run(TICK_US)
    assert not bench.contact[1]
    assert bench.state()["n"] == 2


def test_the_dose_is_stopped_between_two_turns() -> None:
    bench = greeted()
    lags = ((1000, 43_210),)
    bench.ask("arm", p=1, s=5, lim=100, dose=20, lags=lags, lease=1000)
    bench.ask("make", p=1, s=5)
    at_us = bench.now_us
    bench.pulse(number=15)
    assert bench.contact[1]
    bench.run(6789)
    assert bench.contact[1], "4.3 pulses run on: it is due 0.679 of an interval after the 15th"
    bench.run(1)
    assert not bench.contact[1]
    assert bench.now_us == at_us + 156_790
    assert bench.state()["why"] == "dose"


def test_a_two_stage_valve_goes_slow_and_its_output_falls_with_the_contact(bench: Bench) -> None:
    bench.open(pulses=10, slow=4, sr=100_000, st=1)
    bench.pulse(number=4)
    bench.run(TICK_US)
    assert bench.slow[1]
    assert bench.contact[1]
    assert bench.state()["slow"] == 1
    bench.pulse(number=6)
    bench.run(TICK_US)
    assert not bench.slow[1]
    assert not bench.contact[1]


def test_the_pulse_that_comes_while_the_board_is_driven_is_not_undone() -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=10, slow=5, sr=1000, st=1, lease=1000)
    bench.ask("make", p=1, s=5)
    bench.pulse(number=5)
    bench.interrupt = 5  # the rest comes between the decision to go slow and the drive
    bench.device.turn(bench.now_us)
    assert not bench.contact[1]
    assert bench.interrupt == 0
    bench.run(TICK_US)
    assert bench.state()["why"] == "limit"
    assert bench.state()["at"] == 10


@pytest.mark.parametrize("lease_ms", [100, 300, 1000])
@pytest.mark.parametrize("phase_us", range(0, TICK_US, 499))
def test_silence_shuts_within_the_lease_and_a_tick_whatever_the_phase(
    lease_ms: int, phase_us: int
) -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=100, lease=lease_ms)
    bench.ask("make", p=1, s=5)
    bench.run(phase_us)
    bench.line("renew", s1=5)
    bench.run(TICK_US)
    lease_us = lease_ms * 1000
    bench.run(lease_us - 2 * TICK_US)
    assert bench.contact[1]
    bench.run(2 * TICK_US)
    assert not bench.contact[1]
    assert bench.state()["why"] == "lease"


def test_renewed_it_stays_open_over_the_wrap_of_the_clock() -> None:
    bench = greeted(PERIOD - 3_000_000)
    bench.ask("arm", p=1, s=5, lim=100)
    bench.ask("make", p=1, s=5)
    for _ in range(60):
        bench.run(100_000)
        bench.line("renew", s1=5)
    assert bench.contact[1]


@pytest.mark.parametrize("session", [0, 4])
def test_a_renewal_for_another_session_shuts(session: int) -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=100)
    bench.ask("make", p=1, s=5)
    bench.ask("renew", s1=session, s2=5)
    assert not bench.contact[1]
    assert bench.state()["why"] == "session"


def test_two_pumps_know_nothing_of_each_other(bench: Bench) -> None:
    bench.open(1, 5, pulses=3)
    bench.open(2, 6, pulses=5)
    bench.pulse(1, 3)
    assert bench.contact == {1: False, 2: True}
    bench.pulse(2, 4)
    assert (bench.state(1)["n"], bench.state(2)["n"]) == (3, 4)
    bench.line("renew", s2=6)
    bench.lifted[1] = False
    bench.run(100_000)
    assert bench.contact == {1: False, 2: True}
    assert bench.state(1)["why"] == "limit"
    bench.pulse(2)
    assert bench.contact == {1: False, 2: False}


def test_the_stop_shuts_both(bench: Bench) -> None:
    bench.open(1)
    bench.open(2)
    bench.healthy = False
    bench.run(TICK_US)
    assert bench.contact == {1: False, 2: False}
    assert bench.state(2)["stop"] == 1
    bench.healthy = True
    bench.run(1_000_000)
    assert bench.contact == {1: False, 2: False}


@pytest.mark.parametrize(("bad", "shuts"), [(2, False), (3, True)])
@pytest.mark.parametrize("spread", [False, True])
def test_three_bad_frames_within_a_lease_shut(bad: int, shuts: bool, spread: bool) -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=100)
    bench.ask("make", p=1, s=5)
    for _ in range(bad):
        bench.to_chip += b"noise\n"
        bench.run(90_000 if spread else 0)
        bench.line("renew", s1=5)
    bench.run(TICK_US)
    assert bench.contact[1] is not shuts
    assert bench.state()["why"] == ("noise" if shuts else "boot")
    bench.ask("ask", what="link")
    assert dict(bench.heard())["link"]["bad"] == bad


def test_bad_frames_further_apart_do_not_shut() -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=100)
    bench.ask("make", p=1, s=5)
    for _ in range(10):
        bench.to_chip += b"noise\n"
        bench.line("renew", s1=5)
        bench.run(160_000)
        bench.line("renew", s1=5)
    assert bench.contact[1]


def test_another_host_shuts_and_the_same_one_does_not(bench: Bench) -> None:
    bench.open()
    assert bench.ask("hello", v=VERSION, host=HOST) == ""
    assert bench.contact[1]
    assert bench.ask("hello", v=VERSION, host=HOST + 1) == ""
    assert not bench.contact[1]
    assert bench.state()["why"] == "host_new"


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1, 65535])
def test_another_version_is_refused_in_words_and_shuts(bench: Bench, version: int) -> None:
    bench.open()
    why = bench.ask("hello", v=version, host=HOST)
    assert why == f"version_{version}_expected_{VERSION}"
    assert "birth" in dict(bench.heard())
    assert not bench.contact[1]
    assert bench.state()["why"] == "version"
    assert bench.ask("arm", p=1, s=9, lim=100) == "no_hello"


@pytest.mark.parametrize("verb", sorted(set(TO_CHIP) - {"hello", "shut", "ask", "file", "reboot"}))
def test_before_a_greeting_nothing_that_could_open_is_done(bench: Bench, verb: str) -> None:
    fields: dict[str, Any] = {"p": 1, "s": 1, "lim": 5, "kind": "a", "gap": 0}
    fields |= {"inc": "a1", "seq": 0, "hash": "0", "hwm": 0}
    known = [key for key, _ in TO_CHIP[verb]]
    given_fields = {key: value for key, value in fields.items() if key in known}
    assert bench.ask(verb, **given_fields) == "no_hello"


def test_shutting_needs_no_greeting(bench: Bench) -> None:
    assert bench.ask("shut", p=1) == ""
    assert bench.ask("file", op="close") == "not_shut", "just started"


@pytest.mark.parametrize(("verb", "why"), [("shut", "host"), ("break", "break")])
def test_the_host_shuts(bench: Bench, verb: str, why: str) -> None:
    bench.open()
    assert bench.ask(verb, p=1) == ""
    assert not bench.contact[1]
    assert bench.state()["why"] == why


def test_stops_that_do_not_fit_are_refused() -> None:
    bench = greeted()
    assert bench.ask("arm", p=1, s=5, lim=10, slow=11, sr=1, st=1) == "stops"
    assert bench.ask("arm", p=1, s=5, lim=10, dose=5) == "stops"
    assert bench.ask("arm", p=1, s=5, lim=10_000_000) == "limit"
    assert bench.ask("make", p=1, s=5) == "not_armed"


def test_a_top_up_moves_the_stop(bench: Bench) -> None:
    bench.open(pulses=2)
    assert bench.ask("raise", p=1, s=5, lim=4) == ""
    bench.pulse(number=3)
    assert bench.contact[1]
    assert bench.ask("raise", p=1, s=5, lim=3) == "lower"
    bench.pulse()
    assert not bench.contact[1]


def test_the_limit_holds_also_where_one_channel_alone_tells_of_it() -> None:
    bench = greeted()
    assert bench.ask("setup", p=1, kind="ab", gap=0) == ""
    bench.open(pulses=3)
    for levels in (1, 0, 1, 0, 1):
        bench.device.channels[1].edge(bench.now_us, levels)
    bench.run(TICK_US)
    assert not bench.contact[1]
    state = bench.state()
    assert (state["why"], state["fault"], state["n"]) == ("limit", "", 1)


def test_a_dead_channel_ends_the_fill() -> None:
    bench = greeted()
    assert bench.ask("setup", p=1, kind="ab", gap=0) == ""
    bench.open()
    for levels in (1, 0) * 9:
        bench.device.channels[1].edge(bench.now_us, levels)
    bench.run(TICK_US)
    assert not bench.contact[1]
    assert bench.state()["fault"] == "missing_channel"
    assert bench.state()["n"] == 9
    assert bench.ask("clear", p=1) == ""
    assert bench.state()["fault"] == ""


def test_states_come_ten_times_a_second_while_open_and_twice_else(bench: Bench) -> None:
    bench.run(3_000_000)
    bench.sent.clear()
    bench.run(10 * IDLE_US)
    assert len(bench.heard()) == 20
    bench.open()
    bench.sent.clear()
    for _ in range(5):
        bench.run(BUSY_US)
    of_first = [said for _, said in bench.heard() if said["p"] == 1]
    assert len(of_first) == 5


def test_a_change_is_told_at_once(bench: Bench) -> None:
    bench.open()
    bench.run(50_000)
    bench.sent.clear()
    bench.lifted[2] = True
    bench.run(TICK_US)
    assert [(said["p"], said["noz"]) for _, said in bench.heard()] == [(2, 1)]


def test_what_an_order_changed_is_told_in_the_same_turn(bench: Bench) -> None:
    bench.open()
    bench.device.turn(bench.now_us + 100)
    bench.ask("shut", p=1)
    assert [said["open"] for verb, said in bench.heard() if verb == "state"] == [0]


def test_a_board_that_turns_all_the_time_is_told_no_more(bench: Bench) -> None:
    bench.open()
    bench.sent.clear()
    for _ in range(1000):
        bench.now_us += 100
        bench.device.turn(bench.now_us)
    assert 2 <= len(bench.heard()) <= 3


def test_the_watchdog_is_fed_in_each_turn(bench: Bench) -> None:
    fed = bench.fed
    bench.device.turn(bench.now_us)
    assert bench.fed == fed + 1


def test_what_is_lost_begins_anew_with_another_host(bench: Bench) -> None:
    for sequence, host in ((1, HOST), (5, HOST), (0, HOST + 1)):
        bench.to_chip += frame(sequence, f"hello v={VERSION} host={host}")
        bench.run(TICK_US)
    bench.ask("ask", what="link")
    assert dict(bench.heard())["link"]["lost"] == 8, "of the test's own next line"


VERBS = st.sampled_from([*sorted(TO_CHIP), "state", "x"])
PARTS = st.sampled_from(
    [
        "p=1",
        "p=2",
        "p=0",
        "s=5",
        "s=6",
        "lim=9",
        "lim=99999999999999",
        "dose=4",
        "lags=9:9,10:9",
        "lease=100",
        "host=77",
        "v=1",
        "kind=ab",
        "gap=5",
        "op=begin",
        "op=switch",
        "what=state",
        "s1=5",
        "slow=1",
        "sr=1",
        "st=1",
        "inc=a",
        "seq=1",
        "hash=",
        "hwm=1",
        "data=00",
        "p=1=2",
    ]
)
FILL = [frame(1, said) for said in ("hello v=1 host=77", "arm p=1 s=5 lim=9", "make p=1 s=5")]
ORDERS = st.builds(lambda verb, parts: " ".join([verb, *parts]), VERBS, st.lists(PARTS, max_size=6))
WIRE = st.one_of(
    st.binary(max_size=80),
    st.builds(frame, st.integers(0, 65535), ORDERS),
    st.just(frame(1, "renew s1=5")),
    st.sampled_from([*FILL, b"".join(FILL)]),
    st.just(b"x" * 300),
)


@settings(deadline=None)
@given(st.lists(st.tuples(WIRE, st.integers(0, 400_000)), max_size=25))
@example([(frame(1, "hello v=1 host=77"), 0), (frame(2, "arm p=1 s=5 lim=9"), 0)] * 2)
def test_whatever_the_host_sends_it_goes_on_and_never_opens_by_itself(
    wire: list[tuple[bytes, int]],
) -> None:
    bench = Bench().start()
    bench.lifted = {1: True, 2: True}
    for data, wait_us in wire:
        bench.to_chip += data
        while bench.to_chip:
            before = dict(bench.contact)
            bench.device.turn(bench.now_us % PERIOD)
            for pump, channel in bench.device.channels.items():
                if bench.contact[pump] and not before[pump]:
                    assert b"make" in b"".join(data for data, _ in wire)
                assert bench.contact[pump] == channel.contact.wanted
                if bench.contact[pump]:
                    assert channel.lease.fresh(bench.device._ticks.now_us)
        bench.run(wait_us)
        if wait_us > 305_000:
            assert not any(bench.contact.values()) or b"lease" in b"".join(d for d, _ in wire)
    assert all(len(line) <= LINE_MAX for line in bench.sent)
    assert bench.heard()
    bench.to_chip += b"\n"
    assert bench.ask("hello", v=VERSION, host=123) == ""


def test_a_flood_costs_the_lease_not_the_device() -> None:
    bench = greeted()
    bench.ask("arm", p=1, s=5, lim=100)
    bench.ask("make", p=1, s=5)
    bench.to_chip = b"\x00" * 1_000_000
    bench.run(300_000 + TICK_US)
    assert not bench.contact[1]
    assert bench.device.channels[1].why == "lease"
