"""What one key says about another: signed, and checked before anything is believed."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from gateway.core.chain import canonical
from gateway.core.facts import KeyStatement
from gateway.core.fields import Count, Incarnation, Name, PublicKey, Sequence
from mqtt.keys import KeyRefused, key_id

EXAMPLE_KEYS = frozenset({"56475aa75463474c", "24f6ed6acbfe1009"})
"""Key ids of CONTRACT.md's worked example: everybody has the private halves."""
MOST_BYTES = 10_000


class KeyRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Which entries of a gateway's ledger a key seals; a JSON object in an export of keys."""

    gateway: Name
    incarnation: Incarnation
    from_sequence: Sequence
    through_sequence: Count | None
    revoked: str | None
    key: PublicKey
    certificate: KeyStatement | None


def public_text(key: Ed25519PublicKey) -> str:
    """The raw key in base64url without padding: 43 characters."""
    return base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()


def public_key(text: str) -> Ed25519PublicKey:
    """The inverse of `public_text`, of what has passed its pattern."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "="))


def state(
    signer: Ed25519PrivateKey,
    kind: Literal["key-certificate", "key-revocation"],
    owner: str,
    key: Ed25519PublicKey,
    *,
    serial: int,
    issued: str,
) -> KeyStatement:
    """Sign that `key` may seal for `owner`, or no longer. `issued` is UTC text. KeyRefused for a
    key that everybody has."""
    _refuse_example(key_id(key))
    unsigned = KeyStatement(
        type=kind,
        owner=owner,
        use="seal",
        key=public_text(key),
        key_id=key_id(key),
        serial=serial,
        issued=issued,
        signer=key_id(signer.public_key()),
        signature="",
    )
    return signed(unsigned, signer)


def signed(statement: KeyStatement, signer: Ed25519PrivateKey) -> KeyStatement:
    """The statement with its signature, whatever it says."""
    signature = base64.urlsafe_b64encode(signer.sign(_signed_bytes(statement)))
    return msgspec.structs.replace(statement, signature=signature.rstrip(b"=").decode())


def check(statement: KeyStatement, signer: Ed25519PublicKey, owner: str) -> None:
    """KeyRefused unless `signer` says this, of a key of `owner`."""
    name = f"statement {statement.serial} about key {statement.key_id}"
    if statement.owner != owner:
        raise KeyRefused(f"{name} is of {statement.owner}, expected one of {owner}")
    if statement.signer != key_id(signer):
        raise KeyRefused(
            f"{name} is signed by key {statement.signer}, expected {key_id(signer)}, which is "
            "the one that is trusted here"
        )
    try:
        signer.verify(base64.b64decode(statement.signature + "==", b"-_"), _signed_bytes(statement))
    except (InvalidSignature, ValueError) as error:
        raise KeyRefused(f"{name} is altered: its signature does not fit") from error
    if key_id(public_key(statement.key)) != statement.key_id:
        raise KeyRefused(f"{name} carries another key than it names")
    _refuse_example(statement.key_id)


def read_statement(path: Path) -> KeyStatement:
    """From a file of JSON; KeyRefused if it is not one. It has still to be checked."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MOST_BYTES), type=KeyStatement)
    except OSError as error:
        raise KeyRefused(f"{path}: cannot read the statement: {error.strerror}") from error
    except ValueError as error:
        raise KeyRefused(
            f"{path}: expected a key's certificate or revocation in JSON: {error}"
        ) from error


def write_statement(path: Path, statement: KeyStatement) -> None:
    """As JSON that can be read by eye. FileExistsError rather than replace what was signed."""
    with path.open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(statement)) + b"\n")


def statement_name(statement: KeyStatement) -> str:
    """A file's name that sorts by serial."""
    return f"{statement.serial:06}-{statement.type}.json"


def read_statements(directory: Path) -> list[KeyStatement]:
    """All of a folder's `*.json`, in the order of their serials."""
    found = [read_statement(path) for path in sorted(directory.glob("*.json"))]
    return sorted(found, key=lambda statement: statement.serial)


def next_serial(statements: Iterable[KeyStatement]) -> int:
    """One above the highest."""
    return max((statement.serial for statement in statements), default=0) + 1


def _signed_bytes(statement: KeyStatement) -> bytes:
    fields = msgspec.structs.asdict(statement)
    del fields["signature"]
    return canonical(fields)


def _refuse_example(found: str) -> None:
    if found in EXAMPLE_KEYS:
        raise KeyRefused(f"key {found} is the contract's example, whose private half is known")
