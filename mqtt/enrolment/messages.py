"""What a gateway asks central for a certificate, and what central answers: JSON over HTTP."""

import hmac
import secrets
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from gateway.core.chain import canonical
from gateway.core.facts import KeyStatement
from gateway.core.fields import (
    Count,
    Hash,
    HostName,
    Incarnation,
    KeyId,
    Name,
    Port,
    PublicKey,
    Signature,
    Text,
    UtcTime,
)
from mqtt.messages import MAX_STATEMENTS

MOST_REQUEST_BYTES = 8 * 1024
MOST_ANSWER_BYTES = 128 * 1024

Pem = Annotated[str, Meta(max_length=4000, pattern=r"^-----BEGIN [A-Z ]+-----\n")]
Nonce = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$", description="new for each request")]


class _Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Base. `type` is signed too, and no seal and no statement has one of these."""


class Former(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device was told when it was enrolled."""

    gateway: Name
    epoch: Count
    """In which its ledger began."""


class EnrolmentRequest(_Message, frozen=True, kw_only=True, tag="enrolment-request"):
    """A new gateway asks for a name and for certificates of the keys that it has made."""

    invitation: KeyId
    """Which invitation, by what the code's secret makes of it."""
    seal_key: PublicKey
    incarnation: Incarnation
    former: Former | None = None
    """What it is already, where central has forgotten it: restored from an older backup."""
    tls_request: Pem
    """PKCS #10 by the key that the gateway will speak TLS with: EC P-256. Its names count for
    nothing."""
    nonce: Nonce
    signature: Signature
    """By `seal_key`, which so proves that it is the asker's."""
    mac: Hash
    """HMAC-SHA256 by the code's key, which the asker so proves to know."""


class CertificateRequest(_Message, frozen=True, kw_only=True, tag="certificate-request"):
    """A gateway that central knows asks for a certificate: before its old one ends, or after."""

    gateway: Name
    key_id: KeyId
    tls_request: Pem
    nonce: Nonce
    signature: Signature
    """By the gateway's seal key."""


class CertificateAnswer(_Message, frozen=True, kw_only=True, tag="certificate-answer"):
    city: Name
    gateway: Name
    root_key: PublicKey
    statements: Annotated[list[KeyStatement], Meta(min_length=1, max_length=MAX_STATEMENTS)]
    """What the root says of central's keys."""
    authority: Pem
    """The certificate that the broker's own is signed by."""
    certificate: Pem
    time: UtcTime
    nonce: Nonce
    """Of the request."""
    key_id: KeyId
    signature: Signature
    """By central's key of today."""


class EnrolmentAnswer(CertificateAnswer, frozen=True, kw_only=True, tag="enrolment-answer"):
    city_timezone: Text
    epoch: Count
    key_certificate: KeyStatement
    """Central's word for the gateway's seal key."""
    broker_host: HostName
    broker_port: Port
    mac: Hash
    """HMAC-SHA256 by the code's other key: who answers knows the code too."""


RefusalCode = Literal[
    "malformed", "unknown_code", "wrong_code", "locked_code", "used_code", "expired_code",
    "unknown_gateway", "unknown_key", "revoked", "too_often", "busy",
]  # fmt: skip


class Refusal(_Message, frozen=True, kw_only=True, tag="refusal"):
    """Nobody vouches for it: what a gateway has stays as it is."""

    code: RefusalCode
    text: Annotated[str, Meta(max_length=500)]
    root_key: PublicKey | None = None
    """Of the city whose central this is."""


AnyRequest = EnrolmentRequest | CertificateRequest
AnyAnswer = EnrolmentAnswer | CertificateAnswer | Refusal
Authentic = TypeVar(
    "Authentic", EnrolmentRequest, CertificateRequest, EnrolmentAnswer, CertificateAnswer
)
Sealed = TypeVar("Sealed", EnrolmentRequest, EnrolmentAnswer)

read_request = msgspec.json.Decoder(AnyRequest).decode
read_answer = msgspec.json.Decoder(AnyAnswer).decode


def new_nonce() -> str:
    return secrets.token_hex(16)


def signed_bytes(message: Authentic) -> bytes:
    """What a signature covers: the RFC 8785 form of all but signature and MAC."""
    return _without(message, "signature", "mac")


def with_mac(message: Sealed, key: bytes) -> Sealed:
    return msgspec.structs.replace(message, mac=_mac(message, key))


def mac_fits(message: Sealed, key: bytes) -> bool:
    """In a time that tells nothing."""
    return hmac.compare_digest(message.mac, _mac(message, key))


def _mac(message: EnrolmentRequest | EnrolmentAnswer, key: bytes) -> str:
    return hmac.digest(key, _without(message, "mac"), "sha256").hex()


def _without(message: Struct, *names: str) -> bytes:
    fields = msgspec.to_builtins(message)
    for name in names:
        fields.pop(name, None)
    return canonical(fields)
