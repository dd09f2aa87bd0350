"""Entries and balances made of facts, for the tests of what is folded."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from gateway.core.accounts import Balance
from gateway.core.balance import fold
from gateway.core.chain import GENESIS
from gateway.core.facts import (
    TYPE_OF,
    Fact,
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantsSkipped,
)
from gateway.core.log import Entry
from tests.gateway.store.samples import INCARNATION, TIME

PERIOD = "2026-11"
WITA = ZoneInfo("Asia/Makassar")


def entries(*facts: Fact, after: int = 0) -> list[Entry]:
    return [
        Entry(
            id=f"{INCARNATION}/{sequence}",
            source="takar/kupang-01",
            type=TYPE_OF[type(fact)],
            time=TIME,
            data=msgspec.to_builtins(fact),
            sequence=sequence,
            prevhash=GENESIS,
        )
        for sequence, fact in enumerate(facts, start=after + 1)
    ]


def balance_of(*facts: Fact) -> Balance:
    return fold(Balance(WITA), entries(*facts))


def then(balance: Balance, *facts: Fact) -> Balance:
    return fold(balance, entries(*facts))


def closed(grant_no: int, spent_ml: int = 0, why: str = "recalled") -> GrantClosed:
    return msgspec.convert({"grant_no": grant_no, "spent_ml": spent_ml, "why": why}, GrantClosed)


def never_held(*grant_nos: int) -> list[GrantClosed]:
    return [closed(grant_no, why="never_held") for grant_no in grant_nos]


def reported(grant_no: int, spent_ml: int, reserved_ml: int) -> GrantReported:
    return GrantReported(grant_no=grant_no, spent_ml=spent_ml, reserved_ml=reserved_ml)


def told(facts: Iterable[Fact]) -> list[str]:
    """Each fact in a word or two."""
    words = []
    for fact in facts:
        match fact:
            case GrantActivated():
                words.append(f"take up {fact.grant_no}")
            case GrantClosed():
                words.append(f"close {fact.grant_no} at {fact.spent_ml}: {fact.why}")
            case GrantsSkipped():
                words.append(f"skip {fact.first} to {fact.last}")
            case GrantReported():
                words.append(f"report {fact.grant_no}: {fact.spent_ml} + {fact.reserved_ml}")
    return words
