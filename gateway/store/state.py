"""A hash over what the chain of entries does not cover: the row meta and the open sessions.

SQLite has no checksums in the database file, so one flipped bit could change a reservation,
or what central is said to have acknowledged, and still read well.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from gateway.core.chain import canonical
from gateway.store.view import Meta


def state_hash(meta: Meta, sessions: Mapping[int, bytes]) -> str:
    """SHA-256 in hex of the canonical meta, then a line for each pump with its open session."""
    lines = [canonical(msgspec.to_builtins(meta))]
    lines += [b"%d %b" % (pump, sessions[pump]) for pump in sorted(sessions)]
    return hashlib.sha256(b"\n".join(lines)).hexdigest()
