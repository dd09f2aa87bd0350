"""The code on a receipt, by which the office finds the entry: `kupang-01-1234-K7Q2M`.

A gateway's name, the entry's sequence number, and five characters of its hash: whoever mistypes
one finds nothing, and nobody makes up a code for an entry that they have not seen. Two ledgers of
one gateway (after a restore) may have the same number; the hash tells them apart.
"""

import re
from typing import NamedTuple

from gateway.core.units import MAX_SAFE_INTEGER

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
CHECK_CHARACTERS = 5
"""25 bits: of 33 million codes one fits by chance."""
_READ_AS = str.maketrans("ILO", "110")
_PARTS = re.compile(
    r"(?P<gateway>[a-z0-9][a-z0-9._-]{0,63})[\s/-]+(?P<sequence>[1-9][0-9]{0,15})[\s/-]+"
    r"(?P<check>[0-9a-z]{5})"
)


class FindingCode(NamedTuple):
    """`str` of it is what is printed."""

    gateway: str
    sequence: int
    check: str

    def fits(self, entry_hash: str) -> bool:
        """Whether this is the entry's. `entry_hash`: 64 hex digits."""
        return self.check == check_of(entry_hash)

    def __str__(self) -> str:
        return f"{self.gateway}-{self.sequence}-{self.check}"


def finding_code(gateway: str, sequence: int, entry_hash: str) -> FindingCode:
    return FindingCode(gateway, sequence, check_of(entry_hash))


def check_of(entry_hash: str) -> str:
    """The first 25 bits of a hash (64 hex digits), five to a character."""
    bits = int(entry_hash[:8], 16) >> (32 - 5 * CHECK_CHARACTERS)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(CHECK_CHARACTERS)))


def read_code(text: str) -> FindingCode:
    """A code as somebody typed it: capitals, spaces, slashes, O for 0 and I or L for 1 are all
    understood. ValueError where it is none."""
    found = _PARTS.fullmatch(text.strip().casefold())
    if found is None or int(found["sequence"]) > MAX_SAFE_INTEGER:
        raise ValueError(
            f"{text[:100]!r} is no code of a receipt: expected the gateway's name, a number and "
            f"{CHECK_CHARACTERS} characters, such as kupang-01-1234-K7Q2M"
        )
    check = found["check"].upper().translate(_READ_AS)
    return FindingCode(found["gateway"], int(found["sequence"]), check)
