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
from mqtt.central.found import reaches_known_head, refuse_unread, whole_through
from mqtt.central.learning import cover_what_is_out
from mqtt.central.tables import grants


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
    through = whole_through(connection, gateway, incarnation)
    refuse_unread(connection, gateway, incarnation)
    _refuse_unheard(connection, gateway)
    head_known = reaches_known_head(connection, gateway, incarnation, through)
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
