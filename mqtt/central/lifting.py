"""A person lifts what is withheld, once the old card's ledger was found and imported.

What an incarnation may hold unknown to a restored central is withheld (epochs.py). Its ledger
names all its grants; but no file proves that nothing came after its last entry. So a person
says that this was the card in use, and central checks what can be checked: that the incarnation
can say nothing more, that a whole file was imported, as far as anybody has ever known the
ledger, that each entry could be used, and that no other incarnation came between it and those
that are known. What was granted by it stays charged in full.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from mqtt.central import epochs
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.former import beginnings, former_ledger
from mqtt.central.history_tables import imported_whole
from mqtt.central.known import known_gateway
from mqtt.central.learning import cover_what_is_out
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import entries, grants
from mqtt.payloads import MessageRejected


class Lifted(NamedTuple):
    """What is minted again, and on what evidence."""

    periods: list[str]
    through: int
    """The ledger's last entry, by the file that was imported."""
    head_known: bool
    """Whoever followed it knew how far it had got, and it got as far."""
    grants: int
    charged_ml: int
    """Of the grants of these periods that the incarnation held."""


def lift(
    connection: Connection, gateway: str, incarnation: str, *, by: str, reason: str, now: datetime
) -> Lifted:
    """Mint again what was withheld because of an incarnation. DecisionRefused says what is
    still unknown; then all of it stays withheld."""
    if not by.strip() or not reason.strip():
        raise DecisionRefused("a decision needs who takes it, and why")
    periods = epochs.withheld_of(connection, gateway, incarnation)
    if not periods:
        held = (
            ", ".join(f"{one.gateway} {one.incarnation}" for one in epochs.all_withheld(connection))
            or "nobody"
        )
        raise DecisionRefused(
            f"nothing is withheld because of {gateway}, incarnation {incarnation}; it is because "
            f"of: {held}"
        )
    whose = f"{gateway}, incarnation {incarnation}"
    through = _through(connection, gateway, incarnation)
    _refuse_unread(connection, gateway, incarnation)
    _refuse_unheard(connection, gateway)
    head_known = _reaches_known_head(connection, gateway, incarnation, through)
    columns = grants.c
    of_it = select(func.count(), func.coalesce(func.sum(columns.closed_ml), 0)).where(
        columns.gateway == gateway,
        columns.incarnation == incarnation,
        columns.period.in_(periods),
    )
    count, charged_ml = connection.execute(of_it).one()
    epochs.unwithhold(connection, gateway, incarnation)
    evidence = "" if head_known else "; nobody else knew where its ledger ends"
    what = (
        f"{', '.join(periods)} no longer withheld because of {whose}, imported through {through}"
        f"{evidence}: {count} grants stay charged {charged_ml} ml"
    )
    decided(connection, what, by=by, reason=reason, now=now)
    cover_what_is_out(connection)
    return Lifted(periods, through, head_known, count, int(charged_ml))


def _through(connection: Connection, gateway: str, incarnation: str) -> int:
    """The end of the ledger, if it has ended and a whole file of it was imported."""
    try:
        known = known_gateway(connection, gateway)
    except MessageRejected as error:
        raise DecisionRefused(str(error)) from error
    former = former_ledger(connection, gateway, incarnation)
    if former is None and known.revoked is None:
        raise DecisionRefused(
            f"{gateway} may still come back in incarnation {incarnation}: connect it, and its "
            "report lifts this by itself; or bring a new card of it online (takar restore), or "
            "revoke it"
        )
    through = known.through if former is None else former.through
    whole = select(imported_whole.c.through).filter_by(gateway=gateway, incarnation=incarnation)
    if connection.scalar(whole) != through:
        raise DecisionRefused(
            f"no file that holds the ledger of {gateway}, incarnation {incarnation}, to its end "
            f"was imported; central holds it through {through}. Export it from its card (takar "
            "ledger export) and import that (takar central import)"
        )
    return through


def _refuse_unread(connection: Connection, gateway: str, incarnation: str) -> None:
    columns = quarantine.c
    of_it = columns.gateway == gateway, columns.incarnation == incarnation
    waits = select(func.count()).where(*of_it, columns.settled.is_(None))
    if count := connection.scalar(waits):
        raise DecisionRefused(
            f"{count} of its entries cannot be used, and may be grants: takar central quarantine"
        )


def _refuse_unheard(connection: Connection, gateway: str) -> None:
    """What is withheld because of one is so for all that came between it and the next we know."""
    for began in beginnings(connection):
        previous = began.said.previous if began.gateway == gateway else None
        if previous is None or former_ledger(connection, gateway, previous.incarnation):
            continue
        raise DecisionRefused(
            f"{began.incarnation} of {gateway} says that it follows {previous.incarnation}, of "
            "which this central never heard: what that one was granted nobody can tell, so these "
            "months stay closed"
        )


def _reaches_known_head(
    connection: Connection, gateway: str, incarnation: str, through: int
) -> bool:
    """Is it the ledger that a later incarnation said it follows, and as long at least?"""
    said = False
    for began in beginnings(connection):
        previous = began.said.previous if began.gateway == gateway else None
        if previous is None or previous.incarnation != incarnation or not previous.sequence:
            continue
        said = True
        ours = select(entries.c.hash).filter_by(
            gateway=gateway, incarnation=incarnation, sequence=previous.sequence
        )
        if previous.sequence > through:
            raise DecisionRefused(
                f"the ledger of {gateway}, incarnation {incarnation}, had {previous.sequence} "
                f"entries at least, by {began.incarnation}; central holds {through}. "
                "Is it an older copy?"
            )
        if connection.scalar(ours) != previous.head:
            raise DecisionRefused(
                f"entry {previous.sequence} of {gateway}, incarnation {incarnation}, is another "
                f"than {began.incarnation} says it follows: two histories of it are about"
            )
    return said
