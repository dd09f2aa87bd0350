"""A third party's station bills a month: does its invoice fit what was declared there?"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.core.declaring import receipt_no
from gateway.core.fields import MOST_FILL_ML
from gateway.core.paper_number import paper_number

MOST_BYTES = 8 * 1024 * 1024
MOST_LINES = 50_000
MOST_FIELD = 200
"""Characters. A station sells some hundred times a month to a city."""
THOUSAND = 3
"""So many digits behind a mark may be a thousand."""
_RECEIPT, _LITRES = "receipt", "litres"


class InvoiceRefused(Exception):
    """Not one line of it was compared; the text says which line and what was expected."""


class Billed(NamedTuple):
    """One line of an invoice."""

    receipt_no: str
    volume_ml: int
    line: int


class Declared(NamedTuple):
    """One sale as a gateway said it."""

    receipt_no: str
    volume_ml: int
    month: str
    """In which the card was tapped, in the city's zone."""
    gateway: str
    sale: str
    subject: str


class Undeclared(NamedTuple):
    """A tap there of which nobody has said yet what was given."""

    reserved_ml: int
    month: str
    """In which the card was tapped, in the city's zone."""
    gateway: str
    sale: str
    subject: str


class Unfit(NamedTuple):
    """What does not fit, in words for a person, by receipt."""

    why: str
    """`missing_here`, `missing_there`, `litres`, `twice_there`, `twice_here`, `other_month`,
    `undeclared`."""
    receipt_no: str
    """Empty where there is none."""
    billed_ml: int | None
    declared_ml: int | None
    where: str
    """Line of the invoice, or the sale."""


def read_invoice(content: bytes) -> list[Billed]:
    """CSV with a first line that names the columns `receipt` and `litres`; others are passed over.

    Separated by commas, semicolons or tabs, which a line `sep=;` before it may say; UTF-8, with or
    without a mark at its beginning; litres with up to 3 decimals behind a point or a comma, but no
    three that may be thousands. InvoiceRefused for anything else.
    """
    if len(content) > MOST_BYTES:
        raise InvoiceRefused(f"{len(content)} bytes: expected at most {MOST_BYTES}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvoiceRefused(f"expected UTF-8, found another byte at {error.start}") from error
    if "\0" in text:
        raise InvoiceRefused("expected text, found a zero byte")
    said, separator, before = _separated(text)
    rows = _rows(
        csv.reader(io.StringIO(said, newline=""), delimiter=separator, strict=True), before
    )
    first, head = next(rows, (1 + before, []))
    columns = _names(head)
    for name in (_RECEIPT, _LITRES):
        if columns.count(name) != 1:
            found_names = ", ".join(map(_short, columns))
            raise InvoiceRefused(f"line {first}: expected one column {name}, found {found_names}")
    at, of = columns.index(_RECEIPT), columns.index(_LITRES)
    found = []
    for number, cells in rows:
        if len(cells) != len(columns):
            raise InvoiceRefused(
                f"line {number}: expected {len(columns)} cells, found {len(cells)}; a comma within "
                "a number needs quotation marks"
            )
        found.append(Billed(receipt_of(cells[at], number), _volume_ml(cells[of], number), number))
    if not found:
        raise InvoiceRefused("expected a line for each sale, found none")
    return found


def _separated(text: str) -> tuple[str, str, int]:
    """The text without what says its separator, that one, and how many lines said it. Where none
    does, it is the one by which the first line names the columns."""
    head, _, rest = text.partition("\n")
    if match := re.fullmatch(r'"?sep=([;,\t])"?\r?', head, re.IGNORECASE):
        return rest, match[1], 1

    def named(separator: str) -> tuple[int, int]:
        columns = _names(next(csv.reader([head], delimiter=separator), []))
        return sum(columns.count(name) == 1 for name in (_RECEIPT, _LITRES)), len(columns)

    return text, max(";\t,", key=named), 0


def _names(head: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in head]


def compare(
    billed: Sequence[Billed],
    declared: Iterable[Declared],
    month: str,
    undeclared: Iterable[Undeclared] = (),
) -> list[Unfit]:
    """What does not fit between a station's bill for a month and what was declared there, ever;
    with what was tapped for in that month and is `undeclared` yet."""
    unfit = [
        Unfit("undeclared", "", None, None, f"{tap.gateway} {tap.sale}, {tap.subject}, {tap.month}")
        for tap in undeclared
        if tap.month == month
    ]
    theirs: dict[str, Billed] = {}
    for line in billed:
        number = paper_number(line.receipt_no)
        if number in theirs:
            unfit.append(_unfit("twice_there", line, None))
        theirs.setdefault(number, line)
    ours: dict[str, list[Declared]] = {}
    for sale in declared:
        ours.setdefault(paper_number(sale.receipt_no), []).append(sale)
    for number, line in theirs.items():
        if number not in ours:
            unfit.append(_unfit("missing_here", line, None))
    for number, sales in ours.items():
        bill = theirs.get(number)
        if bill is None and not any(sale.month == month for sale in sales):
            continue
        unfit += _of_receipt(sales, bill, month)
    return sorted(unfit, key=lambda one: (one.why, one.receipt_no, one.where))


def _of_receipt(sales: Sequence[Declared], bill: Billed | None, month: str) -> Iterator[Unfit]:
    """Of all sales with one receipt, of which this is the bill."""
    first, *others = sales
    for sale in others:
        yield _unfit("twice_here", bill, sale)
    if bill is None:
        yield _unfit("missing_there", None, first)
        return
    if first.volume_ml != bill.volume_ml:
        yield _unfit("litres", bill, first)
    if first.month != month:
        yield _unfit("other_month", bill, first)


def counts(unfit: Iterable[Unfit]) -> Mapping[str, int]:
    """How many of each kind."""
    return Counter(one.why for one in unfit)


def receipt_of(text: str, line: int) -> str:
    """As ReceiptNo has it; InvoiceRefused names the line."""
    try:
        return receipt_no(text)
    except ValueError as error:
        raise InvoiceRefused(f"line {line}: {error}") from error


def _rows(reader: Iterable[list[str]], before: int) -> Iterator[tuple[int, list[str]]]:
    """Those that are not empty, with their numbers; so many lines stand before them."""
    try:
        for number, cells in enumerate(reader, start=1 + before):
            if number > MOST_LINES:
                raise InvoiceRefused(f"expected at most {MOST_LINES} lines, found more")
            if any(len(cell) > MOST_FIELD for cell in cells):
                raise InvoiceRefused(
                    f"line {number}: expected at most {MOST_FIELD} characters in a cell"
                )
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise InvoiceRefused(f"expected CSV, found {error}") from error


def _volume_ml(text: str, line: int) -> int:
    whole, _, decimals = text.strip().replace(",", ".").partition(".")
    digits = whole + decimals
    if "." in text and len(decimals) == THOUSAND and digits.isdecimal():
        raise InvoiceRefused(
            f"line {line}: {_short(text)} may be thousands or decimals: write it with two "
            "decimals, with a comma, or without any mark"
        )
    plain = digits.isascii() and digits.isdigit() and whole != "" and len(digits) <= 12
    volume_ml = int(whole) * 1000 + int(decimals.ljust(3, "0")) if plain else 0
    if not plain or len(decimals) > 3 or not 0 < volume_ml <= MOST_FILL_ML:
        raise InvoiceRefused(
            f"line {line}: expected litres such as 38.5 or 38,5, without anything between "
            f"thousands, found {_short(text)}"
        )
    return volume_ml


def _unfit(why: str, bill: Billed | None, sale: Declared | None) -> Unfit:
    where = []
    if bill is not None:
        where.append(f"line {bill.line}")
    if sale is not None:
        where.append(f"{sale.gateway} {sale.sale}, {sale.subject}, {sale.month}")
    return Unfit(
        why,
        bill.receipt_no if bill is not None else sale.receipt_no if sale is not None else "",
        bill.volume_ml if bill is not None else None,
        sale.volume_ml if sale is not None else None,
        "; ".join(where),
    )


def _short(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "...")
