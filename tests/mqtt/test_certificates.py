"""What one key says of another is believed only from the right one, unaltered."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.facts import KeyStatement
from mqtt.certificates import (
    check,
    next_serial,
    read_statement,
    read_statements,
    signed,
    state,
    statement_name,
    write_statement,
)
from mqtt.keys import KeyRefused
from tests.mqtt.parties import CENTRAL_KEY

ROOT, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEY = Ed25519PrivateKey.generate().public_key()
TIME = "2026-11-02T01:00:00.000Z"


def certificate(serial: int = 1) -> KeyStatement:
    return state(ROOT, "key-certificate", "central", KEY, serial=serial, issued=TIME)


def test_a_certificate_is_the_signers_word() -> None:
    check(certificate(), ROOT.public_key(), "central")


def test_another_root_is_refused() -> None:
    with pytest.raises(KeyRefused, match=r"is signed by key .*, expected .* trusted here"):
        check(certificate(), OTHER.public_key(), "central")


def test_a_certificate_of_somebody_else_is_refused() -> None:
    with pytest.raises(KeyRefused, match="is of central, expected one of depot-1"):
        check(certificate(), ROOT.public_key(), "depot-1")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "key-revocation"},
        {"owner": "depot-1"},
        {"use": "sell"},
        {"key": "A" * 43},
        {"key_id": "0" * 16},
        {"serial": 2},
        {"issued": "2026-11-03T01:00:00.000Z"},
        {"signature": "A" * 86},
        {"signature": "A" * 85},
    ],
    ids=str,
)
def test_an_altered_one_is_refused(change: dict[str, Any]) -> None:
    altered = msgspec.structs.replace(certificate(), **change)
    with pytest.raises(KeyRefused, match="altered"):
        check(altered, ROOT.public_key(), altered.owner)


def test_the_key_must_be_the_one_that_is_named() -> None:
    lying = signed(msgspec.structs.replace(certificate(), key_id="0" * 16), ROOT)
    with pytest.raises(KeyRefused, match="another key than it names"):
        check(lying, ROOT.public_key(), "central")


def test_the_worked_examples_keys_are_never_certified() -> None:
    public = CENTRAL_KEY.public_key()
    with pytest.raises(KeyRefused, match="contract's example"):
        state(ROOT, "key-certificate", "central", public, serial=1, issued=TIME)


def test_files_hold_what_was_signed_and_are_never_replaced(tmp_path: Path) -> None:
    for serial in (10, 2):
        one = certificate(serial)
        write_statement(tmp_path / statement_name(one), one)
    found = read_statements(tmp_path)
    assert [one.serial for one in found] == [2, 10]
    assert next_serial(found) == 11
    with pytest.raises(FileExistsError):
        write_statement(tmp_path / statement_name(found[0]), found[0])
    with pytest.raises(KeyRefused, match="cannot read"):
        read_statement(tmp_path / "missing.json")
    (tmp_path / "other.json").write_text('{"type": "key-certificate"}')
    with pytest.raises(KeyRefused, match="expected a key's certificate or revocation"):
        read_statements(tmp_path)
