"""The one way to write a message as a payload, and to read what came as one."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from gateway.core.allocation import DIRECTIVE_TYPES, Directive
from gateway.core.facts import FACT_TYPES, Fact
from gateway.core.log import Entry, Written
from mqtt.messages import (
    MESSAGE_TYPES,
    AnyMessage,
    DirectivesMessage,
    Held,
    LedgerMessage,
    SnapshotPage,
    WrittenMessage,
)
from mqtt.seal import Seal
from mqtt.topics import Kind

MAX_PAYLOAD_BYTES = 256 * 1024

T = TypeVar("T")
E = TypeVar("E", Entry, Held)

_DECODERS: dict[Kind, msgspec.json.Decoder[AnyMessage]] = {
    kind: msgspec.json.Decoder(message) for kind, message in MESSAGE_TYPES.items()
}


class MessageRejected(Exception):
    """A payload that is not a message of its topic; the text says why."""


def encode(message: AnyMessage) -> bytes:
    """The payload of a message: JSON in UTF-8."""
    return msgspec.json.encode(message)


def encode_written(entries: Iterable[Written], seal: Seal) -> bytes:
    """The payload of a `LedgerMessage`, in canonical form as the entries are.

    So whoever receives it can hash what came, and need not write it again.
    """
    raw = [msgspec.Raw(entry.body) for entry in entries]
    return msgspec.json.encode(WrittenMessage(entries=raw, seal=seal), order="sorted")


def decode(kind: Kind, payload: bytes) -> AnyMessage:
    """Read a payload of this kind of topic; MessageRejected for anything else.

    The result has the type MESSAGE_TYPES[kind], and each entry's data fits its type.
    Seals and chains are checked apart (`mqtt.seals.verify`, `mqtt.batches.check_batch`).
    """
    message = decode_envelope(kind, payload)
    if isinstance(message, LedgerMessage):
        _read_all(kind, message.entries, read_fact)
    elif isinstance(message, DirectivesMessage):
        _read_all(kind, message.directives, read_directive)
    elif isinstance(message, SnapshotPage):
        _read_all(kind, message.entries, read_directive)
    return message


def decode_envelope(kind: Kind, payload: bytes) -> AnyMessage:
    """Like `decode`, but the entries' data is not looked into.

    For central, which keeps entries of a newer gateway whose type it does not know.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageRejected(f"{kind}: {len(payload)} bytes, expected at most {MAX_PAYLOAD_BYTES}")
    try:
        message = _DECODERS[kind].decode(payload)
        # What we would have written ourselves holds no name twice; all else is read again.
        if encode(message) != payload:
            json.loads(payload.decode(), object_pairs_hook=refuse_duplicates)
    except MessageRejected as error:
        raise MessageRejected(f"{kind}: {error}") from error
    except RecursionError as error:
        raise MessageRejected(f"{kind}: nested too deeply") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise MessageRejected(f"{kind}: not a message of this topic: {error}") from error
    return message


def read_fact(entry: Entry) -> Fact:
    """The data of a ledger entry as the type that its name stands for.

    MessageRejected says what is wrong with it, and leaves out which entry it is.
    """
    return _read(entry, FACT_TYPES)


def read_directive(entry: Entry | Held) -> Directive:
    """The data of a directive as the type that its name stands for. MessageRejected likewise."""
    return _read(entry, DIRECTIVE_TYPES)


def _read_all(kind: Kind, entries: Iterable[E], read: Callable[[E], object]) -> None:
    for entry in entries:
        try:
            read(entry)
        except MessageRejected as error:
            raise MessageRejected(f"{kind}: entry {entry.sequence}: {error}") from error


def _read(entry: Entry | Held, types: dict[str, type[T]]) -> T:
    wanted = types.get(entry.type)
    if wanted is None:
        raise MessageRejected(f"this version does not know the type {entry.type!r}")
    try:
        return msgspec.convert(entry.data, wanted)
    except msgspec.ValidationError as error:
        raise MessageRejected(f"{entry.type}: {error}") from error


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For json.loads: an object whose names each occur once; MessageRejected for others."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise MessageRejected("a name occurs twice in one object, so readers would disagree")
    return dict(pairs)
