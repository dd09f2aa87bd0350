"""Ed25519 keys in PEM files, and the ring of the other side's public keys."""

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mqtt import credentials


class KeyRefused(Exception):
    """A key file that is missing, not an Ed25519 key, or readable by others."""


def key_id(key: Ed25519PublicKey) -> str:
    """First 16 hex digits of SHA-256 over the raw 32-byte public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def make_private(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it as PKCS #8 PEM, mode 0600, or as a credential. Never replaces one."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        credentials.write(path, pem)
    except FileExistsError as error:
        raise KeyRefused(
            f"{path}: a key is already there; what it signed could no longer be verified. "
            "Move it away first if you mean to replace it"
        ) from error
    except credentials.CredentialRefused as error:
        raise KeyRefused(str(error)) from error
    return key


def load_private(path: Path) -> Ed25519PrivateKey:
    """Read a private key; KeyRefused unless only its owner can read the file."""
    pem = _read(path)
    if not credentials.is_credential(path):
        _refuse_open(path)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyRefused(
            f"{path}: expected an unencrypted Ed25519 key in PEM (PKCS #8): {error}"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefused(f"{path}: expected an Ed25519 key, found {type(key).__name__}")
    return key


def _refuse_open(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyRefused(
            f"{path}: mode {mode:04o} lets others use the private key; expected 0600. "
            f"Run: chmod 600 {path}"
        )


def next_file(path: Path) -> Path:
    """Where the key waits that is to replace the one at `path`."""
    return path.with_name(path.name + ".next")


def make_next(path: Path) -> Ed25519PrivateKey:
    """The key that is to replace the one at `path`: made, or left by an attempt that failed."""
    waiting = next_file(path)
    return load_private(waiting) if credentials.exists(waiting) else make_private(waiting)


def replace_by_next(path: Path) -> None:
    """Put the waiting key in place. What it replaces seals nothing any more, and is gone."""
    credentials.rename(next_file(path), path)


def load_settled(path: Path, wanted: str) -> Ed25519PrivateKey:
    """The private key at `path`, which a change that was cut off is finished for first.

    `wanted` is the id of the key that is in force. KeyRefused if neither file holds it.
    """
    key = load_private(path)
    waiting = next_file(path)
    if key_id(key.public_key()) != wanted and credentials.exists(waiting):
        key = load_private(waiting)
        if key_id(key.public_key()) == wanted and credentials.may_write(path):
            replace_by_next(path)
    if key_id(key.public_key()) != wanted:
        raise KeyRefused(
            f"{path}: holds key {key_id(key.public_key())}, expected {wanted}, which is the one "
            "in force. Put that one back, or change keys with `takar keys`"
        )
    return key


def write_public(path: Path, key: Ed25519PublicKey) -> None:
    """Write a public key as SubjectPublicKeyInfo PEM."""
    path.write_bytes(
        key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def load_public(path: Path) -> Ed25519PublicKey:
    """Read a public key; KeyRefused if it is not one."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except ValueError as error:
        raise KeyRefused(
            f"{path}: expected an Ed25519 public key in PEM (SubjectPublicKeyInfo): {error}"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefused(f"{path}: expected an Ed25519 public key, found {type(key).__name__}")
    return key


class Claim(Protocol):
    """What a seal says of itself."""

    @property
    def type(self) -> str: ...
    @property
    def incarnation(self) -> str: ...
    @property
    def key_id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def epoch(self) -> int: ...


class Keys(Protocol):
    """Knows which key of an owner was good for what."""

    def key_of(self, owner: str, seal: Claim) -> Ed25519PublicKey:
        """The key that a seal names; KeyRefused says why it may not have made this seal."""


class Keyring:
    """Public keys by owner, `central` or a gateway's name, each good for all its owner seals."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = {key_id(key): (owner, key) for owner, key in keys.items()}

    def find(self, wanted: str) -> tuple[str, Ed25519PublicKey] | None:
        """(owner, key) of a key id, or None."""
        return self._keys.get(wanted)

    def key_of(self, owner: str, seal: Claim) -> Ed25519PublicKey:
        """The owner's key, whatever is sealed; KeyRefused if it is none of these."""
        known = self.find(seal.key_id)
        if known is None:
            raise KeyRefused(f"unknown key {seal.key_id}: its public key is not among those given")
        if known[0] != owner:
            raise KeyRefused(f"key {seal.key_id} belongs to {known[0]}, expected one of {owner}")
        return known[1]


def _read(path: Path) -> bytes:
    try:
        return credentials.read(path)
    except credentials.CredentialRefused as error:
        raise KeyRefused(str(error)) from error
    except OSError as error:
        raise KeyRefused(
            f"{path}: cannot read the key: {error.strerror}. Bring it back from where it is kept "
            "(`takar restore`), or give this account the right to read it"
        ) from error
