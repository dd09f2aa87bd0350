"""The exception that a fill is, as the ledger says it with the first reservation."""

from gateway.core import actions as a
from gateway.core.decision import Drawing
from gateway.core.draws import available_ml
from gateway.core.facts import OverrideGranted
from gateway.core.open_draw import OpenFill
from gateway.core.open_session import OpenSession
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk


def override_of(
    books: Books, desk: Desk, row: OpenFill, action: a.Reserve, clock: str
) -> OverrideGranted | None:
    """None for an ordinary fill. To be asked before anything is reserved for it; `clock`: the
    quality of the time."""
    allowed = action.fill.allowed
    if isinstance(allowed, Drawing) or not isinstance(row, OpenSession):
        return None
    if allowed.override_by is None:
        return None
    why, station = allowed.why, [books.override(desk.number)]
    return OverrideGranted(
        pump=desk.number,
        sale=row.sale,
        supervisor=allowed.override_by,
        subject=row.subject,
        chosen=allowed.card.card == "supervisor",
        reason=why.reason if why is not None else None,
        text=why.text if why is not None else "",
        by=why.by if why is not None else None,
        ceiling_ml=available_ml(books.balance, station, books.moment(), books.reserved()),
        clock=clock,
    )
