"""Two incarnations of a gateway had grants of the same number: each is charged its own sales."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies
from sqlalchemy import select

from gateway.core.facts import Charge, EpochAdopted, GatewayRestored
from mqtt.central.decisions import DecisionRefused
from mqtt.central.holders import Holder, read_books
from mqtt.central.minting import mint
from mqtt.central.returning import return_litres
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import grants
from tests.gateway.backup.importing.old_card import exported, taken_in
from tests.mqtt.central.city import NOW, ZONE
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller
from tests.mqtt.central.test_epochs import activated

OLD, FRESH = "1" * 16, "a" * 16
LATER = "2026-08"
"""Of this month nothing is withheld, so the fresh incarnation is given grants."""
ML = strategies.integers(1, 900)


def overlapping(office: Office) -> Teller:
    """After a restore of central the fresh incarnation is given the numbers that the lost central
    had given to the old one, which central never heard of. Returns who speaks as the fresh one.
    """
    with office.engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
    for number in (4, 5, 6):
        office.first.tell(activated(number))
    fresh = replace(office.first, incarnation=FRESH, entries=[])
    fresh.tell(
        GatewayRestored(by="x", version="1", configuration_hash="0" * 64, epoch=1, previous=None)
    )
    for teller in (fresh, office.second):
        teller.tell(EpochAdopted(epoch=epoch, through=0))
        teller.epoch = epoch
        office.handle(teller.ledger())
    with office.engine.begin() as connection:
        mint(connection, LATER, ZONE, NOW)
    return fresh


def of_fresh(office: Office) -> dict[int, str]:
    """Number and subject of what the fresh incarnation may sell."""
    columns = grants.c
    query = select(columns.grant_no, columns.subject).where(columns.incarnation == FRESH)
    with office.engine.connect() as connection:
        return dict(connection.execute(query).all())


def spent(office: Office, incarnation: str) -> dict[int, int]:
    columns = grants.c
    query = select(columns.grant_no, columns.spent_ml).where(columns.incarnation == incarnation)
    with office.engine.connect() as connection:
        return {number: ml for number, ml in connection.execute(query) if ml}


def keeps_quotas(office: Office) -> bool:
    """Of the month in which grants are given. The old one's month is withheld: what is learned of
    it at the import is charged in full, and its quotas are raised to that when it is lifted."""
    query = select(grants.c.period, grants.c.kind, grants.c.subject)
    with office.engine.connect() as connection:
        rows = connection.execute(query.where(grants.c.period == LATER)).all()
        books = [read_books(connection, Holder(*row)) for row in rows]
    return all(one is not None and one.charged_ml <= one.quota_ml for one in books)


@given(
    old=strategies.lists(strategies.tuples(strategies.sampled_from((1, 4, 5)), ML), max_size=6),
    new=strategies.lists(strategies.tuples(strategies.sampled_from((4, 5)), ML), max_size=6),
    order=strategies.lists(strategies.booleans(), max_size=8),
)
@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
def test_each_incarnation_is_charged_its_own_sales(
    make_office: Callable[[Path], Office],
    old: list[tuple[int, int]],
    new: list[tuple[int, int]],
    order: list[bool],
) -> None:
    with TemporaryDirectory() as folder:
        office = make_office(Path(folder))
        fresh = overlapping(office)
        held = of_fresh(office)
        assert {4, 5} <= held.keys()
        for number, ml in old:
            office.first.sell(ml, charges=[Charge(number, ml)])
        for number, ml in new:
            fresh.sell(ml, subject=held[number], charges=[Charge(number, ml)])
        # Pieces of the old card's ledger and of the fresh one's, in any order.
        through = {True: 0, False: 2}
        for part, is_old in enumerate([*order, True, False]):
            last = part > len(order) - 1
            teller = office.first if is_old else fresh
            end = len(teller.entries) if last else min(through[is_old] + 2, len(teller.entries))
            if end > through[is_old] and is_old:
                piece = replace(teller, entries=teller.entries[:end])
                taken_in(office, exported(piece, Path(folder) / f"{part}.jsonl"))
            elif end > through[is_old]:
                office.handle(teller.ledger(1, end))
            through[is_old] = max(end, through[is_old])
            assert keeps_quotas(office)
        sold: dict[str, Counter[int]] = {OLD: Counter(), FRESH: Counter()}
        for name, sales in ((OLD, old), (FRESH, new)):
            for number, ml in sales:
                sold[name][number] += ml
        assert spent(office, FRESH) == sold[FRESH]
        booked = spent(office, OLD)
        assert booked == {number: sold[OLD][number] for number in booked}
        assert booked.get(1, 0) == sold[OLD][1]
        assert office.rejections() == []
        office.engine.dispose()


def test_what_is_returned_is_of_one_of_them(
    make_office: Callable[[Path], Office], tmp_path: Path
) -> None:
    office = make_office(tmp_path)
    overlapping(office)
    with office.engine.begin() as connection:
        connection.execute(
            grants.update().where(grants.c.grant_no == 4).values(closed_ml=grants.c.volume_ml)
        )
        row = connection.execute(select(grants).where(grants.c.grant_no == 4)).mappings().first()
        assert row is not None
        twin = {**row, "incarnation": OLD, "request_id": "of the old one", "spent_ml": 7}
        connection.execute(grants.insert().values(twin))
    decide = partial(return_litres, by="head", reason="x", zone=ZONE, now=NOW)
    with office.engine.begin() as connection:
        with pytest.raises(DecisionRefused, match=f"--incarnation, of {OLD}, {FRESH}"):
            decide(connection, "depot-1", 4, 10)
        decide(connection, "depot-1", 4, 10, incarnation=OLD)
        with pytest.raises(DecisionRefused, match="never had a grant 4 of incarnation"):
            decide(connection, "depot-1", 4, 10, incarnation="b" * 16)
    query = select(grants.c.closed_ml).where(grants.c.grant_no == 4, grants.c.incarnation == OLD)
    assert office.scalar(query) == 10
    office.engine.dispose()
