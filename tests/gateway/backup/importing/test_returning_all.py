"""All that an old card held and did not sell comes back at once, by its imported ledger alone."""

from pathlib import Path
from typing import Any

import pytest

from gateway.core.facts import Charge
from mqtt.central.decisions import DecisionRefused
from mqtt.central.grant_tables import decisions
from mqtt.central.holders import Holder, read_books
from mqtt.central.returning import Returned, return_unsold
from tests.gateway.backup.importing.old_card import charged, exported, restored, rows, taken_in
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE
from tests.mqtt.central.office import Office

OLD = "1" * 16
BY: dict[str, Any] = {"by": "head", "reason": "its card was found", "zone": ZONE, "now": NOW}


def returned(office: Office, **open_ml: int) -> Returned:
    reserved = {int(number[1:]): ml for number, ml in open_ml.items()}
    with office.engine.begin() as connection:
        return return_unsold(connection, "depot-1", OLD, reserved, **BY)


def brought(office: Office, tmp_path: Path, known: int = 1) -> list[tuple[int, int]]:
    """A card that sold twice, of which central had heard so much; and what its grants were."""
    office.first.sell(1_000)
    office.first.sell(3_000, charges=[Charge(2, 3_000)], subject=SUBJECTS[1])
    restored(office, known)
    before = charged(office)
    taken_in(office, exported(office.first, tmp_path / "card.jsonl"))
    return before


def test_each_grant_is_charged_what_it_sold(office: Office, tmp_path: Path) -> None:
    before = brought(office, tmp_path)
    assert len(before) == 3
    assert all(closed_ml == volume_ml for closed_ml, volume_ml in before)
    done = returned(office)
    whole_ml = sum(volume_ml for _, volume_ml in before)
    assert (done.grants, done.returned_ml) == (len(before), whole_ml - 4_000)
    assert (done.through, done.head_known) == (2, False)
    assert [closed_ml for closed_ml, _ in charged(office)] == [1_000, 3_000, 0]
    assert rows(office, decisions.c.why).count(BY["reason"]) == len(before)
    with office.engine.connect() as connection:
        for subject in SUBJECTS:
            books = read_books(connection, Holder(PERIOD, "vehicle", subject))
            assert books is None or books.charged_ml <= books.quota_ml
    with pytest.raises(DecisionRefused, match="charged more than it sold"):
        returned(office)


def test_what_an_open_fill_had_reserved_stays_charged(office: Office, tmp_path: Path) -> None:
    before = brought(office, tmp_path)
    done = returned(office, n1=2_500, n2=0)
    assert done.returned_ml == sum(volume_ml for _, volume_ml in before) - 4_000 - 2_500
    assert [closed_ml for closed_ml, _ in charged(office)] == [3_500, 3_000, 0]


@pytest.mark.parametrize("open_ml", [{"n1": 10**9}, {"n77": 1}])
def test_an_open_fill_that_no_grant_can_have_held_returns_nothing(
    office: Office, tmp_path: Path, open_ml: dict[str, int]
) -> None:
    before = brought(office, tmp_path)
    with pytest.raises(DecisionRefused, match="expected a closed grant of that incarnation"):
        returned(office, **open_ml)
    assert charged(office) == before


def test_nothing_returns_before_the_whole_ledger_is_here(office: Office, tmp_path: Path) -> None:
    office.first.sell(1_000)
    with pytest.raises(DecisionRefused, match="may still come back"):
        returned(office)
    restored(office, 1)
    before = charged(office)
    with pytest.raises(DecisionRefused, match="to its end was imported"):
        returned(office)
    taken_in(office, exported(office.first, tmp_path / "card.jsonl", goes_on=True))
    with pytest.raises(DecisionRefused, match="to its end was imported"):
        returned(office)
    assert charged(office) == before


def test_nothing_returns_while_an_entry_waits_in_quarantine(office: Office, tmp_path: Path) -> None:
    office.first.append("sale.imagined", {"volume_ml": 5})
    before = brought(office, tmp_path)
    with pytest.raises(DecisionRefused, match="may be grants"):
        returned(office)
    assert charged(office) == before
