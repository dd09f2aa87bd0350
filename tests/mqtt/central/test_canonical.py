"""The quick way to read a ledger message takes only what the long way takes, and reads the same."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from gateway.core.chain import canonical
from mqtt.central import patterns
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


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b'"time":"20', b'"time":"a0'),
        (b'"started":"20', b'"started":"a0'),
        (b'"mode":"valve"', b'"mode":"bypass"'),
        (b'"card":"04', b'"card":"x4'),
        (b'"product":"pertamax"', b'"product":"Pertamax"'),
        (b'"product":"pertamax"', b'"product":""'),
        (b'"product":"pertamax"', b'"product":"' + 65 * b"p" + b'"'),
        (b'"clock":"good"', b'"clock":"fast"'),
        (b'"driver":null', b'"driver":"nobody"'),
        (b'"sale":"', b'"sale":"x'),
    ],
)
def test_a_text_of_another_form_goes_the_long_way_each_time(
    office: Any, written: bytes, instead: bytes
) -> None:
    """Also after texts that fit have been remembered, and this one was seen before."""
    payload = rechained(office, written, instead)
    assert read_canonical(three_sales(office), SOURCE) is not None
    assert [read_canonical(payload, SOURCE) for _ in range(2)] == [None, None]
    opened = open_message(office.first.received("ledger", payload))
    assert opened.problem or not opened.plain


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_KNOWN", 10)
    (check,) = (patterns._Check(text) for text in patterns._TEXTS if text.field.name == "product")
    for number in range(100):
        assert check.fit([SimpleNamespace(product=f"fuel-{number}")])
        assert len(check._known) <= 11
    assert not check.fit([SimpleNamespace(product="Fuel")])
