"""The card of a gateway that was not waited for is found: its months are minted again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.core.facts import Charge, EpochAdopted, FormerLedger, GatewayRestored
from mqtt.central import epochs, written_off
from mqtt.central.decisions import DecisionRefused
from mqtt.central.grant_tables import decisions
from mqtt.central.holders import Holder, read_books
from mqtt.central.lifting import Lifted, lift
from mqtt.central.minting import mint
from mqtt.central.register import put_subject
from mqtt.central.report import make_report
from mqtt.central.report_tables import anomalies
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import grants
from tests.gateway.backup.importing.old_card import FRESH, exported, rows, seal, taken_in
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE, vehicle
from tests.mqtt.central.office import Office
from tests.mqtt.central.test_epochs import activated

OLD, NEW = "1" * 16, "dh-2000-aa"
BY: dict[str, Any] = {"by": "head", "reason": "the card lay in the burnt cabinet", "now": NOW}


def central_lost(office: Office) -> None:
    """Central comes from a backup of before two grants of the first gateway, and a sale on one."""
    with office.engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
        put_subject(connection, vehicle(NEW), 10_000, NOW)
    office.first.sell(1_000)
    office.first.tell(activated(4))
    office.first.tell(activated(5, NEW, 6_000))
    office.first.sell(3_000, charges=[Charge(4, 3_000)])
    office.second.tell(EpochAdopted(epoch=epoch, through=0))
    office.second.epoch = epoch
    office.handle(office.second.ledger())


def followed(
    office: Office, known: int | None = None, head: str = "", incarnation: str = OLD
) -> None:
    """The first gateway goes on with a new card, which knows the old one's `known` entries."""
    fresh = replace(office.first, incarnation=FRESH, entries=[])
    previous = None
    if known is not None:
        head = head or office.first.entries[min(known, 4) - 1].hash
        previous = FormerLedger(incarnation=incarnation, sequence=known, head=head, found="backup")
    fresh.tell(
        GatewayRestored(
            by="x", version="1", configuration_hash="0" * 64, epoch=1, previous=previous
        )
    )
    fresh.tell(EpochAdopted(epoch=office.second.epoch, through=0))
    office.handle(fresh.ledger())


def lifted(office: Office, incarnation: str = OLD, gateway: str = "depot-1") -> Lifted:
    with office.engine.begin() as connection:
        return lift(connection, gateway, incarnation, **BY)


def withheld(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return epochs.withheld_by(connection, PERIOD)


def books(office: Office, subject: str) -> Any:
    with office.engine.connect() as connection:
        return read_books(connection, Holder(PERIOD, "vehicle", subject))


def brought(office: Office, tmp_path: Path, **changes: Any) -> None:
    taken_in(office, exported(office.first, tmp_path / f"{len(changes)}.jsonl", **changes))


@pytest.mark.parametrize("known", [None, 3])
def test_its_months_are_minted_again_and_its_grants_stay_charged(
    office: Office, tmp_path: Path, known: int | None
) -> None:
    central_lost(office)
    followed(office, known)
    brought(office, tmp_path)
    assert withheld(office) == ["depot-1"]
    done = lifted(office)
    assert done.head_known is (known is not None)
    assert (done.periods, done.through, done.grants) == ([PERIOD], 4, 5)
    assert withheld(office) == []
    query = select(grants.c.closed_ml, grants.c.spent_ml).where(
        grants.c.incarnation == OLD, grants.c.grant_no == 4
    )
    with office.engine.connect() as connection:
        assert tuple(connection.execute(query).one()) == (5_000, 3_000)
    assert rows(office, anomalies.c.what) == []
    with office.engine.begin() as connection:
        put_subject(connection, vehicle("dh-3000-aa"), 10_000, NOW)
        assert mint(connection, PERIOD, ZONE, NOW).grants
    for subject in (SUBJECTS[0], NEW, "dh-3000-aa"):
        found = books(office, subject)
        assert found.charged_ml <= found.quota_ml
    assert books(office, NEW).charged_ml == 6_000
    assert books(office, NEW).quota_ml == 10_000
    assert BY["reason"] in rows(office, decisions.c.why)
    with pytest.raises(DecisionRefused, match="it is because of: nobody"):
        lifted(office)


def test_what_its_grants_exceed_a_quota_by_is_covered_once(office: Office, tmp_path: Path) -> None:
    """The lost central had litres back from elsewhere before it granted them here."""
    central_lost(office)
    office.first.tell(activated(6, volume_ml=30_000))
    followed(office)
    brought(office, tmp_path)
    before = books(office, SUBJECTS[0])
    assert before.charged_ml > before.quota_ml
    lifted(office)
    after = books(office, SUBJECTS[0])
    assert after.charged_ml == after.quota_ml == before.charged_ml


def test_a_revoked_gateways_card_was_imported_before(office: Office, tmp_path: Path) -> None:
    central_lost(office)
    with office.engine.begin() as connection:
        written_off.release(connection, "depot-1", **BY)
    brought(office, tmp_path)
    with pytest.raises(DecisionRefused, match="may still come back"):
        lifted(office)
    with office.engine.begin() as connection:
        written_off.revoke(connection, "depot-1", **BY)
    assert lifted(office).grants == 5
    assert books(office, NEW).charged_ml == 6_000


def _nothing(office: Office, tmp_path: Path) -> None:
    followed(office)


def _goes_on(office: Office, tmp_path: Path) -> None:
    followed(office)
    brought(office, tmp_path, goes_on=True)


def _unsealed(office: Office, tmp_path: Path) -> None:
    followed(office)
    seals = [seal(office.first, entry) for entry in office.first.entries[:-1]]
    brought(office, tmp_path, seals=seals)


def _older(office: Office, tmp_path: Path) -> None:
    followed(office, 9)
    brought(office, tmp_path)


def _other(office: Office, tmp_path: Path) -> None:
    followed(office, 4, "f" * 64)
    brought(office, tmp_path)


def _between(office: Office, tmp_path: Path) -> None:
    """Central was lost with what it granted to an incarnation between the two that are known."""
    followed(office, 4, incarnation="b" * 16)
    brought(office, tmp_path)


def _unread(office: Office, tmp_path: Path) -> None:
    office.first.append("grant.activated", {"grant_no": "six"})
    followed(office)
    brought(office, tmp_path)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (_nothing, "to its end was imported; central holds it through 0"),
        (_goes_on, "to its end was imported; central holds it through 4"),
        (_unsealed, "to its end was imported; central holds it through 3"),
        (_older, "had 9 entries at least"),
        (_other, "two histories"),
        (_between, "follows b{16}, of which this central never heard"),
        (_unread, "1 of its entries cannot be used"),
    ],
)
def test_what_is_unknown_stays_withheld(
    office: Office, tmp_path: Path, step: Callable[[Office, Path], None], why: str
) -> None:
    central_lost(office)
    step(office, tmp_path)
    with pytest.raises(DecisionRefused, match=why):
        lifted(office)
    assert withheld(office) == ["depot-1"]
    (held,) = make_report(office.engine).withheld
    assert held == ("depot-1", OLD, [PERIOD])


def test_only_what_is_withheld_is_lifted_by_who_says_why(office: Office) -> None:
    central_lost(office)
    followed(office)
    with pytest.raises(DecisionRefused, match=f"because of: depot-1 {OLD}"):
        lifted(office, FRESH)
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match="why"):
        lift(connection, "depot-1", OLD, by="head", reason=" ", now=NOW)
