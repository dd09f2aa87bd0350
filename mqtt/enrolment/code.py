"""The code by which a new gateway and central know each other: shown once, typed at the station.

It carries a secret that only the two know, and a hash of the city's root key, so that whoever has
read the code can make itself an invited gateway at most, never a central. 35 characters of
Crockford's base 32, the last three of which notice a slip.
"""

import hashlib
import re
import secrets
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O, U."""
READ_AS = str.maketrans("ILO", "110")
SECRET_BYTES = 10
"""Who hears the exchange can try secrets at home: 2^80 are too many."""
ROOT_BYTES = 10
"""Another root key with the same hash takes 2^80 tries as well."""
BODY_CHARACTERS = (SECRET_BYTES + ROOT_BYTES) * 8 // 5
CHECK_CHARACTERS = 3
GROUP = 5
DOMAIN = b"takar enrolment 1 "


class CodeRefused(Exception):
    """What was typed is no code; the text says what was expected."""


class Code(NamedTuple):
    secret: bytes
    root: bytes
    """Beginning of the hash of the city's root key."""


class Shared(NamedTuple):
    """What both ends make of the secret. None of it tells anything of another."""

    invitation: str
    """Names the invitation: 16 hex digits."""
    device: bytes
    """Key of the MAC over what the device asks."""
    central: bytes
    """Key of the MAC over what central answers."""


def root_hash(root: Ed25519PublicKey) -> bytes:
    """What a code carries of the root key."""
    return hashlib.sha256(DOMAIN + b"root" + root.public_bytes_raw()).digest()[:ROOT_BYTES]


def new_code(root: Ed25519PublicKey) -> Code:
    return Code(secrets.token_bytes(SECRET_BYTES), root_hash(root))


def code_text(code: Code) -> str:
    """In groups of five, as it is shown and typed."""
    body = _base32(code.secret + code.root, BODY_CHARACTERS)
    text = body + _check(body)
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def read_code(text: str) -> Code:
    """The inverse, whatever the case and the spaces; CodeRefused for anything else."""
    typed = re.sub(r"[\s-]", "", text).upper().translate(READ_AS)
    wanted = BODY_CHARACTERS + CHECK_CHARACTERS
    if len(typed) != wanted:
        raise CodeRefused(
            f"expected a code of {wanted} characters, found {len(typed)}. Type it as central's "
            "`takar central invite` shows it, with or without its hyphens"
        )
    strange = sorted({one for one in typed if one not in ALPHABET})
    if strange:
        raise CodeRefused(
            f"expected digits and letters without U, found {', '.join(strange)}. "
            "Compare it with the code that central has shown"
        )
    body = typed[:BODY_CHARACTERS]
    if _check(body) != typed[BODY_CHARACTERS:]:
        raise CodeRefused(
            "the code has a slip: its last three characters do not fit the others. "
            "Compare it with the code that central has shown, group by group"
        )
    number = 0
    for one in body:
        number = number * 32 + ALPHABET.index(one)
    content = number.to_bytes(SECRET_BYTES + ROOT_BYTES, "big")
    return Code(content[:SECRET_BYTES], content[SECRET_BYTES:])


def shared(secret: bytes) -> Shared:
    """What both ends make of the code's secret."""
    return Shared(
        _derived(secret, b"invitation", 8).hex(),
        _derived(secret, b"device", 32),
        _derived(secret, b"central", 32),
    )


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    """HKDF (RFC 5869) with SHA-256."""
    return HKDF(hashes.SHA256(), length, salt=None, info=DOMAIN + purpose).derive(secret)


def _check(body: str) -> str:
    digest = hashlib.sha256(DOMAIN + b"check" + body.encode()).digest()
    return _base32(digest[:2], CHECK_CHARACTERS + 1)[1:]


def _base32(content: bytes, characters: int) -> str:
    number = int.from_bytes(content, "big")
    digits = []
    for _ in range(characters):
        number, rest = divmod(number, 32)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))
