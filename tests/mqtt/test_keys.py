"""Key files: what is made can be read, and what others could read is refused."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mqtt.keys import (
    KeyRefused,
    load_private,
    load_public,
    make_private,
)


def test_made_key_is_private_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "depot-1.pem"
    made = make_private(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_private(path).private_bytes_raw() == made.private_bytes_raw()


def test_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "depot-1.pem"
    make_private(path)
    before = path.read_bytes()
    with pytest.raises(KeyRefused, match="already there"):
        make_private(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o601])
def test_key_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "depot-1.pem"
    make_private(path)
    path.chmod(mode)
    with pytest.raises(KeyRefused, match=f"mode 0{mode:o}.*expected 0600.*chmod 600"):
        load_private(path)


def test_what_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.touch(0o600)
    with pytest.raises(KeyRefused, match="expected an unencrypted Ed25519 key"):
        load_private(other)
    with pytest.raises(KeyRefused, match="expected an Ed25519 public key"):
        load_public(other)
    key = X25519PrivateKey.generate()
    other.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(KeyRefused, match="found X25519PrivateKey"):
        load_private(other)
    with pytest.raises(KeyRefused, match="No such file"):
        load_private(tmp_path / "missing.pem")
