"""What is proven of a ledger that has ended, once its card was found and imported.

No file proves that nothing came after its last entry: a person says that this was the card in
use. What can be checked is checked here.
"""

from sqlalchemy import Connection, func, select

from mqtt.central.decisions import DecisionRefused
from mqtt.central.former import beginnings, former_ledger
from mqtt.central.history_tables import imported_whole
from mqtt.central.known import known_gateway
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import entries
from mqtt.payloads import MessageRejected


def whole_through(connection: Connection, gateway: str, incarnation: str) -> int:
    """The end of the ledger, if it has ended and a whole file of it was imported."""
    try:
        known = known_gateway(connection, gateway)
    except MessageRejected as error:
        raise DecisionRefused(str(error)) from error
    former = former_ledger(connection, gateway, incarnation)
    if former is None and known.revoked is None:
        raise DecisionRefused(
            f"{gateway} may still come back in incarnation {incarnation}: connect it, and its own "
            "report settles this; or bring a new card of it online (takar restore), or revoke it"
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


def refuse_unread(connection: Connection, gateway: str, incarnation: str) -> None:
    """DecisionRefused while an entry of it waits in quarantine."""
    columns = quarantine.c
    of_it = columns.gateway == gateway, columns.incarnation == incarnation
    waits = select(func.count()).where(*of_it, columns.settled.is_(None))
    if count := connection.scalar(waits):
        raise DecisionRefused(
            f"{count} of its entries cannot be used, and may be grants: takar central quarantine"
        )


def reaches_known_head(
    connection: Connection, gateway: str, incarnation: str, through: int
) -> bool:
    """Did a later incarnation say what it follows, and is this that ledger, and as long at least?

    False where nobody said it; DecisionRefused if it is another, or shorter.
    """
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
