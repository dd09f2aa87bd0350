"""What an audit came to: each ledger, and all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.audit.forks import Why
from gateway.audit.ledger_keys import KeyChange
from gateway.audit.problems import Findings
from gateway.audit.succession import Note
from gateway.audit.tally import Sold, Tally
from gateway.core.facts import KeptRatio


@dataclass(frozen=True, slots=True)
class Apart:
    """What a history tells that is not in the one that counts."""

    through: int
    sold: Sold


@dataclass(frozen=True, slots=True)
class Fork:
    """Files of one ledger that tell several histories."""

    sequence: int
    """The first entry that is told in two ways."""
    why: Why
    others: list[Apart]


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
    ratios: Mapping[int, KeptRatio]
    """In force at the end, by pump; without those that were never changed."""
    hashes: dict[int, str]
    """Of the entries that other ledgers name as where this one ended."""
    apart: Sold
    """What was sold here and not in the history that counts."""
    fork: Fork | None = None
    """Then all else here is of the history that counts."""

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
