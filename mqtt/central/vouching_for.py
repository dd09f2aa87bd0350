"""Certificates for gateways that central knows, by the key that they seal with."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from mqtt.authority import Authority, CertificateRefused, key_in_request
from mqtt.central.central_keys import statements
from mqtt.central.issuing_certificates import MOST_A_DAY, TooOften, issue
from mqtt.central.key_tables import gateway_keys
from mqtt.central.periods import utc_text
from mqtt.central.tables import gateways, identity
from mqtt.certificates import public_key
from mqtt.enrolment.asking import signature_fits
from mqtt.enrolment.messages import CertificateAnswer, CertificateRequest, RefusalCode
from mqtt.keys import key_id
from mqtt.messages import MAX_STATEMENTS


class RequestRefused(Exception):
    """A request that gets no certificate."""

    def __init__(self, code: RefusalCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Broker:
    """Where gateways reach it."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Vouching:
    """In one transaction."""

    connection: Connection
    central: Ed25519PrivateKey
    root_key: str
    authority: Authority
    broker: Broker
    now: datetime

    def for_known(self, request: CertificateRequest) -> CertificateAnswer:
        """Still to be signed. RequestRefused unless the gateway's key of today asks."""
        gateway = request.gateway
        self.refuse_revoked(gateway)
        columns = gateway_keys.c
        query = select(columns.key).where(
            columns.gateway == gateway,
            columns.key_id == request.key_id,
            columns.through_sequence.is_(None),
            columns.revoked.is_(None),
        )
        key = self.connection.scalar(query.limit(1))
        if key is None:
            raise RequestRefused(
                "unknown_key",
                f"key {request.key_id} is not the one that {gateway} seals with today, as far as "
                "its ledger is applied here",
            )
        if not signature_fits(request, public_key(key)):
            raise RequestRefused(
                "malformed", f"the request is altered: it is not signed by key {request.key_id}"
            )
        return self.certified(gateway, request.nonce, tls_key(request.tls_request))

    def refuse_revoked(self, gateway: str) -> None:
        """RequestRefused also if there is no such gateway."""
        query = select(gateways.c.revoked).where(gateways.c.name == gateway)
        row = self.connection.execute(query).one_or_none()
        if row is None:
            raise RequestRefused("unknown_gateway", f"gateway {gateway} is not registered here")
        if row.revoked is not None:
            raise RequestRefused("revoked", f"gateway {gateway} is revoked: {row.revoked}")

    def certified(
        self, gateway: str, nonce: str, key: ec.EllipticCurvePublicKey
    ) -> CertificateAnswer:
        """With a certificate for the key; still to be signed."""
        try:
            certificate = issue(self.connection, self.authority, gateway, key, self.now)
        except TooOften as error:
            raise RequestRefused(
                "too_often",
                f"{gateway} had {MOST_A_DAY} certificates since yesterday; ask again tomorrow",
            ) from error
        return CertificateAnswer(
            city=self.connection.execute(select(identity.c.city)).scalar_one(),
            gateway=gateway,
            root_key=self.root_key,
            statements=statements(self.connection)[-MAX_STATEMENTS:],
            authority=self.authority.pem,
            certificate=certificate,
            time=utc_text(self.now),
            nonce=nonce,
            key_id=key_id(self.central.public_key()),
            signature="",
        )


def tls_key(pem: str) -> ec.EllipticCurvePublicKey:
    """Of a PKCS #10 request."""
    try:
        return key_in_request(pem)
    except CertificateRefused as error:
        raise RequestRefused("malformed", str(error)) from error
