"""A restored central: it mints nothing until it knows, and learns from the ledgers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from gateway.core.chain import GENESIS
from gateway.core.facts import Charge, EpochAdopted, GatewayRestored, GrantActivated
from mqtt.central import epochs
from mqtt.central.grant_tables import quotas
from mqtt.central.history_tables import withheld
from mqtt.central.minting import mint
from mqtt.central.register import put_subject
from mqtt.central.report_tables import anomalies
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import grants
from mqtt.central.written_off import release, revoke
from mqtt.messages import DirectivesMessage
from mqtt.payloads import decode
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE, vehicle
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller

FRESH = "a" * 16
NEW = "dh-2000-aa"


def restore(office: Office) -> int:
    """As if its database had come from a backup."""
    with office.engine.begin() as connection:
        return begin_epoch(connection, NOW)


def adopt(teller: Teller, epoch: int, through: int) -> None:
    teller.tell(EpochAdopted(epoch=epoch, through=through))
    teller.epoch = epoch


def activated(number: int, subject: str = SUBJECTS[0], volume_ml: int = 5000) -> GrantActivated:
    return GrantActivated(
        grant_no=number,
        subject=subject,
        department="dinkes",
        period=PERIOD,
        volume_ml=volume_ml,
        not_before="2026-06-30T16:00:00.000Z",
        not_after="2026-07-31T15:59:59.999Z",
    )


def minted(office: Office) -> int:
    """How many grants a vehicle that is new gets now."""
    with office.engine.begin() as connection:
        put_subject(connection, vehicle(NEW), 10_000, NOW)
        return mint(connection, PERIOD, ZONE, NOW).grants


def charged_ml(office: Office, subject: str) -> int:
    column = func.sum(func.coalesce(grants.c.closed_ml, grants.c.volume_ml))
    return int(office.scalar(select(column).where(grants.c.subject == subject)) or 0)


def awaited(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return epochs.awaited(connection)


def test_the_epoch_is_told_and_old_requests_are_answered_with_it(office: Office) -> None:
    office.first.sell()
    office.handle(office.first.ledger())
    epoch = restore(office)
    assert epoch == 20260710040000
    seal = office.acknowledged(office.handle(office.first.request(4, "f" * 64)))["depot-1"]
    assert (seal.epoch, seal.sequence, seal.head) == (epoch, 1, office.first.entries[0].hash)
    office.first.epoch = epoch
    (published,) = office.handle(office.first.request(1, GENESIS))
    message = decode("directives", published.payload)
    assert isinstance(message, DirectivesMessage)
    assert [e.data["grant_no"] for e in message.directives if e.type == "grant.put"] == [1, 2, 3]


def test_a_second_restore_of_the_same_backup_is_another_epoch(office: Office) -> None:
    assert restore(office) < restore(office)


def test_nothing_is_minted_until_every_ledger_is_applied_through_its_adoption(
    office: Office,
) -> None:
    epoch = restore(office)
    assert awaited(office) == ["depot-1", "depot-2"]
    assert minted(office) == 0
    for teller in office.tellers.values():
        assert minted(office) == 0
        teller.sell()
        adopt(teller, epoch, 0)
        office.handle(teller.ledger(2))
        assert teller.name in awaited(office), "a gap proves nothing"
        office.handle(teller.ledger())
        assert teller.name not in awaited(office)
    assert minted(office) > 0


def test_a_grant_after_the_backup_is_learned_with_its_sales(office: Office) -> None:
    epoch = restore(office)
    before_ml = charged_ml(office, SUBJECTS[0])
    office.first.tell(activated(4))
    office.first.sell(3000, charges=[Charge(4, 3000)])
    adopt(office.first, epoch, 0)
    office.first.tell(activated(5))
    office.handle(office.first.ledger())
    assert charged_ml(office, SUBJECTS[0]) == before_ml + 5000
    learned = select(grants.c.spent_ml).where(grants.c.grant_no == 4, grants.c.gateway == "depot-1")
    assert office.scalar(learned) == 3000
    assert office.scalar(select(func.count()).select_from(grants)) == 7
    assert "never minted" in office.scalar(select(anomalies.c.what))


def test_of_a_month_that_was_split_after_the_backup_only_the_rest_is_given(office: Office) -> None:
    epoch = restore(office)
    with office.engine.begin() as connection:
        put_subject(connection, vehicle(NEW), 10_000, NOW)
    office.first.tell(activated(4, NEW, 7000))
    for teller in office.tellers.values():
        adopt(teller, epoch, 0)
        office.handle(teller.ledger())
    assert minted(office) == 0, "it is split already"
    assert charged_ml(office, NEW) == 7000
    assert office.scalar(select(quotas.c.quota_ml).where(quotas.c.subject == NEW)) == 10_000


def test_what_the_register_does_not_know_is_learned_all_the_same(office: Office) -> None:
    epoch = restore(office)
    office.first.tell(activated(4, "unknown-car", 7000))
    adopt(office.first, epoch, 0)
    assert office.acknowledged(office.handle(office.first.ledger()))["depot-1"].sequence == 2
    adopt(office.second, epoch, 0)
    office.handle(office.second.ledger())
    assert office.scalar(select(quotas.c.quota_ml).where(quotas.c.subject == "unknown-car")) == 7000


@pytest.mark.parametrize("give_up", [release, revoke])
def test_one_that_never_reports_is_charged_in_full_and_the_rest_withheld(
    office: Office, give_up: Callable[..., int]
) -> None:
    epoch = restore(office)
    adopt(office.second, epoch, 0)
    office.handle(office.second.ledger())
    with office.engine.begin() as connection:
        assert give_up(connection, "depot-1", by="head", reason="burnt", now=NOW) == 3
    assert awaited(office) == []
    assert minted(office) == 0
    with office.engine.connect() as connection:
        assert connection.execute(select(withheld)).all() == [("depot-1", "1" * 16, PERIOD)]
        assert epochs.mints_nothing(connection, "2026-08") == ""


def test_one_that_was_released_and_reports_after_all_lifts_it(office: Office) -> None:
    epoch = restore(office)
    adopt(office.second, epoch, 0)
    office.handle(office.second.ledger())
    with office.engine.begin() as connection:
        release(connection, "depot-1", by="head", reason="silent", now=NOW)
    office.first.tell(activated(4))
    adopt(office.first, epoch, 0)
    office.handle(office.first.ledger())
    assert minted(office) > 0
    assert office.scalar(select(func.count()).select_from(withheld)) == 0


def _restored(teller: Teller, epoch: int) -> Teller:
    fresh = replace(teller, incarnation=FRESH, epoch=epoch, entries=[])
    fresh.tell(
        GatewayRestored(
            by="technician", version="1", configuration_hash="0" * 64, epoch=epoch, previous=None
        )
    )
    return fresh


def test_an_incarnation_begun_after_the_backup_is_asked_for_from_its_first_entry(
    office: Office,
) -> None:
    """And what the one before it held, unknown to anybody, stays withheld."""
    epoch = restore(office)
    fresh = _restored(office.first, 1)
    fresh.sell(charges=[Charge(9, 1000)])
    (answer,) = office.handle(fresh.ledger(2))
    seal: Any = decode("ledger/ack", answer.payload)
    assert (seal.incarnation, seal.epoch, seal.sequence) == (FRESH, epoch, 0)
    adopt(fresh, epoch, 0)
    office.handle(fresh.ledger())
    adopt(office.second, epoch, 0)
    office.handle(office.second.ledger())
    assert awaited(office) == []
    assert minted(office) == 0
    assert office.scalar(select(withheld.c.incarnation)) == "1" * 16


def test_it_is_asked_for_also_where_it_has_nothing_new_to_tell(office: Office) -> None:
    """Found by the search over restores: it waited for a sale to be heard of."""
    epoch = restore(office)
    fresh = _restored(office.first, 1)
    (answer,) = office.handle(fresh.request(1, GENESIS))
    seal: Any = decode("ledger/ack", answer.payload)
    assert (seal.incarnation, seal.epoch, seal.sequence) == (FRESH, epoch, 0)
    stranger = replace(fresh, key=office.second.key)
    assert office.handle(stranger.request(1, GENESIS)) == []


def test_a_gateway_restored_while_central_was_is_not_waited_for_twice(office: Office) -> None:
    epoch = restore(office)
    office.handle(_restored(office.first, epoch).ledger())
    assert awaited(office) == ["depot-2"]


def test_the_next_month_is_withheld_where_any_grant_of_it_is_known(
    office: Office, tmp_path: Path
) -> None:
    restore(office)
    with office.engine.begin() as connection:
        known = connection.execute(select(grants).limit(1)).one()._asdict()
        known |= {"grant_no": 99, "period": "2026-08", "request_id": "early"}
        connection.execute(insert(grants).values(**known))
        release(connection, "depot-1", by="head", reason="burnt", now=NOW)
        assert epochs.withheld_by(connection, "2026-08") == ["depot-1"]
