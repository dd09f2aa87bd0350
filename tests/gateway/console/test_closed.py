"""The list of closed shifts, and that it is read again only when there is another one."""

import asyncio
from pathlib import Path

import pytest

from gateway.console import closed as closings
from gateway.console.closed import closed
from gateway.console.kept import Kept
from gateway.core.facts import Fact, FlowUnauthorised
from gateway.core.shift import closing, opening
from gateway.store.errors import LedgerDamaged
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.paper.conftest import Write, write  # noqa: F401
from tests.gateway.store.samples import grant


def test_the_newest_first_and_no_more_than_a_page(
    write: Write,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts: list[Fact] = [grant(1)]
    for number in range(1, 4):
        facts.append(opening(balance_of(*facts).shift, "Ama", {1: 0}))
        facts.append(sold(number, 1_000 * number))
        facts.append(closing(balance_of(*facts).shift, "Beni", {1: 0}))
    ledger = write(facts)
    monkeypatch.setattr(closings, "MOST_SHOWN", 2)
    shown = closed(ledger)
    assert [(one.number, one.volume_ml, one.by) for one in shown] == [
        (3, 3_000, "Beni"),
        (2, 2_000, "Beni"),
    ]
    monkeypatch.setattr(closings, "REACH", 1)
    assert [one.number for one in closed(ledger)] == [3]


def test_what_happened_before_one_is_beside_it(write: Write) -> None:  # noqa: F811
    facts: list[Fact] = [grant(1), sold(1, 3_210)]
    facts.append(FlowUnauthorised(pump=1, volume_ml=600, totaliser_end_ml=3_810))
    for _ in range(2):
        facts.append(opening(balance_of(*facts).shift, "Ama", {1: 3_810}))
        facts.append(closing(balance_of(*facts).shift, "Beni", {1: 3_810}))
    second, first = closed(write(facts))
    assert second.before is None
    assert first.before == closings.Before(
        volume_ml=3_210, amount_idr=41_570, unauthorised_ml=600, bypassed_ml=0
    )


def test_what_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    async def go() -> None:
        kept: Kept[list[closings.Closed]] = Kept()
        for _ in range(2):
            with pytest.raises(LedgerDamaged):
                await kept.of("now", lambda: closed(tmp_path / "none"))

    asyncio.run(go())


def test_it_is_kept_while_the_state_is_the_same() -> None:
    async def go() -> None:
        kept: Kept[int] = Kept()
        reads = iter(range(10))
        assert [await kept.of(state, lambda: next(reads)) for state in "aabba"] == [0, 0, 1, 1, 2]

    asyncio.run(go())
