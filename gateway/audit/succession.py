"""Incarnations of one gateway: does each go on where the one before it ended?"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal, NamedTuple, Protocol

from gateway.audit.foreknown import Foreknown
from gateway.audit.problems import Findings, Wrong
from gateway.core.facts import FormerLedger, KeptRatio
from mqtt.certificates import public_key
from mqtt.keys import key_id

Whose = tuple[str, str]
"""Gateway and incarnation."""


class Ledger(Protocol):
    """What the audit of one ledger knows of it."""

    @property
    def first(self) -> int: ...
    @property
    def through(self) -> int: ...
    @property
    def hashes(self) -> Mapping[int, str]: ...
    @property
    def grants(self) -> tuple[int | None, int]: ...
    @property
    def ratios(self) -> Mapping[int, KeptRatio]: ...


class Note(NamedTuple):
    """What cannot be judged of a ledger's beginning, for the page."""

    code: Literal["follows_absent", "follows_unknown", "follows_backup", "follows_nothing"]
    gateway: str
    incarnation: str
    former: str = ""
    sequence: int = 0


def retired_keys(whose: Whose, known: Mapping[Whose, Foreknown]) -> set[str]:
    """Ids of the keys that the incarnations before this one replaced, as far as they are here."""
    gateway, retired, seen = whose[0], set(), {whose}
    while (former := _former(known[whose])) and (gateway, former.incarnation) in known:
        whose = gateway, former.incarnation
        if whose in seen:
            break
        seen.add(whose)
        changes = [fact for fact, _ in known[whose].rotated.values()]
        retired |= {key_id(public_key(change.old)) for change in changes}
        retired -= {key_id(public_key(change.new)) for change in changes[-1:]}
    return retired


def wanted_hashes(whose: Whose, known: Mapping[Whose, Foreknown]) -> set[int]:
    """The entries of this ledger that others name as where it ended."""
    return {
        former.sequence
        for (gateway, _), one in known.items()
        if gateway == whose[0] and (former := _former(one)) and former.incarnation == whose[1]
    }


def judge(
    ledgers: Mapping[Whose, Ledger], known: Mapping[Whose, Foreknown], findings: Findings
) -> list[Note]:
    """Compare each ledger that follows another with that one, where it is at hand."""
    notes = []
    heirs: dict[Whose, str] = {}
    for whose, ledger in ledgers.items():
        gateway, incarnation = whose
        restored = known[whose].restored
        if restored is None:
            alone = sum(name == gateway for name, _ in ledgers) == 1
            if ledger.first == 1 and not alone and not _is_former(whose, known):
                notes.append(Note("follows_nothing", gateway, incarnation))
            continue
        fact, place = restored
        former = fact.previous
        if former is None:
            notes.append(Note("follows_unknown", gateway, incarnation))
            continue
        heir = heirs.setdefault((gateway, former.incarnation), incarnation)
        if heir != incarnation:
            findings.add(
                "fork",
                place,
                "two_heirs",
                former=former.incarnation,
                heir=heir,
                other=incarnation,
            )
        before = ledgers.get((gateway, former.incarnation))
        if before is None:
            notes.append(
                Note("follows_absent", gateway, incarnation, former.incarnation, former.sequence)
            )
            continue
        _compare(former, before, partial(findings.add, "fork", place))
        _compare_ratios(fact.ratios, before, partial(findings.add, "meter", place))
        lowest = ledger.grants[0]
        if lowest is not None and lowest <= before.grants[1]:
            findings.add(
                "grant",
                place,
                "grants_again",
                highest=before.grants[1],
                former=former.incarnation,
                grant=lowest,
            )
        if former.found == "backup" and before.through > former.sequence:
            notes.append(
                Note("follows_backup", gateway, incarnation, former.incarnation, former.sequence)
            )
    return notes


def _compare(former: FormerLedger, before: Ledger, wrong: Wrong) -> None:
    """What was found on the gateway itself was the end; a backup may be older than that."""
    name, at = former.incarnation, former.sequence
    if before.through < at:
        wrong("former_short", former=name, at=at, through=before.through)
    elif at in before.hashes and before.hashes[at] != former.head:
        here = before.hashes[at]
        wrong("former_hash", former=name, at=at, expected=former.head, found=here)
    elif before.through > at and former.found == "state":
        wrong("former_long", former=name, at=at, through=before.through)


def _compare_ratios(kept: Iterable[KeptRatio], before: Ledger, wrong: Wrong) -> None:
    """A pump goes on with its ratio, and the count of its changes does not fall."""
    here = {one.pump: one for one in kept}
    for pump, last in sorted(before.ratios.items()):
        count = here[pump].count if pump in here else 0
        if count < last.count:
            wrong("ratio_fell", pump=pump, expected=last.count, found=count)
        elif count == last.count and here[pump].ratio != last.ratio:
            wrong("ratio_unsaid", pump=pump)


def _former(known: Foreknown) -> FormerLedger | None:
    return known.restored[0].previous if known.restored else None


def _is_former(whose: Whose, known: Mapping[Whose, Foreknown]) -> bool:
    return any(
        gateway == whose[0] and (former := _former(one)) and former.incarnation == whose[1]
        for (gateway, _), one in known.items()
    )
