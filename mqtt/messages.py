"""What travels over MQTT: one type per topic, and the one way to read a payload."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from gateway.core.allocation import DIRECTIVE_TYPES, Directive
from gateway.core.facts import (
    FACT_TYPES,
    AmountIdr,
    Count,
    Fact,
    Hash,
    KeyStatement,
    Name,
    PumpNumber,
    Sequence,
    Text,
    UtcTime,
    VolumeMl,
)
from gateway.core.log import Entry, EntryId, EntryType, Written
from mqtt.seals import Seal
from mqtt.topics import Kind

MAX_PAYLOAD_BYTES = 256 * 1024
MAX_ENTRIES = 400
"""In one message."""
MAX_HELD = 1000
"""In one page of a snapshot."""
ANSWER_BYTES = 200 * 1024
"""What a message with directives may be long at most, and is where a request does not say."""
MAX_STATEMENTS = 100
"""About central's keys, in one message: the newest ones."""

T = TypeVar("T")
Entries = Annotated[list[Entry], Meta(min_length=1, max_length=MAX_ENTRIES)]


class MessageRejected(Exception):
    """A payload that is not a message of its topic; the text says why."""


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the messages that are more than a seal."""


class LedgerMessage(Message, frozen=True, kw_only=True):
    """Consecutive ledger entries; the seal is at the last one."""

    entries: Entries
    seal: Seal


class WrittenMessage(Message, frozen=True, kw_only=True):
    """A `LedgerMessage` whose entries are written already."""

    entries: list[msgspec.Raw]
    seal: Seal


class DirectivesMessage(Message, frozen=True, kw_only=True, tag_field="kind", tag="directives"):
    """Consecutive directives; the seal is at the last one."""

    directives: Entries
    seal: Seal


class KeysMessage(Message, frozen=True, kw_only=True):
    """What the root has said of central's keys: each proves itself, so there is no seal."""

    statements: Annotated[list[KeyStatement], Meta(min_length=1, max_length=MAX_STATEMENTS)]


class Held(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A directive that still counts, as a snapshot has it: without its place in the chain."""

    id: EntryId
    type: EntryType
    data: dict[str, Any]

    @property
    def sequence(self) -> int:
        return int(self.id.partition("/")[2])


class SnapshotPage(Message, frozen=True, kw_only=True, tag_field="kind", tag="snapshot"):
    """A part of what the directives through `at` say; the seal is at `at`, over `page_hash`."""

    at: Sequence
    head: Hash
    """Hash of directive `at`."""
    time: UtcTime
    """Of directive `at`."""
    content: Hash
    """SHA-256 over the canonical form of the list of all the snapshot's entries."""
    total: Sequence
    """How many these are."""
    first: Sequence
    """Which of them this page begins with, from 1."""
    entries: Annotated[list[Held], Meta(min_length=1, max_length=MAX_HELD)]
    seal: Seal


class Request(Message, frozen=True, kw_only=True):
    """Asks for the directives from one on, or for the entries of a snapshot from one on.

    The former is sealed at `from` with the hash of the directive before, the latter at `at`
    with the hash of directive `at`.
    """

    request: Literal["directives", "snapshot"]
    from_sequence: Sequence = field(name="from")
    at: Count = 0
    """Of a snapshot; else 0."""
    bytes: Annotated[int, Meta(ge=1, le=ANSWER_BYTES)] = ANSWER_BYTES
    """The answer shall be one message with about so many bytes of directives, but at least one."""
    seal: Seal


class Status(Message, frozen=True, kw_only=True):
    """Birth or death of a gateway's session; the seal is at the head of its ledger."""

    state: Literal["online", "offline"]
    boot: Sequence
    version: Text
    seal: Seal


class LivePump(Message, frozen=True, kw_only=True):
    pump: PumpNumber
    state: Name
    subject: Name | None = None
    plate: Text | None = None
    volume_ml: VolumeMl
    amount_idr: AmountIdr
    remaining_ml: VolumeMl | None
    code: Name | None
    """What the display says, as a code of the catalogue."""


class Live(Message, frozen=True, kw_only=True):
    """What each pump is doing now. Informative: unsealed, may be lost."""

    pumps: Annotated[list[LivePump], Meta(min_length=1, max_length=4)]


AnyMessage = (
    LedgerMessage | DirectivesMessage | SnapshotPage | KeysMessage | Request | Status | Live | Seal
)

MESSAGE_TYPES: dict[Kind, Any] = {
    "status": Status,
    "ledger": LedgerMessage,
    "ledger/ack": Seal,
    "directives": DirectivesMessage | SnapshotPage,
    "directives/head": Seal,
    "keys": KeysMessage,
    "requests": Request,
    "live": Live,
}
_DECODERS: dict[Kind, msgspec.json.Decoder[AnyMessage]] = {
    kind: msgspec.json.Decoder(message) for kind, message in MESSAGE_TYPES.items()
}


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
    try:
        if isinstance(message, LedgerMessage):
            for entry in message.entries:
                read_fact(entry)
        elif isinstance(message, DirectivesMessage):
            for entry in message.directives:
                read_directive(entry)
        elif isinstance(message, SnapshotPage):
            for held in message.entries:
                read_directive(held)
    except MessageRejected as error:
        raise MessageRejected(f"{kind}: {error}") from error
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
    """The data of a ledger entry as the type that its name stands for."""
    return _read(entry, FACT_TYPES)


def read_directive(entry: Entry | Held) -> Directive:
    """The data of a directive as the type that its name stands for."""
    return _read(entry, DIRECTIVE_TYPES)


def _read(entry: Entry | Held, types: dict[str, type[T]]) -> T:
    wanted = types.get(entry.type)
    if wanted is None:
        raise MessageRejected(
            f"entry {entry.sequence}: unknown type {entry.type!r}, expected one of "
            f"{', '.join(types)}"
        )
    try:
        return msgspec.convert(entry.data, wanted)
    except msgspec.ValidationError as error:
        raise MessageRejected(f"entry {entry.sequence} ({entry.type}): {error}") from error


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For json.loads: an object whose names each occur once; MessageRejected for others."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise MessageRejected("a name occurs twice in one object, so readers would disagree")
    return dict(pairs)
