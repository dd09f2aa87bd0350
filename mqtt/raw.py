"""What can still be proven of directives whose form this version does not know."""

import json
from typing import Any

import msgspec

from gateway.core.chain import entry_hash
from gateway.core.log import Entry
from mqtt.messages import MAX_ENTRIES
from mqtt.payloads import MAX_PAYLOAD_BYTES, MessageRejected, refuse_duplicates
from mqtt.seal import Seal


def seal_of_unreadable(payload: bytes) -> Seal | None:
    """The seal, not verified yet, over directives of which at least one is no entry to us.

    None for everything else. What stands beside the chain in a message is signed by nobody,
    so only what the seal's hash covers counts here.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        found = json.loads(payload.decode(), object_pairs_hook=refuse_duplicates)
        listed, seal = found["directives"], msgspec.convert(found["seal"], Seal)
        if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_ENTRIES:
            return None
        hashes = [entry_hash(raw) for raw in listed]
        linked = all(
            raw["prevhash"] == before for raw, before in zip(listed[1:], hashes, strict=False)
        )
    except (MessageRejected, ValueError, KeyError, TypeError, RecursionError):
        return None
    return seal if linked and hashes[-1] == seal.head and not all(map(_readable, listed)) else None


def _readable(raw: Any) -> bool:
    try:
        msgspec.convert(raw, Entry)
    except msgspec.ValidationError:
        return False
    return True
