"""`decode` takes messages and refuses everything else with MessageRejected."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt.messages import LedgerMessage
from mqtt.payloads import MAX_PAYLOAD_BYTES, MessageRejected, decode, decode_envelope, encode
from mqtt.seals import Signer
from mqtt.topics import KINDS, Kind
from tests.mqtt.parties import GATEWAY, GATEWAY_KEY, INCARNATION, Log

SIGNER = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, 1)


def message(log: Log) -> bytes:
    seal = SIGNER.seal("ledger", *log.head())
    return encode(LedgerMessage(entries=log.entries, seal=seal))


def picture(**changes: str) -> bytes:
    fields = {"pump": "1", "state": '"idle"', "volume_ml": "0", "amount_idr": "0"}
    fields |= {"remaining_ml": "null", "code": "null"} | changes
    pump = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f'{{"pumps":[{{{pump}}}]}}'.encode()


def test_message_survives_the_wire() -> None:
    log = Log()
    log.stop(3)
    decoded = decode("ledger", message(log))
    assert isinstance(decoded, LedgerMessage)
    assert decoded.entries == log.entries


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"hello", "malformed"),
        (b"\xff\xfe{}", "malformed"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (picture(volume_ml="NaN"), "malformed"),
        (picture(volume_ml="1e999"), "out of range"),
        (picture(volume_ml="0.5"), "Expected `int`"),
        (picture(volume_ml="1" * 400), "out of range|<= 9007"),
        (picture(volume_ml=str(2**53)), "<= 9007199254740991"),
        (picture(plate='"\\ud800"'), "truncated|surrogate"),
        (picture(plate='"\xff"').decode().encode("latin-1"), "utf-8"),
        (picture(plate='"DH 1","plate":"DH 2"'), "a name occurs twice"),
        (picture(colour='"red"'), "unknown field `colour`"),
        (picture(plate="[" * 50_000), "nested|recursion|Expected `str"),
        (picture(plate=f'"{"x" * 201}"'), "length <= 200"),
        (b'{"pumps":[' + b" " * MAX_PAYLOAD_BYTES, "expected at most 262144"),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_anything_else_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    assert decode("live", picture())
    with pytest.raises(MessageRejected, match=f"^live: .*({reason})"):
        decode("live", payload)


def test_entry_type_must_be_known_except_to_the_envelope() -> None:
    log = Log()
    log.append("sale.imagined", {"deep": [[[]]]})
    with pytest.raises(
        MessageRejected, match=r"entry 1: this version does not know the type 'sale.imagined'$"
    ):
        decode("ledger", message(log))
    assert decode_envelope("ledger", message(log))


def test_deep_nesting_inside_an_entry_is_refused() -> None:
    log = Log()
    log.append("sale.imagined", {"deep": "HERE"})
    payload = message(log).replace(b'"HERE"', b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(MessageRejected, match="nested too deeply"):
        decode_envelope("ledger", payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(kind=st.sampled_from(KINDS), payload=st.binary(max_size=300))
def test_bytes_never_raise_anything_else(kind: Kind, payload: bytes) -> None:
    with pytest.raises(MessageRejected):
        decode(kind, payload)


@given(kind=st.sampled_from(KINDS), value=JSON)
def test_json_never_raises_anything_else(kind: Kind, value: object) -> None:
    with pytest.raises(MessageRejected):
        decode(kind, json.dumps(value).encode())


@given(st.data())
def test_a_damaged_message_is_refused_or_still_a_message(data: st.DataObject) -> None:
    log = Log()
    log.stop(2)
    payload = bytearray(message(log))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(decode("ledger", bytes(payload)), LedgerMessage)
    except MessageRejected as refused:
        assert str(refused).startswith("ledger: ")  # noqa: PT017 - either outcome is right
