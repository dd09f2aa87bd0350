"""Files of one ledger that contradict each other, sorted into the histories that they tell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from gateway.audit.part import Part, VerifySeal
from gateway.audit.problems import Findings, Place

Why = Literal["intact", "acknowledged", "longer", "alike"]
"""Why a history is the one that counts: its chain alone holds, central acknowledged more of it,
it has more entries, or it is as long as another and its last hash is the smaller."""
_WHY: Sequence[Why] = ("intact", "acknowledged", "longer", "alike")
Chain = dict[int, tuple[str, Place]]
"""By sequence: the entry's hash and its place; before a file's first entry, what it follows."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one file says."""

    part: Part
    chain: Chain
    intact: bool


@dataclass(frozen=True, slots=True)
class Split:
    """The histories of one ledger, the one that counts first; files of before are in several."""

    files: list[list[Part]]
    counted: dict[int, str]
    """The hashes of the first one by sequence."""
    why: Why
    sequence: int
    """The first entry that is told in two ways; 0 if there is one history."""


def split(parts: Iterable[Part], verify: VerifySeal, findings: Findings) -> Split:
    """Read each part to the end and tell the histories apart, whatever the parts' order.

    Each fork goes to `findings`; what else the parts report, their own findings take.
    """
    told = [_read(part, verify) for part in parts]
    told.sort(key=lambda one: (min(one.chain), -max(one.chain), one.chain[max(one.chain)][0]))
    histories = _grouped(told)
    chains = [_joined(history) for history in histories]
    forks = [at for pair in combinations(chains, 2) for at in _different(*pair)]
    sequence = min(forks, default=0)
    ranks = [_rank(*both, sequence) for both in zip(histories, chains, strict=True)]
    order = sorted(range(len(ranks)), key=lambda number: ranks[number], reverse=True)
    first, second = ranks[order[0]], ranks[order[min(1, len(order) - 1)]]
    reasons = (why for why, a, b in zip(_WHY, first, second, strict=True) if a != b)
    why: Why = next(reasons, "alike")
    counted = chains[order[0]]
    for number in order[1:]:
        _report(counted, chains[number], findings)
    return Split(
        [[one.part for one in histories[number]] for number in order],
        {at: text for at, (text, _) in counted.items()},
        why,
        sequence,
    )


def _read(part: Part, verify: VerifySeal) -> _Told:
    first = part.header.from_sequence
    chain: Chain = {first - 1: (part.header.prevhash, Place(str(part.path), 1, first))}
    for link in part.links(verify):
        chain.setdefault(link.entry.sequence, (link.hash, link.place))
    return _Told(part, chain, intact=not part.findings.counts["chain"])


def _grouped(told: Iterable[_Told]) -> list[list[_Told]]:
    """Each file with all that agree with it."""
    histories: list[list[_Told]] = []
    for one in told:
        agreeing = [[other for other in history if _agree(one, other)] for history in histories]
        joined = False
        for history, others in zip(histories, agreeing, strict=True):
            if len(others) == len(history):
                history.append(one)
                joined = True
        if not joined:
            histories.append([*max(agreeing, key=len, default=[]), one])
    return histories


def _agree(one: _Told, other: _Told) -> bool:
    return not any(_different(one.chain, other.chain))


def _different(one: Chain, other: Chain) -> Iterator[int]:
    return (at for at in one.keys() & other.keys() if one[at][0] != other[at][0])


def _joined(history: Iterable[_Told]) -> Chain:
    """An entry's own place goes before that of what follows it."""
    chain: Chain = {}
    for one in history:
        for at, said in one.chain.items():
            if at not in chain or chain[at][1].sequence != at:
                chain[at] = said
    return chain


def _rank(history: Iterable[_Told], chain: Chain, fork: int) -> tuple[bool, int, int, int]:
    """The greatest counts. Central's word on what was before the fork says nothing."""
    intact = all(one.intact for one in history)
    acknowledged = max(one.part.proof.acknowledged_through for one in history)
    entries = sum(place.sequence == at for at, (_, place) in chain.items())
    head = int(chain[max(chain)][0], 16)
    return intact, acknowledged if acknowledged >= fork else 0, entries, -head


def _report(counted: Chain, other: Chain, findings: Findings) -> None:
    at = min(_different(counted, other))
    (expected, here), (found, place) = counted[at], other[at]
    code = "other_entry" if place.sequence == at == here.sequence else "other_history"
    findings.add("fork", place, code, file=here.file, expected=expected, found=found)
