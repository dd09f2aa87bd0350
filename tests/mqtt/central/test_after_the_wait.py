"""What ends a restored central's wait, and what is done then for those who asked meanwhile."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from sqlalchemy import func, select, update

from gateway.core import facts
from gateway.core.allocation import Grant
from gateway.core.facts import EpochAdopted, GatewayRestored, GrantActivated, GrantRequested
from mqtt.central import directives, epochs
from mqtt.central.holders import Holder, read_books
from mqtt.central.minting import mint
from mqtt.central.quarantine import listed, retry
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import gateways, grants
from mqtt.central.written_off import release, revoke
from mqtt.payloads import read_directive
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller

RESERVE_ML = 3_000
LEARNED = 9
"""Number of a grant that central minted after its backup."""
GRANT_1_OF_SECOND = grants.c.gateway == "depot-2", grants.c.grant_no == 1


def restore(office: Office) -> int:
    with office.engine.begin() as connection:
        return begin_epoch(connection, NOW)


def adopts(office: Office, teller: Teller, epoch: int) -> None:
    """All that it has not delivered yet, and then its adoption."""
    teller.tell(EpochAdopted(epoch=epoch, through=office.row(teller.name).through))
    teller.epoch = epoch
    office.handle(teller.ledger(office.row(teller.name).through + 1))


def asks(teller: Teller, wanted_ml: int) -> str:
    asked = GrantRequested(kind="vehicle", subject=SUBJECTS[0], period=PERIOD, wanted_ml=wanted_ml)
    return teller.tell(asked).id


def activated(volume_ml: int = 2_000) -> GrantActivated:
    return GrantActivated(
        grant_no=LEARNED,
        subject=SUBJECTS[0],
        department="dinkes",
        period=PERIOD,
        volume_ml=volume_ml,
        not_before="2026-06-30T16:00:00.000Z",
        not_after="2026-07-31T15:59:59.999Z",
    )


def granted_to_first(office: Office) -> int:
    query = select(func.count()).select_from(grants).where(grants.c.gateway == "depot-1")
    return int(office.scalar(query))


def minted(office: Office) -> None:
    with office.engine.begin() as connection:
        mint(connection, PERIOD, ZONE, NOW)


def answers(office: Office, request_id: str) -> list[int]:
    """Volumes of the grants in the directives of depot-1 that answer a request."""
    with office.engine.connect() as connection:
        said = [read_directive(one) for one in directives.log_of(connection, "depot-1")]
    return [
        one.volume_ml for one in said if isinstance(one, Grant) and one.request_id == request_id
    ]


def reserve_ml(office: Office) -> int:
    with office.engine.connect() as connection:
        books = read_books(connection, Holder(PERIOD, "vehicle", SUBJECTS[0]))
    assert books is not None
    return books.reserve_ml


def awaited(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return epochs.awaited(connection)


def why_not(office: Office) -> str:
    with office.engine.connect() as connection:
        return epochs.mints_nothing(connection, PERIOD)


@pytest.mark.parametrize("asked", ["before the adoption", "after it"])
def test_who_asked_during_the_wait_is_served_at_its_end(office: Office, asked: str) -> None:
    epoch = restore(office)
    if asked == "before the adoption":
        request_id = asks(office.first, 2_500)
    adopts(office, office.first, epoch)
    if asked == "after it":
        request_id = asks(office.first, 2_500)
        office.handle(office.first.ledger(2))
    minted(office)
    assert answers(office, request_id) == []
    assert awaited(office) == ["depot-2"]
    adopts(office, office.second, epoch)
    assert awaited(office) == []
    minted(office)
    assert answers(office, request_id) == [2_500]
    assert reserve_ml(office) == RESERVE_ML - 2_500
    minted(office)
    assert answers(office, request_id) == [2_500], "once"


def test_what_the_lost_central_answered_is_not_answered_again(office: Office) -> None:
    epoch = restore(office)
    request_id = asks(office.first, 2_000)
    office.first.tell(activated())
    for teller in office.tellers.values():
        adopts(office, teller, epoch)
    minted(office)
    assert answers(office, request_id) == []
    assert reserve_ml(office) == RESERVE_ML - 2_000


@pytest.mark.parametrize("kind", ["grant.activated", "grant.activated2"])
def test_an_entry_in_quarantine_from_before_the_adoption_holds_up_the_minting(
    office: Office, kind: str
) -> None:
    epoch = restore(office)
    request_id = asks(office.first, 2_500)
    office.first.append(kind, {"grant_no": LEARNED})
    for teller in office.tellers.values():
        adopts(office, teller, epoch)
    assert awaited(office) == ["depot-1"]
    assert "entries of depot-1 cannot be used: takar central quarantine" in why_not(office)
    minted(office)
    assert answers(office, request_id) == []


def test_once_it_is_used_its_grant_is_known_and_the_wait_ends(office: Office) -> None:
    epoch = restore(office)
    before_ml = reserve_ml(office)
    # Put back whole: the order of the types is that of the published schema.
    unknown = patch("mqtt.central.opening.read_canonical", return_value=None)
    with patch.dict(facts.FACT_TYPES), unknown:
        del facts.FACT_TYPES["grant.activated"]
        office.first.tell(activated())
        for teller in office.tellers.values():
            adopts(office, teller, epoch)
    assert awaited(office) == ["depot-1"]
    with office.engine.begin() as connection:
        (kept,) = listed(connection)
        assert retry(connection, kept, ZONE, NOW) == ""
    assert awaited(office) == []
    assert why_not(office) == ""
    learned = select(grants.c.volume_ml).where(grants.c.grant_no == LEARNED)
    assert office.scalar(learned) == 2_000
    assert reserve_ml(office) == before_ml - 2_000


def test_one_after_the_adoption_holds_up_nothing(office: Office) -> None:
    """Not even in the same message: central minted whatever it could be."""
    epoch = restore(office)
    office.first.tell(EpochAdopted(epoch=epoch, through=0))
    office.first.epoch = epoch
    office.first.append("tank.dipped", {"level_ml": 5})
    office.handle(office.first.ledger())
    adopts(office, office.second, epoch)
    assert awaited(office) == []


def test_a_person_may_decide_not_to_wait_for_it(office: Office) -> None:
    epoch = restore(office)
    office.first.append("grant.activated", {"grant_no": LEARNED})
    for teller in office.tellers.values():
        adopts(office, teller, epoch)
    with office.engine.begin() as connection:
        release(connection, "depot-1", by="head", reason="it cannot be read", now=NOW)
    assert awaited(office) == []
    assert "may be held by depot-1" in why_not(office)


def test_what_was_in_quarantine_in_the_backup_holds_up_nothing(office: Office) -> None:
    """Central had minted whatever it could be, before the backup."""
    office.first.append("tank.dipped", {"level_ml": 5})
    office.handle(office.first.ledger())
    epoch = restore(office)
    for teller in office.tellers.values():
        adopts(office, teller, epoch)
    assert awaited(office) == []


def test_a_fresh_incarnation_may_end_the_wait_and_what_is_out_is_covered(office: Office) -> None:
    """It knew of the new epoch before its card died, so nobody waits for it any more."""
    epoch = restore(office)
    office.second.tell(activated(30_000))
    adopts(office, office.second, epoch)
    assert awaited(office) == ["depot-1"]
    fresh = replace(office.first, incarnation="a" * 16, entries=[], epoch=epoch)
    fresh.tell(
        GatewayRestored(
            by="x", version="1", configuration_hash="0" * 64, epoch=epoch, previous=None
        )
    )
    office.handle(fresh.ledger())
    assert awaited(office) == []
    with office.engine.connect() as connection:
        books = read_books(connection, Holder(PERIOD, "vehicle", SUBJECTS[0]))
    assert books is not None
    assert books.charged_ml == books.quota_ml


def test_a_close_during_the_wait_gives_nothing_back(office: Office) -> None:
    """Else what the recall took would be minted while depot-2's ledger is unknown."""
    epoch = restore(office)
    office.first.tell(EpochAdopted(epoch=epoch, through=0))
    office.first.epoch = epoch
    office.first.tell(facts.GrantClosed(grant_no=1, spent_ml=0, why="recalled"))
    with office.engine.begin() as connection:
        connection.execute(
            update(grants).where(grants.c.gateway == "depot-1").values(recalled=True)
        )
    before = office.scalar(select(func.count()).select_from(grants))
    office.handle(office.first.ledger())
    assert awaited(office) == ["depot-2"]
    assert office.scalar(select(grants.c.closed_ml).where(grants.c.closed_ml.is_not(None))) == 0
    assert office.scalar(select(func.count()).select_from(grants)) == before


def test_one_that_is_revoked_while_an_entry_of_it_waits_may_hold_grants(office: Office) -> None:
    """It adopted our epoch, but what it told before that is not all known."""
    epoch = restore(office)
    office.first.append("grant.activated", {"grant_no": LEARNED})
    for teller in office.tellers.values():
        adopts(office, teller, epoch)
    assert awaited(office) == ["depot-1"]
    with office.engine.begin() as connection:
        revoke(connection, "depot-1", by="head", reason="stolen", now=NOW)
    assert awaited(office) == []
    assert "may be held by depot-1" in why_not(office)


def test_what_a_former_incarnation_asked_for_is_given_to_no_other(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(update(gateways).values(state="online"))
    asks(office.first, RESERVE_ML)
    waits = asks(office.first, 10_000)
    office.handle(office.first.ledger())
    assert answers(office, waits) == []
    fresh = replace(office.first, incarnation="a" * 16, entries=[])
    fresh.tell(
        GatewayRestored(by="x", version="1", configuration_hash="0" * 64, epoch=1, previous=None)
    )
    office.handle(fresh.ledger())
    office.second.tell(facts.GrantClosed(grant_no=1, spent_ml=0, why="recalled"))
    before = granted_to_first(office)
    office.handle(office.second.ledger())
    assert office.scalar(select(grants.c.closed_ml).where(*GRANT_1_OF_SECOND)) == 0
    assert granted_to_first(office) == before
