"""What can be judged of a message without the database and the keys: it is read and hashed."""

from contextlib import suppress
from typing import NamedTuple

from gateway.core.facts import Fact
from mqtt.batches import check_batch, check_incarnation
from mqtt.central.canonical import read_canonical
from mqtt.central.unreadable import open_unreadable
from mqtt.messages import AnyMessage, LedgerMessage
from mqtt.payloads import MAX_PAYLOAD_BYTES, MessageRejected, decode_envelope
from mqtt.topics import Kind, parse_topic


class Received(NamedTuple):
    topic: str
    payload: bytes


class Opened(NamedTuple):
    """A received message as far as it can be judged without the database and the keys."""

    received: Received
    gateway: str
    """Of its topic; empty where that is none of the contract's."""
    message: AnyMessage | None
    problem: str
    """Why there is no message, or why its entries are no piece of a chain; else empty."""
    facts: list[Fact] | None = None
    """What each entry of a ledger message says; None where not all of them were read."""


def open_message(received: Received) -> Opened:
    """Read a message and hash its entries.

    Half of what a message costs, and it may be done while another one is being stored.
    """
    gateway, message = "", None
    try:
        gateway, kind = parse_topic(received.topic)
        source = f"takar/{gateway}"
        if kind == "ledger" and (read := read_canonical(received.payload, source)) is not None:
            return Opened(received, gateway, read.message, "", read.facts)
        try:
            message = decode_envelope(kind, received.payload)
            if isinstance(message, LedgerMessage):
                check_batch(message.entries, message.seal, source)
                check_incarnation(message.entries, message.seal)
        except MessageRejected as refused:
            unreadable = _unreadable(kind, received.payload, source)
            if unreadable is None:
                raise refused from None
            message = unreadable
    except (MessageRejected, ValueError) as error:
        return Opened(received, gateway, message, str(error))
    return Opened(received, gateway, message, "")


def _unreadable(kind: Kind, payload: bytes, source: str) -> LedgerMessage | None:
    """A ledger message in which what this version cannot read is marked; None for no such."""
    if kind != "ledger" or len(payload) > MAX_PAYLOAD_BYTES:
        return None
    with suppress(MessageRejected):
        return open_unreadable(payload, source)
    return None
