"""The verdict as one page of words and figures, before it is text or PDF."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway import VERSION
from gateway.audit.run import LedgerResult, Result
from gateway.audit.tally import Sold
from gateway.words import catalogue, litres, rupiah, whole

MOST_LEDGERS = 8
MOST_PROBLEMS = 5
MOST_CODES = 4
MOST_CHANGES = 6
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`head` and `rows` have as many cells; the last row is a sum where `summed`."""

    title: str
    head: Row
    rows: Sequence[Row]
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What is on it, from top to bottom."""

    title: str
    clean: bool
    outcome: str
    checked: str
    period: tuple[str, str]
    ledgers: Table
    heads: Table
    sold: Table
    events: Table
    keys: tuple[str, list[str]]
    problems: tuple[str, list[str]]
    limits: tuple[str, list[str]]
    signed: str
    signature: Row
    made: str


def make_page(result: Result, language: str, zone: ZoneInfo) -> Page:
    """The page in a language of gateway/words, times in the city's zone."""
    return _Maker(result, language, zone).page()


class _Maker:
    def __init__(self, result: Result, language: str, zone: ZoneInfo) -> None:
        self._result = result
        self._total = result.total
        self._language = language
        self._zone = zone

    def page(self) -> Page:
        result, total, say = self._result, self._total, self._say
        count = result.findings.total
        outcome = ("clean", "problem")[count] if count < 2 else "problems"
        times = (self._time(total.first_time), self._time(total.last_time))
        return Page(
            title=say("title"),
            clean=result.clean,
            outcome=say(outcome, count=self._number(count)),
            checked=say(
                "checked",
                entries=self._number(total.entries),
                files=self._number(sum(len(one.files) for one in result.ledgers)),
                seals=self._number(sum(one.seals for one in result.ledgers)),
            ),
            period=(
                say("period"),
                say("period_of", first=times[0], last=times[1])
                if total.entries
                else say("nothing"),
            ),
            ledgers=self._ledgers(),
            heads=self._heads(),
            sold=self._sold(),
            events=Table(say("events"), (), list(self._events())),
            keys=(say("keys"), list(self._keys())),
            problems=(say("wrong"), list(self._problems())),
            limits=(say("limits"), list(self._limits())),
            signed=say("signed"),
            signature=(say("place"), say("name"), say("signature")),
            made=say("made", version=VERSION),
        )

    def _ledgers(self) -> Table:
        names = ("gateway", "incarnation", "entries", "seals", "proven")
        rows = [
            (
                one.gateway,
                one.incarnation,
                self._say(
                    "entries_of", first=self._number(one.first), last=self._number(one.through)
                ),
                self._number(one.seals),
                self._number(one.proven_through),
            )
            for one in self._result.ledgers[:MOST_LEDGERS]
        ]
        more = len(self._result.ledgers) - MOST_LEDGERS
        if more > 0:
            rows.append((self._say("more_ledgers", count=self._number(more)), "", "", "", ""))
        return Table(self._say("ledgers"), tuple(map(self._say, names)), rows)

    def _heads(self) -> Table:
        rows = [(one.gateway, one.head) for one in self._result.ledgers[:MOST_LEDGERS]]
        return Table("", (self._say("gateway"), self._say("head")), rows)

    def _sold(self) -> Table:
        rows = [
            (product, *self._figures(sold)) for product, sold in sorted(self._total.sold.items())
        ]
        sums = Sold()
        for sold in self._total.sold.values():
            sums.add(sold)
        rows.append((self._say("total"), *self._figures(sums)))
        names = ("product", "fills", "litres", "rupiah")
        return Table(self._say("sold"), tuple(map(self._say, names)), rows, summed=True)

    def _figures(self, sold: Sold) -> Row:
        return (
            self._number(sold.fills),
            self._litres(sold.volume_ml),
            rupiah(sold.amount_idr),
        )

    def _events(self) -> Iterator[Row]:
        total, say = self._total, self._say
        estimated = say(
            "estimated_of",
            count=self._number(total.estimated_fills),
            volume=self._litres(total.estimated_ml),
            unmetered=self._litres(total.unmetered_ml),
        )
        yield say("estimated"), estimated if total.estimated_fills else say("none")
        yield say("refusals"), self._codes(total.refusals)
        yield say("faults"), self._codes(total.faults)
        flow = say(
            "volume_of",
            count=self._number(total.unauthorised),
            volume=self._litres(total.unauthorised_ml),
        )
        yield say("unauthorised"), flow if total.unauthorised else say("none")
        if total.blocked:
            yield say("blocked"), self._codes(total.blocked)
        for name in ("uncounted", "unexplained", "overrun", "declared", "override", "emergency"):
            volume_ml = getattr(total, f"{name}_ml")
            if volume_ml or name in ("uncounted", "unexplained"):
                yield say(name), self._litres(volume_ml) if volume_ml else say("none")
        yield (
            say("grants"),
            say(
                "grants_of",
                count=self._number(total.grants),
                granted=self._litres(total.granted_ml),
                spent=self._litres(total.spent_ml),
                closed=self._number(total.closed),
                asked=self._number(total.asked),
            ),
        )
        exceeded = total.grants_exceeded
        yield say("exceeded"), self._number(exceeded) if exceeded else say("none")

    def _keys(self) -> Iterator[str]:
        changes = [
            (one.gateway, change) for one in self._result.ledgers for change in one.key_changes
        ]
        for gateway, change in changes[:MOST_CHANGES]:
            yield self._say(
                f"key_{change.kind}",
                gateway=gateway,
                sequence=self._number(change.sequence),
                old=change.old,
                new=change.new,
            )
        if len(changes) > MOST_CHANGES:
            yield self._say("more_keys", count=self._number(len(changes) - MOST_CHANGES))

    def _problems(self) -> Iterator[str]:
        findings = self._result.findings
        for problem in findings.kept[:MOST_PROBLEMS]:
            yield str(problem)
        if findings.total > MOST_PROBLEMS:
            yield self._say("more_problems", count=self._number(findings.total - MOST_PROBLEMS))

    def _limits(self) -> Iterator[str]:
        yield self._say("limit_meter")
        for one in self._result.ledgers[:MOST_LEDGERS]:
            yield from self._limits_of(one)
        for note in self._result.notes[:MOST_LEDGERS]:
            yield self._say(
                note.code,
                gateway=note.gateway,
                incarnation=note.incarnation,
                former=note.former,
                sequence=self._number(note.sequence),
            )
        total = self._total
        if total.unwitnessed_boots:
            yield self._say("limit_unwitnessed", count=self._number(total.unwitnessed_boots))
        if total.unknown_types:
            yield self._say(
                "limit_unknown",
                count=self._number(total.unknown_types.total()),
                top=", ".join(dict(total.unknown_types.most_common(MOST_CODES))),
            )
        yield self._say("limit_clock")

    def _limits_of(self, one: LedgerResult) -> Iterator[str]:
        through = self._number(one.through)
        if one.first > 1:
            yield self._say(
                "limit_start",
                gateway=one.gateway,
                first=self._number(one.first),
                charges=self._number(one.tally.unknown_grants),
            )
        if one.goes_on:
            yield self._say("limit_goes_on", gateway=one.gateway, through=through)
        if one.proven_through < one.through:
            first = self._number(max(one.proven_through + 1, one.first))
            yield self._say("limit_unsealed", gateway=one.gateway, first=first, through=through)
        if one.own_through is not None and one.own_through < one.through:
            own = self._number(one.own_through)
            yield self._say("limit_own", gateway=one.gateway, own=own, through=through)
        if one.acknowledged_through < one.through:
            yield self._say("limit_tail", gateway=one.gateway, through=through)

    def _codes(self, counter: Counter[str]) -> str:
        if not counter:
            return self._say("none")
        top = [f"{code} {self._number(count)}" for code, count in counter.most_common(MOST_CODES)]
        more = ["…"] if len(counter) > MOST_CODES else []
        return self._say(
            "counted", count=self._number(counter.total()), top=", ".join([*top, *more])
        )

    def _time(self, utc: str) -> str:
        if not utc:
            return ""
        return f"{datetime.fromisoformat(utc).astimezone(self._zone):%Y-%m-%d %H:%M %Z}"

    def _say(self, code: str, **values: str) -> str:
        return catalogue(self._language, "audit")[code].format(**values)

    def _number(self, number: int) -> str:
        return whole(number, self._language)

    def _litres(self, volume_ml: int) -> str:
        return litres(volume_ml, 3, self._language)
