"""The gateway's end: what it asks, and what it believes of the answer. No network here."""

import base64

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.core.facts import KeyLearned
from mqtt.authority import CertificateRefused, check_issued, read_certificate, request_for
from mqtt.certificates import check, public_key, public_text
from mqtt.enrolment.code import Code, root_hash, shared
from mqtt.enrolment.messages import (
    Authentic,
    CertificateAnswer,
    CertificateRequest,
    EnrolmentAnswer,
    EnrolmentRequest,
    Former,
    mac_fits,
    new_nonce,
    signed_bytes,
    with_mac,
)
from mqtt.keys import KeyRefused, key_id
from mqtt.ring import central_ring


class AnswerRefused(Exception):
    """What came is not central's answer to what was asked; the text says how that is seen."""


def ask_to_enrol(
    code: Code,
    seal: Ed25519PrivateKey,
    incarnation: str,
    tls: ec.EllipticCurvePrivateKey,
    former: Former | None = None,
) -> EnrolmentRequest:
    """What a new gateway asks, with a nonce of its own. `former`: what it is already, if so."""
    keys = shared(code.secret)
    unsigned = EnrolmentRequest(
        invitation=keys.invitation,
        seal_key=public_text(seal.public_key()),
        incarnation=incarnation,
        former=former,
        tls_request=request_for(tls),
        nonce=new_nonce(),
        signature="",
        mac="",
    )
    return with_mac(with_signature(unsigned, seal), keys.device)


def ask_for_certificate(
    gateway: str, seal: Ed25519PrivateKey, tls: ec.EllipticCurvePrivateKey
) -> CertificateRequest:
    """What a gateway asks that central knows."""
    unsigned = CertificateRequest(
        gateway=gateway,
        key_id=key_id(seal.public_key()),
        tls_request=request_for(tls),
        nonce=new_nonce(),
        signature="",
    )
    return with_signature(unsigned, seal)


def check_enrolment(
    answer: CertificateAnswer, request: EnrolmentRequest, code: Code, tls: ec.EllipticCurvePublicKey
) -> EnrolmentAnswer:
    """The answer, once it is proved. AnswerRefused says what is wrong with it."""
    if not isinstance(answer, EnrolmentAnswer):
        raise AnswerRefused("expected an answer to an enrolment, found one to a renewal")
    root = public_key(answer.root_key)
    refuse_another_city(answer.root_key, code)
    if not mac_fits(answer, shared(code.secret).central):
        raise AnswerRefused(
            "the answer is altered, or of somebody who does not know the code: its MAC does not "
            "fit. Nothing was taken over. Try again, from another network if it goes on"
        )
    central = _check(answer, request.nonce, root, tls)
    seal_key = answer.key_certificate.key
    try:
        check(answer.key_certificate, central, answer.gateway)
    except KeyRefused as error:
        raise AnswerRefused(f"central's word for our seal key: {error}") from error
    if seal_key != request.seal_key:
        raise AnswerRefused("central has certified another seal key than ours")
    return answer


def check_certificate(
    answer: CertificateAnswer,
    request: CertificateRequest,
    root: Ed25519PublicKey,
    tls: ec.EllipticCurvePublicKey,
) -> CertificateAnswer:
    """The answer, once it is proved. AnswerRefused says what is wrong with it."""
    if answer.gateway != request.gateway:
        raise AnswerRefused(f"the answer is for {answer.gateway}, expected {request.gateway}")
    if answer.root_key != public_text(root):
        raise AnswerRefused(
            f"the answer is of a city with root key {answer.root_key}, expected "
            f"{public_text(root)}, which is pinned here"
        )
    _check(answer, request.nonce, root, tls)
    return answer


def refuse_another_city(root_key: str, code: Code) -> None:
    """AnswerRefused if who answers is not of the city whose root key the code names."""
    if root_hash(public_key(root_key)) != code.root:
        raise AnswerRefused(
            f"who answers is of a city with root key {root_key}, and the code is of another "
            "city's. Check the address of central, and which central has shown the code; if both "
            "are right, somebody stands between"
        )


def with_signature(message: Authentic, key: Ed25519PrivateKey) -> Authentic:
    signature = base64.urlsafe_b64encode(key.sign(signed_bytes(message))).rstrip(b"=").decode()
    return msgspec.structs.replace(message, signature=signature)


def signature_fits(message: Authentic, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(base64.b64decode(message.signature + "==", b"-_"), signed_bytes(message))
    except (InvalidSignature, ValueError):
        return False
    return True


def _check(
    answer: CertificateAnswer, nonce: str, root: Ed25519PublicKey, tls: ec.EllipticCurvePublicKey
) -> Ed25519PublicKey:
    """What both kinds of answer have in common; central's key of today."""
    if answer.nonce != nonce:
        raise AnswerRefused("the answer is to another request, perhaps an old one sent again")
    learned = [KeyLearned(statement=one, epoch=0, through=0) for one in answer.statements]
    try:
        today = central_ring(root, learned).current
    except KeyRefused as error:
        raise AnswerRefused(f"what the root says of central's keys: {error}") from error
    if today is None or key_id(today.key) != answer.key_id or not signature_fits(answer, today.key):
        raise AnswerRefused(
            "the answer is altered, or sealed by a key that the root does not vouch for"
        )
    try:
        certificate = read_certificate(answer.certificate)
        check_issued(certificate, read_certificate(answer.authority), answer.gateway, tls)
    except CertificateRefused as error:
        raise AnswerRefused(str(error)) from error
    return today.key
