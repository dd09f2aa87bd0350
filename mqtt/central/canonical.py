"""The quick way to read a ledger message: one in canonical form is hashed as it stands."""

import re
from functools import reduce
from hashlib import sha256
from operator import attrgetter, or_
from typing import Annotated, Any

import msgspec
from msgspec import Meta, defstruct

from gateway.core.facts import FACT_TYPES, Fact, SaleCompleted
from gateway.core.fields import Sequence
from mqtt.central.patterns import LooseSale, sales_fit, times_fit
from mqtt.central.pieces import Piece, Told, a_piece
from mqtt.messages import MAX_ENTRIES, WrittenMessage
from mqtt.payloads import MAX_PAYLOAD_BYTES
from mqtt.seal import Seal


def read_canonical(payload: bytes, source: str) -> Piece | None:
    """Read a message as our own gateways send it; None where the long way must judge it.

    What sorts to the very bytes that came has no name twice. Where every entry is a fact that
    we know, it holds no number but bounded integers and no name but ASCII ones, of which the
    sorted form is the RFC 8785 form. So its bytes are what was hashed.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        message = _TYPED.decode(payload)
        if _SORTED.encode(message) != payload:
            return None
        slices = _SLICES.decode(payload).entries
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    entries, seal = message.entries, message.seal
    sales = [entry.data for entry in entries if isinstance(entry.data, LooseSale)]
    if not (sales_fit(sales) and times_fit(map(_TIME_OF, entries))):
        return None
    before = head = entries[0].prevhash
    sequence = entries[0].sequence
    ledger = f"{seal.incarnation}/"
    told = []
    for entry, raw in zip(entries, slices, strict=True):
        if (
            entry.sequence != sequence
            or entry.prevhash != head
            or entry.source != source
            or entry.id != f"{ledger}{sequence}"
        ):
            return None
        head = sha256(raw).hexdigest()
        told.append(Told(sequence, entry.type, entry.time, head, str(raw, "utf-8"), entry.data))
        sequence += 1
    if (seal.sequence, seal.head) != (sequence - 1, head) or not _HASH.fullmatch(before):
        return None
    return a_piece(before, told, seal)


def _entry(kind: str, fact: type[Fact]) -> Any:
    """An entry of this type, its `type` before the rest and its data read at once.

    What `read_canonical` compares with what it expects needs no pattern; those of times and sales
    it checks for all of them at once.
    """
    return defstruct(
        "CanonicalEntry",
        [
            ("data", fact),
            ("id", str),
            ("prevhash", str),
            ("sequence", Sequence),
            ("source", str),
            ("time", str),
        ],
        namespace={"type": kind},
        tag_field="type",
        tag=kind,
        frozen=True,
        forbid_unknown_fields=True,
        gc=False,
    )


_HASH = re.compile("[0-9a-f]{64}")
_TIME_OF = attrgetter("time")
_READ_AS: dict[type[Fact], Any] = {SaleCompleted: LooseSale}
_ANY_ENTRY: Any = reduce(
    or_, [_entry(kind, _READ_AS.get(fact, fact)) for kind, fact in FACT_TYPES.items()]
)
_MESSAGE: Any = defstruct(
    "CanonicalMessage",
    [
        ("entries", Annotated[list[_ANY_ENTRY], Meta(min_length=1, max_length=MAX_ENTRIES)]),
        ("seal", Seal),
    ],
    forbid_unknown_fields=True,
)
_TYPED = msgspec.json.Decoder(_MESSAGE)
_SLICES = msgspec.json.Decoder(WrittenMessage)
_SORTED = msgspec.json.Encoder(order="sorted")
