"""A restored central learns from the ledgers what it granted after its backup."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from gateway.core.facts import EpochAdopted, GrantActivated, GrantClosed, GrantsSkipped
from mqtt.central.grant_tables import quotas
from mqtt.central.holders import Holder, read_books
from mqtt.central.minting import mint
from mqtt.central.register import put_subject
from mqtt.central.returning import return_litres
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import grants
from mqtt.central.written_off import release, revoke
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS, ZONE, vehicle
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller


def granted_since(office: Office, teller: Teller, volume_ml: int) -> None:
    """Its ledger holds a grant to the first subject that the backup does not know."""
    with office.engine.connect() as connection:
        known = connection.execute(
            select(grants.c.not_before, grants.c.not_after).where(
                grants.c.gateway == teller.name, grants.c.subject == SUBJECTS[0]
            )
        ).one()
    teller.tell(
        GrantActivated(
            grant_no=9,
            subject=SUBJECTS[0],
            department="dinkes",
            period=PERIOD,
            volume_ml=volume_ml,
            not_before=known.not_before,
            not_after=known.not_after,
        )
    )


def quota_ml(office: Office) -> int:
    chosen = quotas.c.subject == SUBJECTS[0], quotas.c.period == PERIOD
    return int(office.scalar(select(quotas.c.quota_ml).where(*chosen)))


def restore(office: Office) -> int:
    with office.engine.begin() as connection:
        return begin_epoch(connection, NOW)


def adopt(office: Office, teller: Teller, epoch: int) -> None:
    teller.tell(EpochAdopted(epoch=epoch, through=0))
    teller.epoch = epoch
    office.handle(teller.ledger())


def came_back(connection: Connection, spent_ml: int) -> int:
    """A person charges the first grant only this."""
    return return_litres(
        connection, "depot-1", 1, spent_ml, by="head", reason="a receipt", zone=ZONE, now=NOW
    )


def test_litres_that_moved_after_the_backup_are_counted_once(office: Office) -> None:
    """Found by simulation seed 4: the quota was raised while a close was still to come."""
    before_ml = quota_ml(office)
    office.second.tell(GrantClosed(grant_no=1, spent_ml=0, why="recalled"))
    granted_since(office, office.first, volume_ml=17_000)
    epoch = restore(office)
    adopt(office, office.first, epoch)
    assert quota_ml(office) == before_ml
    adopt(office, office.second, epoch)
    assert quota_ml(office) == before_ml


def test_what_is_out_beyond_the_quota_counts_once_every_ledger_is_known(office: Office) -> None:
    before_ml = quota_ml(office)
    granted_since(office, office.first, volume_ml=before_ml)
    epoch = restore(office)
    adopt(office, office.first, epoch)
    assert quota_ml(office) == before_ml
    adopt(office, office.second, epoch)
    with office.engine.connect() as connection:
        chosen = grants.c.subject == SUBJECTS[0]
        out_ml = sum(connection.scalars(select(grants.c.volume_ml).where(chosen)))
    assert quota_ml(office) == out_ml
    assert out_ml > before_ml


@pytest.mark.parametrize("given_up", [release, revoke])
def test_what_is_out_counts_also_where_a_person_ends_the_wait(
    office: Office, given_up: Callable[..., int]
) -> None:
    before_ml = quota_ml(office)
    granted_since(office, office.first, volume_ml=before_ml)
    adopt(office, office.first, restore(office))
    assert quota_ml(office) == before_ml
    with office.engine.begin() as connection:
        given_up(connection, "depot-2", by="head", reason="burnt", now=NOW)
        books = read_books(connection, Holder(PERIOD, "vehicle", SUBJECTS[0]))
    assert books is not None
    assert books.quota_ml == books.charged_ml > before_ml


def test_what_was_sold_beyond_an_open_grant_is_out_too(office: Office) -> None:
    epoch = restore(office)
    beyond_ml = quota_ml(office)
    with office.engine.begin() as connection:
        first = grants.c.gateway == "depot-1", grants.c.subject == SUBJECTS[0]
        sold_ml = grants.c.volume_ml + beyond_ml
        connection.execute(update(grants).where(*first).values(spent_ml=sold_ml))
    adopt(office, office.first, epoch)
    adopt(office, office.second, epoch)
    with office.engine.connect() as connection:
        books = read_books(connection, Holder(PERIOD, "vehicle", SUBJECTS[0]))
    assert books is not None
    assert books.quota_ml == books.charged_ml > beyond_ml


def test_a_number_that_a_gateway_closed_unheld_is_never_given_again(office: Office) -> None:
    """It would leap over it for ever, and the litres would be nobody's."""
    epoch = restore(office)
    office.first.tell(GrantClosed(grant_no=8, spent_ml=0, why="never_held"))
    adopt(office, office.first, epoch)
    adopt(office, office.second, epoch)
    with office.engine.begin() as connection:
        put_subject(connection, vehicle("dh-2000-aa"), 40_000, NOW)
        mint(connection, PERIOD, ZONE, NOW)
        newest = select(grants.c.gateway, grants.c.grant_no).where(grants.c.subject == "dh-2000-aa")
        assert sorted(connection.execute(newest).all()) == [("depot-1", 9), ("depot-2", 4)]


def test_numbers_that_a_gateway_skipped_are_never_given_again(office: Office) -> None:
    epoch = restore(office)
    office.first.tell(GrantsSkipped(first=4, last=5000))
    adopt(office, office.first, epoch)
    adopt(office, office.second, epoch)
    with office.engine.begin() as connection:
        put_subject(connection, vehicle("dh-2000-aa"), 40_000, NOW)
        mint(connection, PERIOD, ZONE, NOW)
        newest = select(grants.c.gateway, grants.c.grant_no).where(grants.c.subject == "dh-2000-aa")
        assert ("depot-1", 5001) in connection.execute(newest).all()


def test_a_number_whose_directive_never_arrived_may_come_again(office: Office) -> None:
    """Nobody who is left knows of it; and behind its `epoch.adopted` a gateway takes nothing of an
    older epoch."""

    def given(connection: Connection, subject: str) -> list[tuple[str, int]]:
        put_subject(connection, vehicle(subject), 40_000, NOW)
        mint(connection, PERIOD, ZONE, NOW)
        newest = select(grants.c.gateway, grants.c.grant_no).where(grants.c.subject == subject)
        return sorted((name, number) for name, number in connection.execute(newest))

    with office.engine.connect() as connection:
        lost = given(connection, "dh-2000-aa")
        connection.rollback()
    epoch = restore(office)
    adopt(office, office.first, epoch)
    adopt(office, office.second, epoch)
    with office.engine.begin() as connection:
        assert given(connection, "dh-3000-bb") == lost == [("depot-1", 4), ("depot-2", 4)]


def test_litres_returned_after_they_were_counted_twice_are_not_given_again(office: Office) -> None:
    """The lost central had them back from one gateway, and had granted them to the other."""
    before_ml = quota_ml(office)
    holder = Holder(PERIOD, "vehicle", SUBJECTS[0])
    with office.engine.connect() as connection:
        books = read_books(connection, holder)
        volume_ml = connection.execute(
            select(grants.c.volume_ml).where(
                grants.c.gateway == "depot-1", grants.c.subject == SUBJECTS[0]
            )
        ).scalar_one()
    assert books is not None
    epoch = restore(office)
    office.first.tell(GrantClosed(grant_no=1, spent_ml=0, why="recalled"))
    granted_since(office, office.second, volume_ml + books.reserve_ml)
    adopt(office, office.second, epoch)
    with office.engine.begin() as connection:
        release(connection, "depot-1", by="head", reason="silent", now=NOW)
    adopt(office, office.first, epoch)
    assert quota_ml(office) == before_ml + volume_ml
    with office.engine.begin() as connection:
        assert came_back(connection, 0) == 0
        books = read_books(connection, holder)
    assert books is not None
    assert (books.quota_ml, books.reserve_ml) == (before_ml, 0)


def test_beyond_what_a_quota_was_raised_by_litres_come_back(office: Office) -> None:
    before_ml = quota_ml(office)
    epoch = restore(office)
    granted_since(office, office.second, before_ml - 2 * 18_500 + 500)
    adopt(office, office.second, epoch)
    with office.engine.begin() as connection:
        release(connection, "depot-1", by="head", reason="silent", now=NOW)
    adopt(office, office.first, epoch)
    assert quota_ml(office) == before_ml + 500
    with office.engine.begin() as connection:
        assert came_back(connection, 18_200) == 0
        assert came_back(connection, 17_500) == 500
    assert quota_ml(office) == before_ml
