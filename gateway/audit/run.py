"""Audit files: group them by ledger, read each history once, and say what it came to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gateway.audit.history import History
from gateway.audit.merge import merged
from gateway.audit.part import Link, Part, Unusable
from gateway.audit.problems import Findings, Place
from gateway.audit.sealers import Sealers
from gateway.audit.tally import Tally
from mqtt.keys import Keyring

SUFFIXES = (".jsonl", ".jsonl.gz")


@dataclass(slots=True)
class LedgerResult:
    """One incarnation of one gateway's ledger."""

    gateway: str
    incarnation: str
    files: list[str]
    first: int
    through: int
    head: str
    """Hash of the last entry; with it all before is fixed."""
    tally: Tally
    seals: int
    sealed_through: int
    acknowledged_through: int
    own_through: int | None
    """Where the gateway's own copies end; None if there are only central's."""

    @property
    def proven_through(self) -> int:
        """What comes after it, nothing proves."""
        return max(self.sealed_through, self.acknowledged_through)


@dataclass(slots=True)
class Result:
    """All that was audited."""

    ledgers: list[LedgerResult] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    total: Tally = field(default_factory=Tally)

    @property
    def clean(self) -> bool:
        return not self.findings.total


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant: themselves, or all exports in a folder. Unusable if none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.name.endswith(SUFFIXES))
            if not inside:
                raise Unusable(f"{path}: no export in it; expected names in {', '.join(SUFFIXES)}")
            found += inside
        else:
            found.append(path)
    return found


def audit(files: Sequence[Path], keys: Sequence[Keyring], *, one_in: int = 1) -> Result:
    """Check everything; Unusable where not one file begins as an export does.

    `one_in`: of how many seals one signature is verified, see Part.
    """
    result = Result()
    ledgers: dict[tuple[str, str], list[Part]] = {}
    for path in files:
        try:
            part = Part(path, result.findings, one_in=one_in)
        except Unusable as error:
            result.findings.add("file", Place(str(path), 1), "the header of an export", error)
            continue
        whose = (part.header.gateway, part.header.incarnation)
        ledgers.setdefault(whose, []).append(part)
    if not ledgers:
        raise Unusable("; ".join(problem.found for problem in result.findings.kept))
    for (gateway, incarnation), parts in sorted(ledgers.items()):
        sealers = Sealers(keys, gateway, incarnation)
        done = _ledger(gateway, incarnation, parts, result.findings, sealers)
        result.total.add(done.tally)
        result.ledgers.append(done)
    return result


def _ledger(
    gateway: str,
    incarnation: str,
    parts: Sequence[Part],
    findings: Findings,
    sealers: Sealers,
) -> LedgerResult:
    first = min(part.header.from_sequence for part in parts)
    history = History(gateway, incarnation, findings, whole=first == 1)
    for link in merged(parts, findings, sealers.verify):
        if history.last is None and first > 1:
            _begin_at_checkpoint(history, parts, link, findings, sealers)
        sealers.take(link.entry)
        history.take(link)
    history.close()
    own = [part.through for part in parts if part.header.holder == "gateway"]
    result = LedgerResult(
        gateway=gateway,
        incarnation=incarnation,
        files=[str(part.path) for part in parts],
        first=first,
        through=history.last.entry.sequence if history.last else first - 1,
        head=history.last.hash if history.last else parts[0].header.prevhash,
        tally=history.tally,
        seals=sum(part.proof.seals for part in parts),
        sealed_through=max(part.proof.sealed_through for part in parts),
        acknowledged_through=max(part.proof.acknowledged_through for part in parts),
        own_through=max(own, default=None),
    )
    if history.last is not None and history.last_sale > result.proven_through:
        findings.add(
            "seal",
            history.last.place,
            f"a seal over the sale in entry {history.last_sale}, as each sale has",
            f"none after entry {result.proven_through}",
        )
    return result


def _begin_at_checkpoint(
    history: History, parts: Sequence[Part], link: Link, findings: Findings, sealers: Sealers
) -> None:
    points = (part.checkpoint for part in parts if part.checkpoint is not None)
    point = next((one for one in points if one.through == link.entry.sequence - 1), None)
    if point is None:
        return
    sealers.begin_with(point.newest.rotated)
    try:
        history.begin_at(point)
    except msgspec.ValidationError as error:
        findings.add("fact", link.place, "a checkpoint with the fields of a balance", error)
