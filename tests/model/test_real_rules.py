"""Walks through the model, played again by the real balance and recovery: the same numbers."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from gateway.core.facts import Fact, GrantReported
from gateway.core.grants import is_answered
from tests.model.real import UNIT_ML, RealGateway
from tests.model.search import steps
from tests.model.states import Bounds, Move, Record, Side

WALKS, BLOCKS, LENGTH = 100, 5, 60
BOUNDS = Bounds(quota=6, grants=3, replacements=1)
SELDOM = {
    "write off": 0.01,
    "restore": 0.05,
    "Recall arrives": 0.1,
    "expire": 0.03,
    "record lost": 0.1,
    "crash": 0.1,
    "hang": 0.3,
}
"""What ends a grant, a fill or all, against 1 for any other step: or there is little to fill."""
CHECKED = (
    "Grant arrives",
    "Recall arrives",
    "expire",
    "ask more",
    "reserve",
    "refuse",
    "hang",
    "start",
    "restore",
)


def walk(seed: int) -> list[tuple[Move, Side]]:
    """Of one gateway, by chance, the same for the same seed."""
    chance, side = random.Random(seed), Side()
    way = []
    for _ in range(LENGTH):
        possible = steps(side, BOUNDS, None)
        weights = [SELDOM.get(move.kind, 1) for move, _ in possible]
        ((move, side),) = chance.choices(possible, weights)
        way.append((move, side))
    return way


def compare(real: RealGateway, side: Side) -> None:
    disk = side.gateway.disk
    assert real.balance.high_water == disk.high_water
    assert (real.row.reserved_ml if real.row else 0) == disk.row.reserved * UNIT_ML
    assert (real.row.metered_ml if real.row else 0) == disk.row.metered * UNIT_ML
    for grant, (minted, held) in enumerate(zip(side.minted, disk.held, strict=True), start=1):
        mine = minted.incarnation == disk.incarnation
        if held.record is not Record.OPEN:
            assert real.balance.grant(grant) is None
            closed = held.record in (Record.CLOSED, Record.FORGOTTEN)
            assert not mine or is_answered(real.balance, grant) == closed
            continue
        reserved = disk.row.reserved if disk.row.grant == grant else 0
        assert real.spent_ml(grant) == held.spent * UNIT_ML
        assert real.overrun_ml(grant) == 0
        left = 0 if held.recalled else minted.volume - held.spent - reserved
        assert real.remaining_ml(grant) == left * UNIT_ML


def play(real: RealGateway, seed: int) -> Counter[str]:
    """A walk with the real rules beside it; how often each kind of move was made."""
    made: Counter[str] = Counter()
    before = Side()
    for move, after in walk(seed):
        real.follow(move, before)
        compare(real, after)
        made[move.kind] += 1
        before = after
    balance = real.balance
    arrive_again(real, before)
    assert real.balance == balance, "a grant was activated twice"
    return made


def arrive_again(real: RealGateway, side: Side) -> None:
    """Every grant that this incarnation may have seen, once more."""
    for grant, minted in enumerate(side.minted, start=1):
        known = grant <= side.gateway.disk.high_water
        if known and minted.incarnation == side.gateway.disk.incarnation:
            real.follow(Move("Grant arrives", grant), side)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_real_rules_come_to_the_same_numbers(block: int) -> None:
    made: Counter[str] = Counter()
    for seed in range(block * WALKS, (block + 1) * WALKS):
        made += play(RealGateway(), seed)
    print(f"{WALKS} walks, {made.total():,} moves: {dict(made)}")
    assert all(made[kind] >= WALKS // 4 for kind in CHECKED), made


class ChargesMetered(RealGateway):
    def recover(self) -> None:
        if self.row is not None:
            self.end(self.row.metered_ml)


class TopsUpFromRecalled(RealGateway):
    def write(self, *facts: Fact) -> None:
        super().write(*(fact for fact in facts if not isinstance(fact, GrantReported)))


class NeverCloses(RealGateway):
    def settle(self, *facts: Fact) -> None:
        self.write(*facts)
        self.row = None


class ForgetsItsHighWater(RealGateway):
    def follow(self, move: Move, before: Side) -> None:
        if move.kind == "Grant arrives":
            self.balance = replace(self.balance, high_water=0)
        super().follow(move, before)


@pytest.mark.parametrize(
    "wrong", [ChargesMetered, ForgetsItsHighWater, TopsUpFromRecalled, NeverCloses]
)
def test_a_gateway_with_wrong_rules_is_told_apart(wrong: type[RealGateway]) -> None:
    def play_all() -> None:
        for seed in range(WALKS):
            play(wrong(), seed)

    with pytest.raises((AssertionError, ValueError)):
        play_all()
