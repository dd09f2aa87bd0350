"""What is read of one file: its entries as links of a chain, and how far its seals reach."""

from dataclasses import dataclass
from typing import NamedTuple

from gateway.audit.problems import Place
from gateway.core.log import Entry


class Link(NamedTuple):
    """An entry as one file has it."""

    entry: Entry
    hash: str
    place: Place
    why: str = ""
    """Why it is a link of the chain, but no entry of this ledger that can be read."""
    body: bytes = b""
    """Then: what was hashed."""


@dataclass(slots=True)
class Proof:
    """How far valid seals reach in one file."""

    seals: int = 0
    sealed_through: int = 0
    """By the gateway's own seals."""
    acknowledged_through: int = 0
    """By central's."""
