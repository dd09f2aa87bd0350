"""Canonical bytes and the hash chain of both logs (ledger and directives)."""

import hashlib
from typing import Any

import rfc8785

GENESIS = "0" * 64
"""`prevhash` of a log's first entry."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value; raises ValueError where there is none."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not representable as canonical JSON: {error}") from error


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over the canonical entry, `prevhash` included, as 64 hex digits."""
    return hashlib.sha256(canonical(entry)).hexdigest()
