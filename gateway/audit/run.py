"""Audit files: group them by ledger, read each history once, and say what it came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.audit.foreknown import Foreknown, foreknown
from gateway.audit.forks import split
from gateway.audit.history import History
from gateway.audit.ledger_keys import LedgerKeys
from gateway.audit.merge import Forked, merged
from gateway.audit.part import CHECKPOINT_LINE, Part, Unusable
from gateway.audit.problems import Findings, Place
from gateway.audit.result import Apart, Fork, LedgerResult, Result
from gateway.audit.succession import Whose, judge, retired_keys, wanted_hashes
from gateway.audit.tally import Sold
from gateway.audit.trust import Trust
from mqtt.seal import Seal, SealType
from mqtt.seals import SealInvalid, verify

SEALS: tuple[SealType, ...] = ("ledger", "ledger-ack", "checkpoint")
SUFFIXES = (".jsonl", ".jsonl.gz")


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
    ledgers: dict[Whose, list[Path]] = {}
    for path in sorted(files):
        try:
            header = Part(path, Findings()).header
        except Unusable as error:
            result.findings.add("file", Place(str(path), 1), "no_header", why=error)
            continue
        ledgers.setdefault((header.gateway, header.incarnation), []).append(path)
    if not ledgers:
        raise Unusable("; ".join(problem.values["why"] for problem in result.findings.kept))
    known = {whose: foreknown(paths) for whose, paths in ledgers.items()}
    done = {}
    for whose, paths in sorted(ledgers.items()):
        read = _Reading(whose, trust, known, one_in)
        done[whose] = read.all(paths, result.findings)
        result.total.add(done[whose].tally)
        result.ledgers.append(done[whose])
    result.notes = judge(done, known, result.findings)
    return result


@dataclass(slots=True)
class _Reading:
    """Of one incarnation: as one history if it is one, else each by itself."""

    whose: Whose
    trust: Trust
    known: dict[Whose, Foreknown]
    one_in: int

    def all(self, paths: Sequence[Path], findings: Findings) -> LedgerResult:
        try:
            found = Findings()
            result = self._ledger(paths, found, self.known[self.whose]).read()
        except Forked:
            return self._apart(paths, findings)
        findings.take(found)
        return result

    def _apart(self, paths: Sequence[Path], findings: Findings) -> LedgerResult:
        """The history that counts is the ledger; of the others, what is theirs alone."""
        ledger = self._ledger(paths, Findings(), self.known[self.whose])
        parts = split(ledger.parts, ledger.verify, findings)
        histories = [[part.path for part in history] for history in parts.files]
        found = [Findings() for _ in histories]
        results = [
            self._ledger(files, problems, foreknown(files)).read(apart_from=parts.counted)
            for files, problems in zip(histories, found, strict=True)
        ]
        for problems in found:
            findings.take(problems)
        self.known[self.whose] = foreknown(histories[0])
        counted, *others = results
        if others:
            counted.fork = Fork(
                parts.sequence, parts.why, [Apart(one.through, one.apart) for one in others]
            )
        counted.files = list(map(str, paths))
        return counted

    def _ledger(self, paths: Sequence[Path], findings: Findings, said: Foreknown) -> "_Ledger":
        """`said`: what these files tell of their keys."""
        known = self.known | {self.whose: said}
        parts = [Part(path, findings, one_in=self.one_in) for path in paths]
        return _Ledger(self.whose, parts, findings, self.trust, known)


class _Ledger:
    """Files of one incarnation, to be read once."""

    def __init__(
        self,
        whose: Whose,
        parts: Sequence[Part],
        findings: Findings,
        trust: Trust,
        known: Mapping[Whose, Foreknown],
    ) -> None:
        self._gateway, self._incarnation = whose
        self.parts, self._findings = parts, findings
        self._first = min(part.header.from_sequence for part in parts)
        self._keys = LedgerKeys(trust, *whose, known[whose], retired_keys(whose, known))
        self._revoked = trust.revoked(self._gateway)
        self._wanted = wanted_hashes(whose, known)
        self._history = History(self._gateway, self._incarnation, findings, whole=self._first == 1)

    def read(self, apart_from: Mapping[int, str] | None = None) -> LedgerResult:
        """As one history. Forked where the parts differ; not if what others told is apart.

        `apart_from`: hashes of the history that counts.
        """
        history, parts = self._history, self.parts
        hashes = {}
        apart = Sold()
        begins = {part.header.from_sequence for part in parts}
        for link in merged(parts, self._findings, self.verify, apart=apart_from is not None):
            sequence = link.entry.sequence
            if sequence in begins:
                self._checkpoints(sequence)
            if apart_from is None or apart_from.get(sequence) == link.hash:
                history.take(link)
            else:
                before = history.tally.all_sold
                history.take(link)
                apart.add(history.tally.all_sold.less(before))
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
            ratios=history.ratios,
            hashes=hashes,
            apart=apart,
        )
        self._proven(result)
        return result

    def _checkpoints(self, sequence: int) -> None:
        """Those that the files which begin here begin with."""
        for part in self.parts:
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

    def verify(self, seal: Seal) -> None:
        """SealInvalid says why it proves nothing."""
        if seal.type not in SEALS:
            raise SealInvalid(f"a seal of type {seal.type}, expected {', '.join(SEALS)}")
        verify(
            seal, self._keys, type=seal.type, gateway=self._gateway, incarnation=self._incarnation
        )
        if seal.type == "ledger":
            self._keys.proved(seal)
