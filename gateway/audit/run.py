"""Audit files: group them by ledger, read each history once, and say what it came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit.foreknown import Foreknown, foreknown
from gateway.audit.history import History
from gateway.audit.ledger_keys import KeyChange, LedgerKeys
from gateway.audit.merge import merged
from gateway.audit.part import CHECKPOINT_LINE, Part, Unusable
from gateway.audit.problems import Findings, Place
from gateway.audit.succession import Note, Whose, judge, retired_keys, wanted_hashes
from gateway.audit.tally import Tally
from gateway.audit.trust import Trust
from mqtt.seals import Seal, SealInvalid, SealType, verify

SEALS: tuple[SealType, ...] = ("ledger", "ledger-ack", "checkpoint")
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
    goes_on: bool
    """The gateway had more when the newest of its files was written."""
    key_changes: list[KeyChange]
    grants: tuple[int | None, int]
    """The first that was activated, and the highest number."""
    hashes: dict[int, str]
    """Of the entries that other ledgers name as where this one ended."""

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
    notes: list[Note] = field(default_factory=list)
    """On which ledger follows which."""

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


def audit(files: Sequence[Path], trust: Trust, *, one_in: int = 1) -> Result:
    """Check everything; Unusable where not one file begins as an export does.

    `one_in`: of how many seals one signature is verified, see Part.
    """
    result = Result()
    ledgers: dict[Whose, list[Part]] = {}
    for path in files:
        try:
            part = Part(path, result.findings, one_in=one_in)
        except Unusable as error:
            result.findings.add("file", Place(str(path), 1), "no_header", why=error)
            continue
        whose = (part.header.gateway, part.header.incarnation)
        ledgers.setdefault(whose, []).append(part)
    if not ledgers:
        raise Unusable("; ".join(problem.values["why"] for problem in result.findings.kept))
    known = {whose: foreknown(part.path for part in parts) for whose, parts in ledgers.items()}
    done = {}
    for whose, parts in sorted(ledgers.items()):
        done[whose] = _Ledger(whose, parts, result.findings, trust, known).read()
        result.total.add(done[whose].tally)
        result.ledgers.append(done[whose])
    result.notes = judge(done, known, result.findings)
    return result


class _Ledger:
    """All files of one incarnation, to be read once."""

    def __init__(
        self,
        whose: Whose,
        parts: Sequence[Part],
        findings: Findings,
        trust: Trust,
        known: Mapping[Whose, Foreknown],
    ) -> None:
        self._gateway, self._incarnation = whose
        self._parts, self._findings = parts, findings
        self._first = min(part.header.from_sequence for part in parts)
        self._keys = LedgerKeys(trust, *whose, known[whose], retired_keys(whose, known))
        self._revoked = trust.revoked(self._gateway)
        self._wanted = wanted_hashes(whose, known)
        self._history = History(self._gateway, self._incarnation, findings, whole=self._first == 1)

    def read(self) -> LedgerResult:
        history, parts = self._history, self._parts
        hashes = {}
        begins = {part.header.from_sequence for part in parts}
        for link in merged(parts, self._findings, self._verify):
            sequence = link.entry.sequence
            if sequence in begins:
                self._checkpoints(sequence)
            history.take(link)
            if sequence in self._wanted:
                hashes[sequence] = link.hash
        history.close()
        self._keys.close(self._findings)
        own = [part for part in parts if part.header.holder == "gateway"]
        newest = max(own, key=lambda part: part.through, default=None)
        result = LedgerResult(
            gateway=self._gateway,
            incarnation=self._incarnation,
            files=[str(part.path) for part in parts],
            first=self._first,
            through=history.last.entry.sequence if history.last else self._first - 1,
            head=history.last.hash if history.last else parts[0].header.prevhash,
            tally=history.tally,
            seals=sum(part.proof.seals for part in parts),
            sealed_through=max(part.proof.sealed_through for part in parts),
            acknowledged_through=max(part.proof.acknowledged_through for part in parts),
            own_through=newest.through if newest else None,
            goes_on=newest is not None and newest.header.goes_on,
            key_changes=self._keys.changes(),
            grants=history.grants,
            hashes=hashes,
        )
        self._proven(result)
        return result

    def _checkpoints(self, sequence: int) -> None:
        """Those that the files which begin here begin with."""
        for part in self._parts:
            if part.header.from_sequence == sequence and part.checkpoint is not None:
                place = Place(str(part.path), CHECKPOINT_LINE, sequence - 1)
                self._history.stands_at(part.checkpoint, place)

    def _proven(self, result: LedgerResult) -> None:
        """Each sale is sealed with it, though perhaps in the next file; nothing that only a
        revoked key has sealed counts."""
        last = self._history.last
        if last is None:
            return
        whole = not (result.goes_on and result.through == result.own_through)
        if whole and self._history.last_sale > result.proven_through:
            self._findings.add(
                "seal",
                last.place,
                "sale_unsealed",
                sale=self._history.last_sale,
                through=result.proven_through,
            )
        if self._revoked and result.sealed_through > result.acknowledged_through:
            self._findings.add(
                "seal",
                last.place,
                "revoked_tail",
                why=self._revoked,
                through=result.acknowledged_through,
            )

    def _verify(self, seal: Seal) -> None:
        """SealInvalid says why it proves nothing."""
        if seal.type not in SEALS:
            raise SealInvalid(f"a seal of type {seal.type}, expected {', '.join(SEALS)}")
        verify(
            seal, self._keys, type=seal.type, gateway=self._gateway, incarnation=self._incarnation
        )
        if seal.type == "ledger":
            self._keys.proved(seal)
