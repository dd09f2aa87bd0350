"""The worked example of CONTRACT.md, recomputed without our own code."""

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator

from mqtt.batches import check_batch
from mqtt.enrolment.code import read_code, shared
from mqtt.messages import LedgerMessage
from mqtt.payloads import decode
from mqtt.schema import file_of
from mqtt.topics import KINDS
from tests.mqtt.brokers import REPOSITORY

PAGE = (REPOSITORY / "mqtt" / "CONTRACT.md").read_text()
LEDGER, ACK = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
GATEWAY_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(0x20)))
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(0x20, 0x40)))


def digest(entry: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(entry)).hexdigest()


def test_hashes_form_the_chain_and_are_on_the_page() -> None:
    first, second = LEDGER["entries"]
    assert first["prevhash"] == "0" * 64
    assert second["prevhash"] == digest(first)
    assert LEDGER["seal"]["head"] == digest(second) == ACK["head"]
    assert f"\n{rfc8785.dumps(first).decode()}\n{digest(first)}\n" in PAGE


@pytest.mark.parametrize(
    ("seal", "key", "owner"),
    [(LEDGER["seal"], GATEWAY_KEY, "gateway"), (ACK, CENTRAL_KEY, "central")],
    ids=["ledger", "acknowledgement"],
)
def test_seal_is_what_the_page_says(seal: Any, key: Ed25519PrivateKey, owner: str) -> None:
    raw = key.public_key().public_bytes_raw()
    assert seal["key_id"] == hashlib.sha256(raw).hexdigest()[:16]
    assert f"| {owner} | `{raw.hex()}` | `{seal['key_id']}` |" in PAGE
    unsigned = rfc8785.dumps({name: seal[name] for name in seal if name != "signature"})
    key.public_key().verify(base64.urlsafe_b64decode(seal["signature"] + "=="), unsigned)
    if owner == "gateway":
        assert f"\n{unsigned.decode()}\n" in PAGE


def test_example_fits_the_published_schema_and_our_reader() -> None:
    Draft202012Validator(json.loads(file_of("ledger").read_text())).validate(LEDGER)
    Draft202012Validator(json.loads(file_of("ledger/ack").read_text())).validate(ACK)
    message = decode("ledger", json.dumps(LEDGER).encode())
    assert isinstance(message, LedgerMessage)
    assert check_batch(message.entries, message.seal, "takar/depot-1") == ACK["head"]


def test_every_topic_and_only_real_files_are_listed() -> None:
    for kind in KINDS:
        assert f"| `{kind}` |" in PAGE
    for linked in re.findall(r"\]\((schema/[^)]*)\)", PAGE):
        assert (Path(REPOSITORY) / "mqtt" / linked).exists()


def hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 with SHA-256, no salt, at most one block."""
    key = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(key, info + b"\1", "sha256")[:length]


def crockford(number: int, characters: int) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(letters[number >> 5 * at & 31] for at in reversed(range(characters)))


def test_a_code_is_what_the_page_says() -> None:
    domain = b"takar enrolment 1 "
    root = Ed25519PrivateKey.from_private_bytes(bytes(range(0x40, 0x60))).public_key()
    secret = bytes(range(10))
    named = hashlib.sha256(domain + b"root" + root.public_bytes_raw()).digest()[:10]
    body = crockford(int.from_bytes(secret + named, "big"), 32)
    check = hashlib.sha256(domain + b"check" + body.encode()).digest()[:2]
    text = body + crockford(int.from_bytes(check, "big") & 0x7FFF, 3)
    rows = {
        "code": "-".join(text[at : at + 5] for at in range(0, 35, 5)),
        "invitation": hkdf(secret, domain + b"invitation", 8).hex(),
        "the device's MAC key": hkdf(secret, domain + b"device", 32).hex(),
        "central's MAC key": hkdf(secret, domain + b"central", 32).hex(),
    }
    for name, value in rows.items():
        assert f"| {name} | `{value}` |" in PAGE
    assert read_code(rows["code"]) == (secret, named)
    ours = shared(secret)
    assert [ours.invitation, ours.device.hex(), ours.central.hex()] == [*rows.values()][1:]
