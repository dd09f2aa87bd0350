"""What a restored central learns from the ledgers: grants of which its backup says nothing."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, case, func, insert, select, update

from gateway.core.facts import EpochAdopted, GrantActivated, GrantClosed, GrantsSkipped
from mqtt.central import epochs
from mqtt.central.budgets import committed_idr
from mqtt.central.grant_tables import quotas
from mqtt.central.holders import Holder
from mqtt.central.pieces import Told
from mqtt.central.tables import gateways, grants, identity, subjects
from mqtt.central.teller import Teller

LEARNED = frozenset((GrantActivated, GrantClosed, GrantsSkipped, EpochAdopted))

_EPOCHS = select(gateways.c.epoch, select(identity.c.epoch).scalar_subquery()).where(
    gateways.c.name == bindparam("of_gateway")
)


def learn(teller: Teller, read: Sequence[Told], *, in_wait: bool = False) -> None:
    """Take up grants activated before the gateway adopted our epoch, then its adoption.

    After the adoption nothing is learned: a grant that we did not mint then was minted by
    nobody, and stays an anomaly. `in_wait`: they stand before the adoption, and were in
    quarantine until now.

    Of grants that were closed without ever being held only the numbers are learned.
    """
    if LEARNED.isdisjoint({type(told.fact) for told in read}):
        return
    connection, gateway, incarnation = teller.connection, teller.gateway, teller.incarnation
    known_epoch, own = connection.execute(_EPOCHS, {"of_gateway": gateway}).one()
    for told in read:
        fact = told.fact
        if isinstance(fact, EpochAdopted) and known_epoch < fact.epoch <= own:
            known_epoch = fact.epoch
            epochs.adopted(connection, gateway, incarnation, fact.epoch)
        elif isinstance(fact, GrantActivated) and (in_wait or known_epoch < own):
            _take_up(connection, gateway, incarnation, told.sequence, fact)
        elif isinstance(fact, GrantClosed) and (in_wait or known_epoch < own):
            _number_used(connection, gateway, fact.grant_no)
        elif isinstance(fact, GrantsSkipped) and (in_wait or known_epoch < own):
            _number_used(connection, gateway, fact.last)


def learn_former(teller: Teller, read: Sequence[Told]) -> None:
    """Take up grants of an incarnation that has ended, where some may be unknown: as charged.

    They change nothing that is minted: as long as they matter, their months are withheld.
    """
    told = [one for one in read if isinstance(one.fact, GrantActivated)]
    if not told or not epochs.withheld_of(teller.connection, teller.gateway, teller.incarnation):
        return
    for one in told:
        if isinstance(one.fact, GrantActivated):
            whose = teller.connection, teller.gateway, teller.incarnation
            _take_up(*whose, one.sequence, one.fact, closed_ml=one.fact.volume_ml)


def _number_used(connection: Connection, gateway: str, grant_no: int) -> None:
    """The gateway takes up no grant of this number again, nor of a lower one."""
    columns = gateways.c
    lower = columns.name == gateway, columns.grants_through < grant_no
    connection.execute(update(gateways).where(*lower).values(grants_through=grant_no))


def learned_id(incarnation: str, sequence: int) -> str:
    """Stands where the request's id would be, which an activation does not say."""
    return f"learned from {incarnation}/{sequence}"


def _take_up(
    connection: Connection,
    gateway: str,
    incarnation: str,
    sequence: int,
    grant: GrantActivated,
    closed_ml: int | None = None,
) -> None:
    key = (
        grants.c.gateway == gateway,
        grants.c.incarnation == incarnation,
        grants.c.grant_no == grant.grant_no,
    )
    if connection.execute(select(grants.c.grant_no).where(*key)).first() is not None:
        return
    connection.execute(
        insert(grants).values(
            gateway=gateway,
            grant_no=grant.grant_no,
            incarnation=incarnation,
            request_id=learned_id(incarnation, sequence),
            kind=grant.kind,
            subject=grant.subject,
            department=grant.department,
            period=grant.period,
            volume_ml=grant.volume_ml,
            spent_ml=0,
            closed_ml=closed_ml,
            recalled=False,
            not_before=grant.not_before,
            not_after=grant.not_after,
        )
    )
    _cover(connection, grant)


def _cover(connection: Connection, grant: GrantActivated) -> None:
    """Fix the quota that the lost central split, as the register has it.

    Of a vehicle's, what it overran before is taken off, as the lost central did.
    """
    whose = {"period": grant.period, "kind": grant.kind, "subject": grant.subject}
    if connection.execute(select(quotas.c.quota_ml).filter_by(**whose)).first() is None:
        quota_ml, deducted_ml = _registered_ml(connection, grant)
        values = {
            "quota_ml": quota_ml,
            "committed_idr": committed_idr(connection, grant.kind, grant.subject, quota_ml),
            "deducted_ml": deducted_ml,
        }
        connection.execute(insert(quotas).values(department=grant.department, **whose, **values))


def cover_what_is_out(connection: Connection) -> None:
    """Once nobody is waited for any more, raise a quota to what its grants are charged.

    Not before: while the close of a grant is still to come from one gateway, its litres may
    count at another already, and a quota raised by both would give them out again.

    The sums hold: no grant is beyond MOST_GRANT_ML and no sale beyond MOST_FILL_ML.
    """
    if epochs.awaited(connection):
        return
    columns, whole_ml = quotas.c, func.coalesce(grants.c.closed_ml, grants.c.volume_ml)
    charged = func.sum(case((grants.c.spent_ml > whole_ml, grants.c.spent_ml), else_=whole_ml))
    same = (
        grants.c.period == columns.period,
        grants.c.kind == columns.kind,
        grants.c.subject == columns.subject,
    )
    query = (
        select(columns.period, columns.kind, columns.subject, columns.quota_ml, charged)
        .join(grants, and_(*same))
        .group_by(columns.period, columns.kind, columns.subject, columns.quota_ml)
        .having(charged > columns.quota_ml)
    )
    for period, kind, subject, quota_ml, charged_ml in connection.execute(query).all():
        _cover_more(connection, Holder(period, kind, subject), quota_ml, charged_ml - quota_ml)


def uncover(connection: Connection, holder: Holder, returned_ml: int) -> int:
    """Take litres that a person returns off a quota that was raised; how many were taken off.

    The lost central may have had them back already and granted them elsewhere: then they were
    counted twice when the quota was raised, and must not be given out a second time.
    """
    query = select(quotas.c.quota_ml, quotas.c.covered_ml).filter_by(**holder._asdict())
    quota = connection.execute(query).first()
    less_ml = min(returned_ml, quota.covered_ml) if quota else 0
    if quota and less_ml:
        _cover_more(connection, holder, quota.quota_ml, -less_ml)
    return less_ml


def _cover_more(connection: Connection, holder: Holder, quota_ml: int, more_ml: int) -> None:
    quota_ml = int(quota_ml + more_ml)
    connection.execute(
        update(quotas)
        .filter_by(**holder._asdict())
        .values(
            quota_ml=quota_ml,
            covered_ml=quotas.c.covered_ml + int(more_ml),
            committed_idr=committed_idr(connection, holder.kind, holder.subject, quota_ml),
        )
    )


def _registered_ml(connection: Connection, grant: GrantActivated) -> tuple[int, int]:
    """A vehicle's quota less its overrun, which is settled by this, and so much of that; 0 of any
    other holder."""
    if grant.kind != "vehicle":
        return 0, 0
    whose = subjects.c.subject == grant.subject
    row = connection.execute(
        select(subjects.c.quota_ml, subjects.c.overrun_ml).where(whose)
    ).first()
    if row is None:
        return 0, 0
    deducted_ml = min(row.quota_ml, row.overrun_ml)
    left = update(subjects).where(whose).values(overrun_ml=row.overrun_ml - deducted_ml)
    connection.execute(left)
    return int(row.quota_ml - deducted_ml), int(deducted_ml)
