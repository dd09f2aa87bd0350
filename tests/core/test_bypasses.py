"""Vouchers against what flowed by the bypass key, by pump and time."""

from gateway.core.bypasses import Bypasses, Loose, Paper, Turn
from gateway.core.facts import BypassChanged, FlowBypassed, FlowUncounted, VoucherEntered


def at(hour_minute: str) -> str:
    return f"2026-11-22T{hour_minute}:00.000Z"


def turn(bypasses: Bypasses, hour_minute: str, *, on: bool, pump: int = 1) -> None:
    bypasses.take(BypassChanged(pump=pump, on=on), at(hour_minute))


def flow(bypasses: Bypasses, volume_ml: int, since: str, until: str, pump: int = 1) -> None:
    fact = FlowBypassed(
        pump=pump,
        volume_ml=volume_ml,
        since=at(since),
        until=at(until),
        unattended=False,
        totaliser_end_ml=0,
    )
    bypasses.take(fact, at(until))


def paper(bypasses: Bypasses, number: int, volume_ml: int, sold: str, pump: int = 1) -> Paper:
    fact = VoucherEntered(
        serial=f"A-{number}",
        sale="0-1",
        pump=pump,
        subject="dh-1",
        volume_ml=volume_ml,
        sold=at(sold),
        by="Ama",
    )
    bypasses.take(fact, at("23:00"))
    return Paper(fact.serial, fact.subject, volume_ml, fact.sold)


def test_each_turn_has_its_flow_and_the_vouchers_of_its_pump_and_time() -> None:
    bypasses = Bypasses()
    turn(bypasses, "08:00", on=True)
    flow(bypasses, 20_000, "08:05", "08:06")
    flow(bypasses, 15_000, "08:20", "08:21")
    turn(bypasses, "08:30", on=False)
    flow(bypasses, 10, "08:30", "08:30")
    turn(bypasses, "09:00", on=True, pump=2)
    first = paper(bypasses, 1, 20_000, "08:05")
    late = paper(bypasses, 2, 5_000, "08:45")
    other = paper(bypasses, 3, 7_000, "08:45", pump=2)
    stray = paper(bypasses, 4, 9_000, "08:46")
    turns, loose = bypasses.matched()
    assert turns == [
        Turn(1, at("08:00"), at("08:30"), 35_010, papers=[first, late]),
        Turn(2, at("09:00"), None, papers=[other]),
    ]
    assert loose == [Loose(1, stray)]
    assert [one.unpapered_ml for one in turns] == [10_010, 0]
    assert [one.unflowed_ml for one in turns] == [0, 7_000]
    assert bypasses.matched() == (turns, loose)


def test_a_voucher_between_two_turns_is_of_the_nearer() -> None:
    bypasses = Bypasses()
    for on, off in (("08:00", "08:10"), ("08:20", "08:30")):
        turn(bypasses, on, on=True)
        turn(bypasses, off, on=False)
    paper(bypasses, 1, 1_000, "08:14")
    paper(bypasses, 2, 2_000, "08:16")
    turns, _ = bypasses.matched()
    assert [one.vouchered_ml for one in turns] == [1_000, 2_000]


def test_what_nobody_counted_excuses_a_voucher_and_asks_for_none() -> None:
    bypasses = Bypasses()
    turn(bypasses, "10:00", on=True)
    fact = FlowUncounted(pump=1, bound_ml=30_000, why="", bypass=True, since=at("08:00"))
    bypasses.take(fact, at("10:00"))
    paper(bypasses, 1, 20_000, "08:00")
    paper(bypasses, 2, 15_000, "09:00")
    ((one,), loose) = bypasses.matched()
    assert (one.since, one.unpapered_ml, one.unflowed_ml) == (at("08:00"), 0, 5_000)
    assert loose == []
    bypasses.take(FlowUncounted(pump=1, bound_ml=30_000, why=""), at("10:01"))
    assert bypasses.matched()[0][0].unseen_ml == 30_000


def test_a_start_that_finds_the_key_turned_reaches_back() -> None:
    bypasses = Bypasses()
    turn(bypasses, "10:00", on=True)
    flow(bypasses, 20_000, "07:00", "10:00")
    paper(bypasses, 1, 20_000, "06:50")
    ((one,), loose) = bypasses.matched()
    assert (one.since, one.unpapered_ml, loose) == (at("07:00"), 0, [])


def test_flow_from_before_the_first_entry_at_hand_has_a_turn_too() -> None:
    bypasses = Bypasses()
    flow(bypasses, 5_000, "07:00", "07:01")
    turn(bypasses, "07:02", on=False)
    ((one,), _) = bypasses.matched()
    assert (one.since, one.until, one.volume_ml) == (at("07:00"), at("07:02"), 5_000)
