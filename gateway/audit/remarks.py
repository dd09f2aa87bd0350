"""What the page says in sentences: changes of keys, problems, and what an audit cannot show."""

from collections.abc import Iterator

from gateway.audit.figures import MOST_LEDGERS
from gateway.audit.result import LedgerResult, Result
from gateway.audit.wording import MOST_CODES, Wording

MOST_PROBLEMS = 5
MOST_CHANGES = 6


class Remarks:
    """On one result."""

    def __init__(self, result: Result, words: Wording) -> None:
        self._result = result
        self._total = result.total
        self._words = words
        self._say = words.say

    def keys(self) -> Iterator[str]:
        changes = [
            (one.gateway, change) for one in self._result.ledgers for change in one.key_changes
        ]
        for gateway, change in changes[:MOST_CHANGES]:
            yield self._say(
                f"key_{change.kind}",
                gateway=gateway,
                sequence=self._words.number(change.sequence),
                old=change.old,
                new=change.new,
            )
        if len(changes) > MOST_CHANGES:
            yield self._say("more_keys", count=self._words.number(len(changes) - MOST_CHANGES))

    def problems(self) -> Iterator[str]:
        """What was left out for a fork comes first: the figures depend on it."""
        for one in self._result.ledgers[:MOST_LEDGERS]:
            yield from self._forked(one)
        findings = self._result.findings
        for problem in findings.kept[:MOST_PROBLEMS]:
            yield self._words.problem(problem)
        if findings.total > MOST_PROBLEMS:
            yield self._say(
                "more_problems", count=self._words.number(findings.total - MOST_PROBLEMS)
            )

    def _forked(self, one: LedgerResult) -> Iterator[str]:
        if one.fork is None:
            return
        yield self._say(
            f"fork_{one.fork.why}",
            gateway=one.gateway,
            incarnation=one.incarnation,
            sequence=self._words.number(one.fork.sequence),
            through=self._words.number(one.through),
        )
        for other in one.fork.others:
            yield self._say(
                "fork_sold_one" if other.sold.fills == 1 else "fork_sold",
                gateway=one.gateway,
                through=self._words.number(other.through),
                count=self._words.number(other.sold.fills),
                volume=self._words.litres(other.sold.volume_ml),
            )

    def limits(self) -> Iterator[str]:
        yield self._say("limit_meter")
        for one in self._result.ledgers[:MOST_LEDGERS]:
            yield from self._limits_of(one)
        for note in self._result.notes[:MOST_LEDGERS]:
            yield self._say(
                note.code,
                gateway=note.gateway,
                incarnation=note.incarnation,
                former=note.former,
                sequence=self._words.number(note.sequence),
            )
        total = self._total
        if total.unwitnessed_boots:
            yield self._say("limit_unwitnessed", count=self._words.number(total.unwitnessed_boots))
        if total.unknown_types:
            yield self._say(
                "limit_unknown",
                count=self._words.number(total.unknown_types.total()),
                top=", ".join(dict(total.unknown_types.most_common(MOST_CODES))),
            )
        yield self._say("limit_clock")

    def _limits_of(self, one: LedgerResult) -> Iterator[str]:
        through = self._words.number(one.through)
        if one.first > 1:
            yield self._say(
                "limit_start",
                gateway=one.gateway,
                first=self._words.number(one.first),
                charges=self._words.number(one.tally.unknown_grants),
            )
        if one.goes_on:
            yield self._say("limit_goes_on", gateway=one.gateway, through=through)
        if one.proven_through < one.through:
            first = self._words.number(max(one.proven_through + 1, one.first))
            yield self._say("limit_unsealed", gateway=one.gateway, first=first, through=through)
        if one.own_through is not None and one.own_through < one.through:
            own = self._words.number(one.own_through)
            yield self._say("limit_own", gateway=one.gateway, own=own, through=through)
        if one.acknowledged_through < one.through:
            yield self._say("limit_tail", gateway=one.gateway, through=through)
