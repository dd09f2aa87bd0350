"""Walks through the model, played again by the real balance and recovery: the same numbers."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from tests.model.real import UNIT_ML, RealGateway
from tests.model.search import steps
from tests.model.states import Bounds, Move, Record, Side

WALKS, BLOCKS, LENGTH = 100, 5, 60
BOUNDS = Bounds(quota=6, grants=3, replacements=1)
SELDOM = {
    "write off": 0.01,
    "restore": 0.05,
    "Recall arrives": 0.05,
    "record lost": 0.1,
    "crash": 0.1,
    "hang": 0.3,
}
"""What ends a grant, a fill or all, against 1 for any other step: or there is little to fill."""
CHECKED = ("Grant arrives", "ask more", "reserve", "hang", "start", "restore")


def walk(seed: int) -> list[tuple[Move, Side]]:
    """Of one gateway, by chance, the same for the same seed.

    A recall of a grant that never came closes it unheard; that has no fact in the ledger yet,
    so it is passed over.
    """
    chance, side = random.Random(seed), Side()
    way = []
    for _ in range(LENGTH):
        possible = [
            (move, after)
            for move, after in steps(side, BOUNDS, None)
            if move.kind != "Recall arrives" or move.grant <= side.gateway.disk.high_water
        ]
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
        if held.record is not Record.OPEN:
            continue
        reserved = disk.row.reserved if disk.row.grant == grant else 0
        assert real.spent_ml(grant) == held.spent * UNIT_ML
        assert real.overrun_ml(grant) == 0
        assert real.remaining_ml(grant) == (minted.volume - held.spent - reserved) * UNIT_ML


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


class ForgetsItsHighWater(RealGateway):
    def follow(self, move: Move, before: Side) -> None:
        if move.kind == "Grant arrives":
            self.balance = replace(self.balance, high_water=0)
        super().follow(move, before)


@pytest.mark.parametrize("wrong", [ChargesMetered, ForgetsItsHighWater])
def test_a_gateway_with_wrong_rules_is_told_apart(wrong: type[RealGateway]) -> None:
    def play_all() -> None:
        for seed in range(WALKS):
            play(wrong(), seed)

    with pytest.raises((AssertionError, ValueError)):
        play_all()
