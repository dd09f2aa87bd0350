"""The tables of a shift's sheet in words, of the shift itself and of the time before it."""

from msgspec import Struct
from msgspec.structs import replace

from gateway.console.words import Words
from gateway.core.facts import Part
from gateway.paper.figures import Figures, Sold, Through

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


def tables_of(figures: Figures, t: Words) -> list[Table]:
    """Of a shift; those without a row are left out."""
    return _filled(
        _by_price(figures, t),
        _pumps(figures, t),
        _adds_up(figures, t),
        _exceptions(figures, t),
        _refusals(figures, t),
        _by_department(figures, t),
        _lines(figures, t),
    )


def tables_before(figures: Figures, t: Words) -> list[Table]:
    """Of the time before it, when no shift was open; by product and price alone."""
    found = _filled(
        _by_price(figures, t),
        _pumps(figures, t, began="sheet_end_before", ended="sheet_start"),
        _adds_up(figures, t),
        _exceptions(figures, t),
        _refusals(figures, t),
    )
    return [replace(one, title=t("sheet_before", title=one.title)) for one in found]


def _filled(*tables: Table) -> list[Table]:
    return [table for table in tables if table.rows]


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


def _pumps(
    figures: Figures, t: Words, *, began: str = "sheet_start", ended: str = "sheet_end"
) -> Table:
    """A column for each pump, so that four of them have room."""
    pumps = figures.pumps
    return Table(
        title=t("sheet_pumps"),
        head=["", *(f"{t('pump')} {pump.pump}" for pump in pumps)],
        rows=[
            [t(began), *(_litres(pump.start_ml, t) for pump in pumps)],
            [t(ended), *(_litres(pump.end_ml, t) for pump in pumps)],
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
