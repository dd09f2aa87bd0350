"""What can be judged of a message without the database and the keys: it is read and hashed."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from mqtt.anothers import is_anothers
from mqtt.batches import check_batch, check_incarnation
from mqtt.central.canonical import read_canonical
from mqtt.central.pieces import Piece, joined, piece_of
from mqtt.central.unreadable import open_unreadable
from mqtt.messages import AnyMessage, LedgerMessage
from mqtt.payloads import MAX_PAYLOAD_BYTES, MessageRejected, decode_envelope
from mqtt.topics import FROM_CENTRAL, Kind, parse_topic


class Received(NamedTuple):
    topic: str
    payload: bytes


class Opened(NamedTuple):
    """A received message as far as it can be judged without the database and the keys."""

    received: Received
    gateway: str
    """Of its topic; empty where that is none of the contract's."""
    message: AnyMessage | Piece | None
    """Of a ledger its piece, never the message as such."""
    problem: str
    """Why there is no message; else empty."""
    anothers: bool = False
    """What central writes to this gateway, come back: nothing to take, and nothing odd."""

    @property
    def plain(self) -> bool:
        """Nothing about it is odd, as far as it can be judged here."""
        message = self.message
        return message is not None and (not isinstance(message, Piece) or message.readable)


def open_message(received: Received) -> Opened:
    """Read a message and hash its entries."""
    gateway = ""
    try:
        gateway, kind = parse_topic(received.topic)
        source = f"takar/{gateway}"
        message: AnyMessage | Piece | None = None
        if kind in FROM_CENTRAL and is_anothers(gateway, kind, received.payload):
            return Opened(received, gateway, None, "", anothers=True)
        if kind == "ledger":
            message = read_canonical(received.payload, source)
        return Opened(received, gateway, message or _open(kind, received.payload, source), "")
    except (MessageRejected, ValueError) as error:
        return Opened(received, gateway, None, str(error))


def neighbours_joined(group: Sequence[Opened]) -> list[Opened]:
    """The same with pieces of one ledger made one where they follow one another."""
    runs: list[list[Opened]] = []
    for opened in group:
        if runs and _continues(runs[-1][-1], opened):
            runs[-1].append(opened)
        else:
            runs.append([opened])
    return [_as_one(run) for run in runs]


def _continues(before: Opened, opened: Opened) -> bool:
    first, second = before.message, opened.message
    return (
        isinstance(first, Piece)
        and isinstance(second, Piece)
        and before.gateway == opened.gateway
        and first.continued_by(second)
    )


def _as_one(run: Sequence[Opened]) -> Opened:
    pieces = [opened.message for opened in run if isinstance(opened.message, Piece)]
    return run[0]._replace(message=joined(pieces)) if len(run) > 1 else run[0]


def _open(kind: Kind, payload: bytes, source: str) -> AnyMessage | Piece:
    try:
        message = decode_envelope(kind, payload)
        if isinstance(message, LedgerMessage):
            check_batch(message.entries, message.seal, source)
            check_incarnation(message.entries, message.seal)
    except MessageRejected as refused:
        unreadable = _unreadable(kind, payload, source)
        if unreadable is None:
            raise refused from None
        message = unreadable
    return piece_of(message) if isinstance(message, LedgerMessage) else message


def _unreadable(kind: Kind, payload: bytes, source: str) -> LedgerMessage | None:
    """A ledger message in which what this version cannot read is marked; None for no such."""
    if kind != "ledger" or len(payload) > MAX_PAYLOAD_BYTES:
        return None
    with suppress(MessageRejected):
        return open_unreadable(payload, source)
    return None
