"""The city's own X.509 authority: who has a certificate of it may speak to the broker.

No certificate here has a beginning that matters: a station whose clock has lost its battery is
years behind, and would have to wait for time from a central that it cannot reach.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
AUTHORITY_DAYS = 30 * 365
CLIENT_DAYS = 90
"""Renewed when a third is left: a station may be away for two months without noticing."""
LISTS_FROM = datetime(2020, 1, 1, tzinfo=UTC)
"""Lists of the revoked are dated by their number, in seconds from here: the broker lets nobody
in while its clock is behind a list's date."""
PEM = serialization.Encoding.PEM


class CertificateRefused(Exception):
    """A certificate, a key or a request that cannot be used; the text says why."""


class Authority:
    """Signs certificates and the list of those that are revoked."""

    def __init__(self, private: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """CertificateRefused if the two do not belong together."""
        if certificate.public_key() != private.public_key():
            raise CertificateRefused(
                "the authority's certificate is of another key than authority_key_file holds; put "
                "both from one backup there"
            )
        self._private = private
        self.certificate = certificate
        self._id = certificate.fingerprint(hashes.SHA256())

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    def serial_of(self, gateway: str, number: int) -> int:
        """Of a gateway's certificate, by how many it had: a central that was restored from a
        backup can so revoke those that it has forgotten."""
        told = self._id + gateway.encode() + number.to_bytes(8, "big")
        return int.from_bytes(hashlib.sha256(b"takar serial " + told).digest()[:19], "big")

    def client(
        self, name: str, key: ec.EllipticCurvePublicKey, serial: int, until: datetime
    ) -> x509.Certificate:
        """For whom the broker is to know as `name`."""
        until = min(until, self.certificate.not_valid_after_utc)
        builder = _begin(_named(name), self.certificate.subject, key, serial, until)
        return self._sign(_for(builder, ExtendedKeyUsageOID.CLIENT_AUTH))

    def server(self, hosts: Sequence[str], key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """For the broker, under each of these names and addresses, as long as the authority."""
        until = self.certificate.not_valid_after_utc
        serial = x509.random_serial_number()
        builder = _begin(_named(hosts[0]), self.certificate.subject, key, serial, until)
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
        return self._sign(_for(builder, ExtendedKeyUsageOID.SERVER_AUTH))

    def revoked(self, serials: Iterable[int], number: int) -> bytes:
        """The list of the revoked, PEM; of two the one with the higher number counts."""
        dated = LISTS_FROM + timedelta(seconds=number)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(dated)
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(x509.CRLNumber(number), critical=False)
        )
        for serial in serials:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(dated)
            builder = builder.add_revoked_certificate(one.build())
        return builder.sign(self._private, hashes.SHA256()).public_bytes(PEM)

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._private.public_key())
        return builder.add_extension(identifier, critical=False).sign(
            self._private, hashes.SHA256()
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    """P-256: Mosquitto 2.0 with OpenSSL takes it everywhere; Ed25519 it does not in TLS 1.2."""
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(
    city: str, private: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    """The authority's own certificate."""
    name = _named(f"Takar of {city}"[:64])
    until = now + timedelta(days=AUTHORITY_DAYS)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    serial = x509.random_serial_number()
    return (
        _begin(name, name, private.public_key(), serial, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )


def request_for(private: ec.EllipticCurvePrivateKey) -> str:
    """A PKCS #10 request, PEM: that the key is the asker's. It names nobody."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(private, hashes.SHA256()).public_bytes(PEM).decode()


def key_in_request(pem: str) -> ec.EllipticCurvePublicKey:
    """The key that asks; CertificateRefused unless it is one of P-256 and signs the request."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        genuine = request.is_signature_valid
    except (ValueError, InvalidSignature) as error:
        raise CertificateRefused(f"expected a PKCS #10 request in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != ec.SECP256R1.name:
        raise CertificateRefused("expected a request by a key of P-256, found another kind")
    if not genuine:
        raise CertificateRefused("the request is not signed by the key in it")
    return key


def read_certificate(pem: str) -> x509.Certificate:
    """CertificateRefused if it is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise CertificateRefused(f"expected a certificate in PEM: {error}") from error


def number_in(pem: bytes) -> int:
    """Of a list of the revoked; CertificateRefused if it is none."""
    try:
        found = x509.load_pem_x509_crl(pem)
        return found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificateRefused(f"expected a list of revoked certificates: {error}") from error


def check_issued(
    certificate: x509.Certificate, authority: x509.Certificate, name: str, key: object
) -> None:
    """CertificateRefused unless the authority says that the key is of `name`."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateRefused("the certificate is not signed by its authority") from error
    if common_name(certificate) != name:
        raise CertificateRefused(
            f"the certificate is of {common_name(certificate)!r}, expected {name!r}"
        )
    if certificate.public_key() != key:
        raise CertificateRefused("the certificate is of another key than was asked for")


def common_name(certificate: x509.Certificate) -> str:
    """Whose it is; empty if it does not say."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial: int,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(BEGAN)
        .not_valid_after(until.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _for(
    builder: x509.CertificateBuilder, purpose: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    ).add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
