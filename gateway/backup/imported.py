"""What became of an import: what was taken in, what it proves, what it leaves open."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from mqtt.central.history_tables import imported_whole
from mqtt.central.known import Known
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import grants


class Less(NamedTuple):
    """A grant that is charged more than its gateway's sales, as far as they are known."""

    grant_no: int
    charged_ml: int
    sold_ml: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in."""

    gateway: str
    incarnation: str
    first: int
    through: int
    """`first` - 1 where central held all of it before."""
    unsealed: int
    """Entries behind the last seal, which nothing proves."""
    ended: bool
    """It is history: of an incarnation that another one has followed."""
    less: list[Less]
    """Of such a one: what its ledger proves less than was charged."""
    unusable: int
    """Entries taken in now that wait in quarantine: proven, but central cannot use them yet."""
    withheld: list[str]
    """Months of which nothing is minted because of this incarnation."""


def unusable(connection: Connection, known: Known, before: int) -> int:
    """Of the entries behind `before`."""
    columns = quarantine.c
    query = select(func.count()).where(
        columns.gateway == known.name,
        columns.incarnation == known.incarnation,
        columns.sequence > before,
        columns.settled.is_(None),
    )
    return connection.scalar(query) or 0


def note_whole(connection: Connection, known: Known) -> None:
    """The file ends where the ledger did when it was made, and central holds all of it."""
    whose = {"gateway": known.name, "incarnation": known.incarnation}
    columns = imported_whole.c
    of_it = columns.gateway == known.name, columns.incarnation == known.incarnation
    connection.execute(delete(imported_whole).where(*of_it))
    connection.execute(insert(imported_whole).values(**whose, through=known.through))


def less_sold(connection: Connection, known: Known) -> list[Less]:
    columns = grants.c
    query = select(columns.grant_no, columns.closed_ml, columns.spent_ml).where(
        columns.gateway == known.name,
        columns.incarnation == known.incarnation,
        columns.closed_ml > columns.spent_ml,
    )
    return [Less(*row) for row in connection.execute(query.order_by(columns.grant_no))]
