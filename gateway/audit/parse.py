"""What a line of an export says. Nothing outside the format gets through."""

import hashlib
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from gateway.core.chain import Plain, canonical, written_plainly
from gateway.core.fields import Hash, Sequence
from gateway.core.log import Entry
from gateway.words.visible import visible
from mqtt.export import ExportEnd, ExportHeader, SealedCheckpoint
from mqtt.seal import Seal

T = TypeVar("T")


class _PlainEntry(Entry, frozen=True):
    """As nearly all are: plain values, nested as deep as our own facts are."""

    data: dict[str, Plain]


_HEADER = msgspec.json.Decoder(dict[str, ExportHeader])
_SEAL = msgspec.json.Decoder(dict[str, Seal])
_END = msgspec.json.Decoder(dict[str, ExportEnd])
_CHECKPOINT = msgspec.json.Decoder(dict[str, SealedCheckpoint])
_ANY = msgspec.json.Decoder()
_PLAIN = msgspec.json.Decoder(_PlainEntry)
UNREADABLE = "unreadable"
_ENTRY = b'{"entry":'


class BadLine(Exception):
    """A line that is not what it says it is; the text says why."""


class _Link(Struct, frozen=True):
    """The least without which nothing is a link of a chain."""

    sequence: Sequence
    prevhash: Hash


class HashedEntry(NamedTuple):
    """An entry, and the SHA-256 of its bytes in the line, which are its canonical form."""

    entry: Entry
    hash: str
    why: str = ""
    """Why it is no entry, only a link of the chain; its type is then `unreadable`."""
    body: bytes = b""
    """Then: what was hashed."""


def parse(content: bytes) -> ExportHeader | SealedCheckpoint | HashedEntry | Seal | ExportEnd:
    """Read one line; BadLine if it is none of the format, or not in canonical form."""
    try:
        if content.startswith(_ENTRY):
            return _entry(content)
        name = content[2 : content.find(b'"', 2)]
        if name == b"seal":
            seal = _SEAL.decode(content)
            # A seal is text, and integers below 2^53.
            plainly = written_plainly(seal, content)
            return seal["seal"] if plainly else _only(seal, "seal", content)
        if name == b"export":
            return _only(_HEADER.decode(content), "export", content)
        if name == b"end":
            return _only(_END.decode(content), "end", content)
        if name == b"checkpoint":
            return _only(_CHECKPOINT.decode(content), "checkpoint", content)
    except (msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
        raise BadLine(str(error)) from error
    except RecursionError as error:
        raise BadLine("nested too deeply") from error
    raise BadLine(f'a line that begins "{visible(content[:20].decode(errors="replace"))}"')


def _entry(content: bytes) -> HashedEntry:
    body = content[len(_ENTRY) : -1]
    if not content.endswith(b"}"):
        raise BadLine("an entry that is not in canonical form")
    try:
        plain = _PLAIN.decode(body)
        if written_plainly(plain, body):
            return HashedEntry(plain, hashlib.sha256(body).hexdigest())
    except msgspec.ValidationError:
        pass  # none of plain values: it is read again, as any value
    return _any_entry(body)


def _any_entry(body: bytes) -> HashedEntry:
    value = _ANY.decode(body)
    if canonical(value) != body:
        raise BadLine("an entry that is not in canonical form")
    digest = hashlib.sha256(body).hexdigest()
    try:
        return HashedEntry(msgspec.convert(value, Entry), digest)
    except msgspec.ValidationError as error:
        link = msgspec.convert(value, _Link)
        entry = Entry(
            id="",
            source="",
            type=UNREADABLE,
            time="",
            data={},
            sequence=link.sequence,
            prevhash=link.prevhash,
        )
        return HashedEntry(entry, digest, str(error), body)


def _only(read: dict[str, T], name: str, content: bytes) -> T:
    if canonical(msgspec.to_builtins(read)) != content:
        raise BadLine(f"a line {name} that is not in canonical form")
    return read[name]
