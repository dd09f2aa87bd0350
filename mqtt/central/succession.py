"""A gateway's fresh incarnation, and directives that begin anew."""

import logging
from datetime import datetime

from sqlalchemy import Connection, delete, insert, literal, select, update

from gateway.core.allocation import Directive, Grant, RecallGrant
from gateway.core.chain import GENESIS
from gateway.core.facts import GatewayRestored
from mqtt.central import directives, epochs, gateway_keys
from mqtt.central.applying import Forked
from mqtt.central.decisions import close_at_full_volume, decided
from mqtt.central.former import former_ledger
from mqtt.central.history_tables import former_directives, former_ledgers
from mqtt.central.known import Known, known_gateway
from mqtt.central.learning import cover_what_is_out
from mqtt.central.periods import utc_text
from mqtt.central.pieces import Told
from mqtt.central.register import all_that_holds
from mqtt.central.tables import directives as directives_table
from mqtt.central.tables import gateways, grants
from mqtt.payloads import MessageRejected

log = logging.getLogger(__name__)
CENTRAL = "central"


def begin_incarnation(
    connection: Connection,
    gateway: Known,
    incarnation: str,
    first: Told,
    now: datetime,
    *,
    unheard: bool = False,
) -> Known:
    """A gateway goes on with an empty ledger, whose first entry is this `gateway.restored`.

    `unheard`: a restored central may not know yet which incarnations there were.
    MessageRejected if the entry does not read as one; Forked if what it follows is followed by
    another already.

    All that the former incarnation held counts as sold: nobody can tell what its card sold
    last. What a restored central has not heard of it may be more than is left of a quota.
    """
    restored = first.fact
    if not isinstance(restored, GatewayRestored):
        raise MessageRejected(first.why or f"{first.type} begins no incarnation")
    if restored.previous is None:
        log.warning(
            "%s goes on as %s, restored, and knows nothing of the incarnation before it, "
            "%s: if that card is still in use, take one of the two out",
            gateway.name,
            incarnation,
            gateway.incarnation,
            extra={"event": "gateway_restored_unknown"},
        )
    if not unheard:
        _refuse_sibling(connection, gateway, incarnation, restored)
    own = epochs.epoch(connection)
    if gateway.epoch < own:
        epochs.withhold(connection, gateway.name, gateway.incarnation, now)
    closed = close_at_full_volume(connection, gateway.name)
    connection.execute(
        insert(former_ledgers).values(
            gateway=gateway.name,
            incarnation=gateway.incarnation,
            through=gateway.through,
            head=gateway.head,
            ended=utc_text(now),
        )
    )
    decided(
        connection,
        f"gateway {gateway.name} goes on",
        by=CENTRAL,
        reason=f"incarnation {incarnation}, restored by {restored.by}, follows "
        f"{gateway.incarnation}, applied through {gateway.through}: {closed} grants closed at "
        "full volume",
        now=now,
    )
    end_directives(connection, gateway.name, gateway.incarnation, own)
    chosen = update(gateways).where(gateways.c.name == gateway.name)
    connection.execute(
        chosen.values(
            incarnation=incarnation,
            through=0,
            head=GENESIS,
            boot=0,
            state="online",
            fork=None,
            epoch=min(restored.epoch, own),
        )
    )
    gateway_keys.begin_incarnation(connection, gateway.name, gateway.incarnation, incarnation)
    begin_directives(connection, gateway.name, now)
    if gateway.epoch < own:
        cover_what_is_out(connection)  # it may have been the last that was waited for
    return known_gateway(connection, gateway.name)


def _refuse_sibling(
    connection: Connection, gateway: Known, incarnation: str, restored: GatewayRestored
) -> None:
    """Two cards were restored from one, and the other goes on: it must not be shut out.

    One that follows an incarnation of which we never heard is none: a card may die before it
    has met us. Nor can we tell of one that knows nothing of what it follows: it goes on, and
    the log and `takar report` say so.
    """
    previous = restored.previous
    if previous and former_ledger(connection, gateway.name, previous.incarnation):
        raise Forked(
            f"incarnation {incarnation} of {gateway.name} follows {previous.incarnation}, which "
            f"has ended: {gateway.incarnation} goes on there. Were two cards restored? Take this "
            "one out. If it is the other that is lost, run takar restore on this one once more"
        )


def begin_epoch(connection: Connection, now: datetime) -> int:
    """This central was restored: a new epoch, and new directives for every gateway."""
    before = epochs.epoch(connection)
    query = select(gateways.c.name, gateways.c.incarnation)
    for name, incarnation in connection.execute(query).all():
        end_directives(connection, name, incarnation, before)
    new = epochs.raise_epoch(connection, now)
    for head in directives.heads(connection):
        begin_directives(connection, head.gateway, now)
    return new


def end_directives(connection: Connection, gateway: str, incarnation: str, epoch: int) -> None:
    """Put a gateway's directives aside; those of a new log count from 1."""
    columns = directives_table.c
    theirs = columns.gateway == gateway
    moved = select(
        columns.gateway,
        literal(incarnation),
        literal(epoch),
        columns.sequence,
        columns.type,
        columns.hash,
        columns.body,
    ).where(theirs)
    connection.execute(insert(former_directives).from_select(list(former_directives.c), moved))
    connection.execute(delete(directives_table).where(theirs))
    chosen = update(gateways).where(gateways.c.name == gateway)
    connection.execute(chosen.values(directives_through=0, directives_head=GENESIS))


def begin_directives(connection: Connection, gateway: str, now: datetime) -> None:
    """Begin a gateway's directives with all that holds, and the grants that it may hold."""
    bodies = [*all_that_holds(connection), *_open_grants(connection, gateway)]
    directives.append(connection, bodies, now, only=gateway)


def _open_grants(connection: Connection, gateway: str) -> list[Directive]:
    names = [name for name in Grant.__struct_fields__ if name in grants.c and name != "request_id"]
    rows = connection.execute(
        select(*(grants.c[name] for name in names), grants.c.recalled)
        .where(grants.c.gateway == gateway, grants.c.closed_ml.is_(None))
        .order_by(grants.c.grant_no)
    )
    bodies: list[Directive] = []
    for *values, recalled in rows:
        grant = Grant(**dict(zip(names, values, strict=True)))
        bodies.append(grant)
        if recalled:
            bodies.append(RecallGrant(grant_no=grant.grant_no))
    return bodies
