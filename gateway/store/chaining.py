"""How facts become entries: named, chained to the one before, and within their bounds."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from gateway.core.chain import canonical
from gateway.core.facts import TYPE_OF, Fact
from gateway.core.log import Entry
from gateway.store.view import Head, Meta


class Chained(NamedTuple):
    """An entry with its hash and its canonical JSON, of which that is the SHA-256."""

    entry: Entry
    hash: str
    body: str


def chain(meta: Meta, head: Head, facts: Sequence[tuple[Fact, str]]) -> Iterator[Chained]:
    """Entries after `head` for facts with their UTC times; ValueError beyond their bounds."""
    sequence, prevhash = head
    for fact, time in facts:
        sequence += 1
        fields = {
            "id": f"{meta.incarnation}/{sequence}",
            "source": f"takar/{meta.gateway}",
            "type": TYPE_OF[type(fact)],
            "time": time,
            "data": _bounded(fact),
            "sequence": sequence,
            "prevhash": prevhash,
        }
        body = canonical(fields)
        prevhash = hashlib.sha256(body).hexdigest()
        yield Chained(msgspec.convert(fields, Entry), prevhash, body.decode())


def text_of(value: Struct) -> str:
    """Canonical JSON of what is stored; ValueError beyond its bounds."""
    return canonical(_bounded(value)).decode()


def _bounded(value: Struct) -> Any:
    """As JSON, once its bounds have been checked: constructing a Struct checks nothing."""
    fields = msgspec.to_builtins(value)
    msgspec.convert(fields, type(value))
    return fields
