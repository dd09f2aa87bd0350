"""A snapshot of directives: what a gateway's log up to a sequence still says, and no more.

It depends on that log alone, so central makes the same one again whenever it is asked for,
however long the log has become; and a cache made from it equals one made from the log.
"""

import hashlib
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from gateway.core.chain import GENESIS, canonical
from gateway.core.log import Entry
from mqtt.messages import Held

KEY_OF = MappingProxyType(
    {
        "card.put": "uid",
        "subject.put": "subject",
        "meter.put": "subject",
        "price.put": "product",
        "grant.put": "grant_no",
        "grant.recall": "grant_no",
    }
)
POLICY_KEY = "policy"
"""The one key of `policy.put`."""


class Snapshot(NamedTuple):
    """A whole one, put together from its pages."""

    at: int
    """Sequence of the newest directive it covers."""
    head: str
    """Hash of that directive: the next one carries it as `prevhash`."""
    time: str
    """When central wrote that directive, UTC text."""
    entries: list[Held]
    """In the order of their sequence."""


def key_of(entry: Entry | Held) -> str:
    """Of two directives of one type with the same key, the newer alone counts.

    A type of which we know no key, or one without a usable key, is superseded by nothing.
    """
    if entry.type == "policy.put":
        return POLICY_KEY
    key = entry.data.get(KEY_OF.get(entry.type, ""))
    return str(key) if isinstance(key, str | int) else entry.id


def snapshot_of(log: Iterable[Entry]) -> Snapshot:
    """The snapshot at the end of a log, given from its first directive on.

    Of grants it holds neither the recalled, whose recall it holds instead, nor those whose time
    had passed when the last directive was written: a gateway closes these by itself. Only
    the highest number stays in any case, for it tells the gateway of all below it.
    """
    newest: dict[tuple[str, str], Entry] = {}
    last: Entry | None = None
    for last in log:
        newest[last.type, key_of(last)] = last
    if last is None:
        return Snapshot(0, GENESIS, "", [])
    _drop_grants(newest, last.time)
    kept = sorted(newest.values(), key=lambda entry: entry.sequence)
    return Snapshot(last.sequence, last.hash, last.time, [held(entry) for entry in kept])


def held(entry: Entry) -> Held:
    """A directive without its place in the chain."""
    return Held(id=entry.id, type=entry.type, data=entry.data)


def content_hash(entries: Sequence[Held]) -> str:
    """SHA-256 over the canonical form of the list of all entries, in hex."""
    content = hashlib.sha256(b"[")
    for number, entry in enumerate(entries):
        content.update(b"," * (number > 0) + canonical(msgspec.structs.asdict(entry)))
    content.update(b"]")
    return content.hexdigest()


def _drop_grants(newest: dict[tuple[str, str], Entry], now: str) -> None:
    numbers = [key for name, key in newest if name.startswith("grant.") and key.isdecimal()]
    highest = max(numbers, key=int, default="")
    for number in numbers:
        granted = newest.get(("grant.put", number))
        recalled = ("grant.recall", number) in newest
        if granted is None:
            continue
        passed = str(granted.data.get("not_after", now)) < now and number != highest
        if recalled or passed:
            newest.pop(("grant.put", number), None)
        if passed:
            newest.pop(("grant.recall", number), None)
