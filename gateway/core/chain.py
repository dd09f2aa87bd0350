"""Canonical bytes and the hash chain of both logs (ledger and directives)."""

import hashlib
from typing import Annotated, Any

import msgspec
import rfc8785
from msgspec import Meta

from gateway.core.units import MAX_SAFE_INTEGER

GENESIS = "0" * 64
"""`prevhash` of a log's first entry."""

_SORTED = msgspec.json.Encoder(order="sorted")

_Leaf = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)] | str | bool | None
_Level1 = _Leaf | list[_Leaf] | dict[str, _Leaf]
_Level2 = _Leaf | list[_Level1] | dict[str, _Level1]
_Level3 = _Leaf | list[_Level2] | dict[str, _Level2]
Plain = _Leaf | list[_Level3] | dict[str, _Level3]
"""What no reader and no writer of JSON takes for anything else; nested no deeper than this."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value; raises ValueError where there is none."""
    try:
        # For plain values msgspec's sorted form is the same, and twenty times as quick.
        return _SORTED.encode(value) if _plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise ValueError(f"not representable as canonical JSON: {error}") from error


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over the canonical entry, `prevhash` included, as 64 hex digits."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def written_plainly(value: object, text: bytes) -> bool:
    """Is `text`, which was read as `value`, its RFC 8785 form for certain? False: look closely.

    For values read in types of plain JSON (`Plain`) and of integers below 2^53: nothing is looked
    at twice.
    """
    return text.isascii() and _SORTED.encode(value) == text


def _plain(value: Any) -> bool:
    """Text, truth values, null and safe integers, in lists and in objects with ASCII names.

    Only fractions, and names whose order depends on UTF-16, are written otherwise by RFC 8785.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER)
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                return False
            kind = type(item)
            if kind is str or (kind is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER):
                continue  # what nearly all are
            if not _plain(item):
                return False
        return True
    return kind is list and all(map(_plain, value))
