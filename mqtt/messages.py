"""What travels over MQTT: one type per topic."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from gateway.core.facts import KeyStatement
from gateway.core.fields import (
    AmountIdr,
    Count,
    Hash,
    Name,
    PumpNumber,
    Sequence,
    Text,
    UtcTime,
    VolumeMl,
)
from gateway.core.log import Entry, EntryId, EntryType
from mqtt.seal import Seal
from mqtt.topics import Kind

MAX_ENTRIES = 400
"""In one message."""
MAX_HELD = 1000
"""In one page of a snapshot."""
ANSWER_BYTES = 200 * 1024
"""What a message with directives may be long at most, and is where a request does not say."""
MAX_STATEMENTS = 100
"""About central's keys, in one message: the newest ones."""

Entries = Annotated[list[Entry], Meta(min_length=1, max_length=MAX_ENTRIES)]


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
    alarm: Name | None = None
    """`totaliser_drifted`: a count is not what was recorded; `bypass_left_on`: the bypass key has
    been on for long; `flow_unauthorised`: fuel flowed while the valve was shut, in this shift."""


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
