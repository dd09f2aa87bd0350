"""The quick way to read a ledger message takes only what the long way takes, and reads the same."""

import hashlib
import json
from typing import Any

import msgspec
import pytest

from gateway.core.chain import canonical
from mqtt.central.canonical import read_canonical
from mqtt.central.opening import open_message
from mqtt.central.pieces import piece_of
from mqtt.messages import LedgerMessage
from mqtt.payloads import decode_envelope, read_fact

SOURCE = "takar/depot-1"


def three_sales(office: Any) -> bytes:
    for _ in range(3):
        office.first.sell()
    payload: bytes = office.first.ledger().payload
    return payload


def test_what_our_gateways_send_is_read_the_quick_way(office: Any) -> None:
    payload = three_sales(office)
    read = read_canonical(payload, SOURCE)
    message = decode_envelope("ledger", payload)
    assert isinstance(message, LedgerMessage)
    assert read == piece_of(message)
    assert [told.fact for told in read.entries] == [read_fact(one) for one in message.entries]


def rechained(office: Any, written: bytes, instead: bytes) -> bytes:
    """The second of three entries changed as text, and what was hashed and sealed with it."""
    raw = json.loads(three_sales(office))
    second = canonical(raw["entries"][1]).replace(written, instead)
    assert instead in second
    raw["entries"][2]["prevhash"] = hashlib.sha256(second).hexdigest()
    last = canonical(raw["entries"][2])
    seal = office.first.signer.seal("ledger", 3, hashlib.sha256(last).hexdigest())
    entries = b",".join([canonical(raw["entries"][0]), second, last])
    return b'{"entries":[%b],"seal":%b}' % (entries, canonical(msgspec.to_builtins(seal)))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b'"boot":1,', b'"boot":1.0,'),
        (b'"boot":1,', b'"boot":1e0,'),
        (b'"boot":1,', b'"boot": 1,'),
        (b'"boot":1,', b'"boot":1,"boot":1,'),
        (b'"boot":1,"card"', b'"boot":9007199254740993,"card"'),
        (b"pertamax", b"\\u0070ertamax"),
        (b'"boot":1,', b'"boot":1,"\xc3\xa9":1,'),
        (b"sale.completed", b"sale.imagined"),
    ],
)
def test_what_was_not_hashed_as_it_stands_goes_the_long_way(
    office: Any, written: bytes, instead: bytes
) -> None:
    assert read_canonical(rechained(office, written, instead), SOURCE) is None


def test_a_text_that_is_hashed_as_it_stands_but_is_not_canonical_is_refused(office: Any) -> None:
    """Else central would hold what no auditor accepts."""
    payload = rechained(office, b'"boot":1,', b'"boot":1.0,')
    office.handle(office.first.received("ledger", payload))
    assert office.count() == (0, 0, 0)
    assert "hash" in office.rejections()[0]


def test_the_order_of_names_is_part_of_the_form(office: Any) -> None:
    payload = three_sales(office)
    message = decode_envelope("ledger", payload)
    assert isinstance(message, LedgerMessage)
    unsorted = msgspec.json.encode(message)
    assert read_canonical(unsorted, SOURCE) is None
    opened = open_message(office.first.received("ledger", unsorted))
    assert (opened.message, opened.problem) == (piece_of(message), "")


@pytest.mark.parametrize("damage", [(b"dh-1001-aa", b"dh-1009-aa"), (b"/2", b"/7")])
def test_what_is_no_piece_of_its_chain_goes_the_long_way(
    office: Any, damage: tuple[bytes, bytes]
) -> None:
    assert read_canonical(three_sales(office).replace(*damage), SOURCE) is None


def test_what_is_of_another_gateway_goes_the_long_way(office: Any) -> None:
    assert read_canonical(three_sales(office), "takar/depot-2") is None
