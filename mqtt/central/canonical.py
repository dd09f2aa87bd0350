"""The quick way to read a ledger message: one in canonical form is hashed as it stands."""

import hashlib
from typing import NamedTuple

import msgspec

from gateway.core.facts import Fact
from mqtt.batches import check_batch, check_incarnation
from mqtt.messages import LedgerMessage, WrittenMessage
from mqtt.payloads import MAX_PAYLOAD_BYTES, MessageRejected, read_fact


class CanonicalMessage(NamedTuple):
    """A message that is one piece of a chain, and what each of its entries says."""

    message: LedgerMessage
    facts: list[Fact]


def read_canonical(payload: bytes, source: str) -> CanonicalMessage | None:
    """Read a message as our own gateways send it; None where the long way must judge it.

    What sorts to the very bytes that came has no name twice. Where every entry is a fact that
    we know, it holds no number but bounded integers and no name but ASCII ones, of which the
    sorted form is the RFC 8785 form. So its bytes are what was hashed.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        message = _ENTRIES.decode(payload)
        if msgspec.json.encode(message, order="sorted") != payload:
            return None
        facts = [read_fact(entry) for entry in message.entries]
        hashes = [hashlib.sha256(raw).hexdigest() for raw in _SLICES.decode(payload).entries]
        check_batch(message.entries, message.seal, source, hashes)
        check_incarnation(message.entries, message.seal)
    except (MessageRejected, ValueError, RecursionError):
        return None
    return CanonicalMessage(message, facts)


_ENTRIES = msgspec.json.Decoder(LedgerMessage)
_SLICES = msgspec.json.Decoder(WrittenMessage)
