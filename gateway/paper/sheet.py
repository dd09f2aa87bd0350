"""A closed shift's sheet in words, before it is a page or a PDF."""

from msgspec import Struct

from gateway import VERSION
from gateway.console.words import Words
from gateway.core.finding import finding_code
from gateway.core.shift import joined, quiet
from gateway.paper.closings import Closing
from gateway.paper.figures import Sold, figures_before, figures_of
from gateway.paper.tables import Table, tables_before, tables_of

FIRST = 1
"""The number of a ledger's first shift."""


class Sheet(Struct, frozen=True, kw_only=True):
    """What is on it, from top to bottom."""

    language: str
    title: str
    gateway: str
    about: list[tuple[str, str]]
    tables: list[Table]
    proof: list[tuple[str, str]]
    """Which entry of the ledger says so."""
    signatures: list[str]
    signed: list[str]
    """What is asked for on each line."""
    made: str


def make_sheet(closing: Closing, t: Words) -> Sheet:
    entry, shift, opened = closing.entry, closing.shift, closing.opened
    figures = figures_of(shift)
    gateway = entry.source.removeprefix("takar/")
    incarnation = entry.id.partition("/")[0]
    about = [
        (t("sheet_opened"), f"{t.stamp(shift.opened)}, {shift.opened_by}"),
        (t("sheet_closed"), f"{t.stamp(entry.time)}, {shift.by}"),
        (t("sheet_total"), _sum(figures.total, t)),
    ]
    tables = tables_of(figures, t)
    if opened is not None and not quiet(opened):
        before = figures_before(opened)
        about.append((t("sheet_between"), _sum(before.total, t)))
        tables += tables_before(before, t)
    about.append((t("sheet_joins"), _joins(closing, t)))
    return Sheet(
        language=t.language,
        title=t("sheet", number=str(shift.number)),
        gateway=gateway,
        about=about,
        tables=tables,
        proof=[
            (t("sheet_entries"), f"{shift.opened_at} – {entry.sequence} ({incarnation})"),
            (t("sheet_hash"), entry.hash),
            (t("finding_code"), str(finding_code(gateway, entry.sequence, entry.hash))),
        ],
        signatures=[t("sheet_gave"), t("sheet_took")],
        signed=[t("sheet_name"), t("sheet_date")],
        made=t("sheet_made", version=VERSION),
    )


def _sum(total: Sold, t: Words) -> str:
    return f"{t.litres(total.volume_ml, 3)}, {t.rupiah(total.amount_idr)}"


def _joins(closing: Closing, t: Words) -> str:
    """Whether its totalisers go on from the sheet before."""
    shift, opened, before = closing.shift, closing.opened, closing.before
    if opened is None or (before is None and shift.number != FIRST):
        return t("sheet_joins_unknown")
    if not joined(before, opened, shift):
        return t("sheet_joins_not")
    return t("sheet_joins_first") if before is None else t("sheet_joins_on")
