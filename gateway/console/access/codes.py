"""Codes that people sign in by: made here, kept as scrypt hashes (RFC 7914) in gateway.toml."""

import base64
import hashlib
import hmac
import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Nothing in it is taken for something else."""
CHARACTERS = 8
"""31^8: 850 thousand million codes."""
COST = (13, 8, 10)
"""log2 N, r, p: as strong as OWASP's N = 2^17, r = 8, p = 1, in 8 MB instead of 128."""
SALT_BYTES = 16
HASH_BYTES = 32


def new_code() -> str:
    """Such as `k7mq-x2pa`."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
    return f"{drawn[:4]}-{drawn[4:]}"


def hashed(code: str, cost: tuple[int, int, int] = COST) -> str:
    """What stands for it in the configuration."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _stored(cost, salt, _scrypt(code, salt, cost))


def nobodys() -> str:
    """What no code matches, in the time that it takes for somebody's."""
    return _stored(COST, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(HASH_BYTES))


def matches(code: str, stored: str) -> bool:
    """Takes a tenth of a second or more; not for the thread that serves pages."""
    *cost, salt, expected = stored.split(".")
    log2_n, r, p = map(int, cost)
    found = _scrypt(code, _bytes(salt), (log2_n, r, p))
    return hmac.compare_digest(found, _bytes(expected))


def _scrypt(code: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    """Capitals, spaces and hyphens are as a person likes."""
    plain = "".join(code.casefold().split()).replace("-", "")
    log2_n, r, p = cost
    return hashlib.scrypt(
        plain.encode(), salt=salt, n=2**log2_n, r=r, p=p, maxmem=2**27, dklen=HASH_BYTES
    )


def _stored(cost: tuple[int, int, int], salt: bytes, digest: bytes) -> str:
    return ".".join([*map(str, cost), _text(salt), _text(digest)])


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
