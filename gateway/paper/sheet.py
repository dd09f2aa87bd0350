"""A closed shift's sheet in words, before it is a page or a PDF."""

from msgspec import Struct

from gateway import VERSION
from gateway.console.words import Words
from gateway.core.facts import Part, ShiftClosed
from gateway.core.finding import finding_code
from gateway.core.log import Entry
from gateway.paper.figures import Figures, Sold, Through, figures_of

Row = list[str]
NOTHING = "–"


class Table(Struct, frozen=True, kw_only=True):
    """Names to the left, figures to the right."""

    title: str
    head: Row
    rows: list[Row]
    total: Row
    """Empty: there is none."""
    names: int = 1
    """How many columns are names."""
    note: str = ""


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


def make_sheet(entry: Entry, shift: ShiftClosed, t: Words) -> Sheet:
    """`entry`: the closing's, as the ledger has it."""
    figures = figures_of(shift)
    gateway = entry.source.removeprefix("takar/")
    incarnation = entry.id.partition("/")[0]
    return Sheet(
        language=t.language,
        title=t("sheet", number=str(shift.number)),
        gateway=gateway,
        about=[
            (t("sheet_opened"), f"{t.stamp(shift.opened)}, {shift.opened_by}"),
            (t("sheet_closed"), f"{t.stamp(entry.time)}, {shift.by}"),
            (
                t("sheet_total"),
                f"{t.litres(figures.total.volume_ml, 3)}, {_amount(figures.total, t)}",
            ),
        ],
        tables=[table for table in _tables(figures, t) if table.rows],
        proof=[
            (t("sheet_entries"), f"{shift.opened_at} – {entry.sequence} ({incarnation})"),
            (t("sheet_hash"), entry.hash),
            (t("finding_code"), str(finding_code(gateway, entry.sequence, entry.hash))),
        ],
        signatures=[t("sheet_gave"), t("sheet_took")],
        signed=[t("sheet_name"), t("sheet_date")],
        made=t("sheet_made", version=VERSION),
    )


def _tables(figures: Figures, t: Words) -> list[Table]:
    return [
        _by_price(figures, t),
        _pumps(figures, t),
        _adds_up(figures, t),
        _exceptions(figures, t),
        _refusals(figures, t),
        _by_department(figures, t),
        _lines(figures, t),
    ]


def _by_price(figures: Figures, t: Words) -> Table:
    return Table(
        title=t("sheet_by_price"),
        head=[t("product"), t("sheet_price"), *_sold_head(t)],
        rows=[[_product(row, t), _price(row, t), *_sold(row, t)] for row in figures.by_price],
        total=[t("sheet_sum"), "", *_sold(figures.total, t)],
        note=_came_back(figures, t),
    )


def _by_department(figures: Figures, t: Words) -> Table:
    return Table(
        title=t("sheet_by_department"),
        head=[t("department"), *_sold_head(t)],
        rows=[[_department(row, t), *_sold(row, t)] for row in figures.by_department],
        total=[t("sheet_sum"), *_sold(figures.total, t)],
    )


def _lines(figures: Figures, t: Words) -> Table:
    return Table(
        title=t("sheet_lines"),
        head=[t("department"), t("product"), t("sheet_price"), *_sold_head(t)],
        rows=[
            [_department(row, t), _product(row, t), _price(row, t), *_sold(row, t)]
            for row in sorted(figures.lines, key=lambda row: row.department or "\uffff")
        ],
        total=[t("sheet_sum"), "", "", *_sold(figures.total, t)],
        names=2,
    )


def _pumps(figures: Figures, t: Words) -> Table:
    """A column for each pump, so that four of them have room."""
    pumps = figures.pumps
    return Table(
        title=t("sheet_pumps"),
        head=["", *(f"{t('pump')} {pump.pump}" for pump in pumps)],
        rows=[
            [t("sheet_start"), *(_litres(pump.start_ml, t) for pump in pumps)],
            [t("sheet_end"), *(_litres(pump.end_ml, t) for pump in pumps)],
            [t("sheet_flowed"), *(_litres(pump.flowed_ml, t) for pump in pumps)],
            [t("sheet_metered"), *(t.litres(pump.line.sold_ml, 3) for pump in pumps)],
            [t("sheet_drawn"), *(t.litres(pump.line.drawn_ml, 3) for pump in pumps)],
            [t("sheet_bypassed"), *(t.litres(pump.line.bypassed_ml, 3) for pump in pumps)],
            [t("sheet_unauthorised"), *(_unauthorised(pump, t) for pump in pumps)],
            [t("sheet_left"), *(_litres(pump.unexplained_ml, t) for pump in pumps)],
            [t("sheet_permille"), *(_permille(pump, t) for pump in pumps)],
            [t("sheet_unseen"), *(t.litres(pump.line.uncounted_ml, 3) for pump in pumps)],
        ]
        if pumps
        else [],
        total=[],
        note=t("sheet_open_fill"),
    )


def _adds_up(figures: Figures, t: Words) -> Table:
    """From what the meters counted to what is charged."""
    return Table(
        title=t("sheet_adds_up"),
        head=["", t("sheet_count"), t("volume")],
        rows=[
            [t("sheet_by_meters"), "", t.litres(figures.metered_ml, 3)],
            [t("sheet_vouchers"), *_part(figures.vouchers, t)],
            [t("sheet_declared"), *_part(figures.declared, t)],
            [t("sheet_guessed"), "", t.litres(figures.guessed_ml, 3)],
        ],
        total=[t("sheet_sold"), t.whole(figures.total.fills), t.litres(figures.total.volume_ml, 3)],
    )


def _exceptions(figures: Figures, t: Words) -> Table:
    return Table(
        title=t("sheet_exceptions"),
        head=["", t("sheet_count"), t("volume")],
        rows=[
            [t("sheet_overrides"), *_part(figures.overridden, t)],
            [t("sheet_estimated"), *_part(figures.estimated, t)],
        ],
        total=[],
    )


def _refusals(figures: Figures, t: Words) -> Table:
    return Table(
        title=t("sheet_refusals"),
        head=[t("sheet_reason"), t("sheet_count")],
        rows=[[_reason(one.code, t), t.whole(one.count)] for one in figures.refusals],
        total=[t("sheet_sum"), t.whole(sum(one.count for one in figures.refusals))],
    )


def _sold_head(t: Words) -> Row:
    return [t("sheet_fills"), t("volume"), t("amount")]


def _sold(row: Sold, t: Words) -> Row:
    return [t.whole(row.fills), t.litres(row.volume_ml, 3), _amount(row, t)]


def _amount(row: Sold, t: Words) -> str:
    return t.rupiah(row.amount_idr)


def _product(row: Sold, t: Words) -> str:
    return row.product.capitalize() if row.product is not None else t("sheet_rest")


def _price(row: Sold, t: Words) -> str:
    return t.rupiah(row.price_idr_per_l) if row.price_idr_per_l is not None else NOTHING


def _department(row: Sold, t: Words) -> str:
    return t.name(row.department) if row.department is not None else t("sheet_rest")


def _came_back(figures: Figures, t: Words) -> str:
    back_ml = figures.total.returned_ml
    return t("sheet_came_back", volume=t.litres(back_ml, 3)) if back_ml else ""


def _part(part: Part, t: Words) -> Row:
    return [t.whole(part.count), t.litres(part.volume_ml, 3)]


def _litres(volume_ml: int | None, t: Words) -> str:
    return t.litres(volume_ml, 3) if volume_ml is not None else NOTHING


def _unauthorised(pump: Through, t: Words) -> str:
    volume = t.litres(pump.line.unauthorised_ml, 3)
    return f"{t.whole(pump.line.unauthorised)} × · {volume}" if pump.line.unauthorised else volume


def _permille(pump: Through, t: Words) -> str:
    parts = pump.unexplained_parts
    if parts is None:
        return NOTHING
    return t.litres(parts * 10, 2).replace("L", "‰")


def _reason(code: str, t: Words) -> str:
    return t(code) if t.has(code) else code
