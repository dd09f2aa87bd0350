"""What a check of a ledger says."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: which, what it should have been, and what it is."""

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, found {self.found}"
