"""The tables of the page: ledgers, what was sold, what else happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.audit.result import Result
from gateway.audit.tally import Sold
from gateway.audit.wording import Wording
from gateway.words import rupiah

MOST_LEDGERS = 8
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`head` and `rows` have as many cells; the last row is a sum where `summed`."""

    title: str
    head: Row
    rows: Sequence[Row]
    summed: bool = False


class Figures:
    """Of one result."""

    def __init__(self, result: Result, words: Wording) -> None:
        self._result = result
        self._total = result.total
        self._words = words
        self._say = words.say

    def ledgers(self) -> Table:
        names = ("gateway", "incarnation", "entries", "seals", "proven")
        rows = [
            (
                one.gateway,
                one.incarnation,
                self._say(
                    "entries_of",
                    first=self._words.number(one.first),
                    last=self._words.number(one.through),
                ),
                self._words.number(one.seals),
                self._words.number(one.proven_through),
            )
            for one in self._result.ledgers[:MOST_LEDGERS]
        ]
        more = len(self._result.ledgers) - MOST_LEDGERS
        if more > 0:
            rows.append((self._say("more_ledgers", count=self._words.number(more)), "", "", "", ""))
        return Table(self._say("ledgers"), tuple(map(self._say, names)), rows)

    def heads(self) -> Table:
        rows = [(one.gateway, one.head) for one in self._result.ledgers[:MOST_LEDGERS]]
        return Table("", (self._say("gateway"), self._say("head")), rows)

    def sold(self) -> Table:
        rows = [
            (product, *self._figures(sold)) for product, sold in sorted(self._total.sold.items())
        ]
        rows.append((self._say("total"), *self._figures(self._total.all_sold)))
        names = ("product", "fills", "litres", "rupiah")
        return Table(self._say("sold"), tuple(map(self._say, names)), rows, summed=True)

    def _figures(self, sold: Sold) -> Row:
        return (
            self._words.number(sold.fills),
            self._words.litres(sold.volume_ml),
            rupiah(sold.amount_idr),
        )

    def events(self) -> Table:
        return Table(self._say("events"), (), list(self._events()))

    def _events(self) -> Iterator[Row]:
        total, say = self._total, self._say
        estimated = say(
            "estimated_of",
            count=self._words.number(total.estimated_fills),
            volume=self._words.litres(total.estimated_ml),
            unmetered=self._words.litres(total.unmetered_ml),
        )
        yield say("estimated"), estimated if total.estimated_fills else say("none")
        yield say("refusals"), self._words.codes(total.refusals)
        yield say("faults"), self._words.codes(total.faults)
        flow = say(
            "volume_of",
            count=self._words.number(total.unauthorised),
            volume=self._words.litres(total.unauthorised_ml),
        )
        yield say("unauthorised"), flow if total.unauthorised else say("none")
        if total.bypasses:
            yield (
                say("bypassed"),
                say(
                    "bypassed_of",
                    count=self._words.number(total.bypasses),
                    volume=self._words.litres(total.bypassed_ml),
                    unpapered=self._words.litres(total.unpapered_ml),
                ),
            )
        if total.blocked:
            yield say("blocked"), self._words.codes(total.blocked)
        for name in (
            *("uncounted", "unexplained", "overrun", "declared", "beyond", "override", "emergency"),
        ):
            volume_ml = getattr(total, f"{name}_ml")
            if volume_ml or name in ("uncounted", "unexplained"):
                yield say(name), self._words.litres(volume_ml) if volume_ml else say("none")
        yield (
            say("grants"),
            say(
                "grants_of",
                count=self._words.number(total.grants),
                granted=self._words.litres(total.granted_ml),
                spent=self._words.litres(total.spent_ml),
                closed=self._words.number(total.closed),
                asked=self._words.number(total.asked),
            ),
        )
        if total.undeclared:
            volume = self._words.litres(total.undeclared_ml)
            count = self._words.number(total.undeclared)
            yield say("undeclared"), say("volume_of", count=count, volume=volume)
        if total.vouchers:
            yield (
                say("vouchers"),
                say(
                    "vouchers_of",
                    count=self._words.number(total.vouchers),
                    volume=self._words.litres(total.vouchered_ml),
                    unflowed=self._words.litres(total.unflowed_ml),
                ),
            )
        if total.shifts:
            yield say("shifts"), self._words.number(total.shifts)
        exceeded = total.grants_exceeded
        yield say("exceeded"), self._words.number(exceeded) if exceeded else say("none")
