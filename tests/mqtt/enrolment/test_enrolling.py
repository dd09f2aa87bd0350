"""What admits a device, and what does not: each refusal says why, and changes nothing."""

import base64
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import select

from mqtt.authority import new_key, request_for
from mqtt.central import written_off
from mqtt.central.admitting import MOST_WRONG
from mqtt.central.decisions import DecisionRefused, all_decisions
from mqtt.central.known import Gateways
from mqtt.central.tables import directives
from mqtt.enrolment.asking import AnswerRefused, ask_to_enrol, check_enrolment, with_signature
from mqtt.enrolment.code import Code, root_hash, shared
from mqtt.enrolment.messages import (
    CertificateAnswer,
    EnrolmentAnswer,
    EnrolmentRequest,
    Refusal,
    read_answer,
    with_mac,
)
from mqtt.keys import key_id
from tests.mqtt.enrolment.office import INCARNATION, NAME, NOW, Device, Office


def refused(answer: object) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


def answered(answer: object) -> EnrolmentAnswer:
    assert isinstance(answer, EnrolmentAnswer), answer
    return answer


def test_an_invited_device_is_a_gateway_as_any_other(office: Office, device: Device) -> None:
    code = office.invite()
    request = device.request(code)
    answer = answered(office.certifying.answer(request))
    checked = check_enrolment(answer, request, code, device.tls.public_key())
    assert (checked.gateway, checked.city, checked.broker_host) == (NAME, "kupang", "mqtt.example")
    with office.engine.connect() as connection:
        known = Gateways(connection)
        assert known.known(NAME).incarnation == INCARNATION
        current = known.ring(NAME).current
        assert current is not None
        assert key_id(current.key) == key_id(device.seal.public_key())
        assert connection.execute(select(directives)).all() == []  # an empty city says nothing
        said = [(one.what, one.who) for one in all_decisions(connection)]
    assert said == [(f"gateway {NAME} invited", "Ama"), (f"gateway {NAME} enrolled", "central")]


def test_the_code_and_its_secret_are_in_nothing_that_is_sent(
    office: Office, device: Device
) -> None:
    code = office.invite()
    request = device.request(code)
    sent = msgspec.json.encode(request) + msgspec.json.encode(office.certifying.answer(request))
    for part in (code.secret, code.root):
        for text in (
            part,
            part.hex().encode(),
            base64.b64encode(part)[:12],
            base64.b32encode(part),
        ):
            assert text not in sent


def test_the_same_device_may_ask_again_and_another_may_not(office: Office, device: Device) -> None:
    """Its answer was lost, or somebody sends again what he has heard."""
    code = office.invite()
    request = device.request(code)
    first = answered(office.certifying.answer(request))
    before = office.state()
    office.pass_days(8)  # also after the code has ended
    again = answered(office.certifying.answer(request))
    assert (again.certificate, again.key_certificate) == (first.certificate, first.key_certificate)
    thief = Device().enrol(office, code)
    assert refused(thief) == "used_code"
    assert isinstance(thief, Refusal)
    assert key_id(device.seal.public_key()) in thief.text
    assert office.state() == before


def test_a_code_ends_and_a_newer_one_replaces_it(office: Office, device: Device) -> None:
    first = office.invite()
    second = office.invite(days=1)
    assert refused(device.enrol(office, first)) == "unknown_code"
    office.pass_days(1)
    assert refused(device.enrol(office, second)) == "expired_code"
    assert office.state() == (0, 0)


def test_a_code_is_locked_after_too_many_that_do_not_fit(office: Office, device: Device) -> None:
    code = office.invite()
    wrong = with_mac(device.request(code), bytes(32))
    for _ in range(MOST_WRONG):
        assert refused(office.certifying.answer(wrong)) == "wrong_code"
    assert refused(device.enrol(office, code)) == "locked_code"
    assert office.state() == (0, 0)
    answered(device.enrol(office, office.invite()))


@pytest.mark.parametrize(
    "change",
    [
        lambda request: msgspec.structs.replace(request, incarnation="f" * 16),
        lambda request: msgspec.structs.replace(request, nonce="0" * 32),
        lambda request: msgspec.structs.replace(request, tls_request=request_for(new_key())),
        lambda request: msgspec.structs.replace(
            request, seal_key=Device().request(Code(bytes(10), bytes(10))).seal_key
        ),
    ],
)
def test_an_altered_request_admits_nobody(
    office: Office, device: Device, change: Callable[[EnrolmentRequest], EnrolmentRequest]
) -> None:
    code = office.invite()
    changed = change(device.request(code))
    assert refused(office.certifying.answer(changed)) == "wrong_code"
    resealed = with_mac(changed, shared(code.secret).device)
    assert refused(office.certifying.answer(resealed)) == "malformed"  # not by that seal key
    assert office.state() == (0, 0)


@pytest.mark.parametrize(
    "tls_request", ["-----BEGIN X-----\n", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"]
)
def test_a_request_without_a_key_admits_nobody(
    office: Office, device: Device, tls_request: str
) -> None:
    code = office.invite()
    request = msgspec.structs.replace(device.request(code), tls_request=tls_request)
    request = with_mac(with_signature(request, device.seal), shared(code.secret).device)
    assert refused(office.certifying.answer(request)) == "malformed"
    assert office.state() == (0, 0)


def change(name: str, value: object) -> Callable[[EnrolmentAnswer], EnrolmentAnswer]:
    return lambda answer: msgspec.structs.replace(answer, **{name: value})


@pytest.mark.parametrize(
    ("forge", "knows_code", "why"),
    [
        (change("gateway", "kupang-05"), False, "its MAC does not fit"),
        (change("broker_host", "evil.example"), False, "its MAC does not fit"),
        (change("broker_host", "evil.example"), True, "the answer is altered"),
        (change("nonce", "0" * 32), True, "to another request"),
        (change("statements", []), True, "does not vouch for"),
    ],
)
def test_an_altered_answer_is_not_believed(
    office: Office,
    device: Device,
    forge: Callable[[EnrolmentAnswer], EnrolmentAnswer],
    knows_code: bool,
    why: str,
) -> None:
    """Nor by who has photographed the code, for he is no central that the root vouches for."""
    code = office.invite()
    request = device.request(code)
    answer = forge(answered(office.certifying.answer(request)))
    if knows_code:
        answer = with_mac(answer, shared(code.secret).central)
    with pytest.raises(AnswerRefused, match=why):
        check_enrolment(answer, request, code, device.tls.public_key())


def test_a_central_of_another_city_is_not_believed(
    office: Office, device: Device, tmp_path: object
) -> None:
    """Even where it knows the code's secret: the code names the root."""
    code = office.invite()
    other = Code(code.secret, root_hash(Device().seal.public_key()))
    request = device.request(other)
    answer = answered(office.certifying.answer(request))
    with pytest.raises(AnswerRefused, match="the code is of another city's"):
        check_enrolment(answer, request, other, device.tls.public_key())


def test_an_answer_for_another_tls_key_is_not_believed(office: Office, device: Device) -> None:
    code = office.invite()
    request = device.request(code)
    answer = answered(office.certifying.answer(request))
    with pytest.raises(AnswerRefused, match="of another key than was asked for"):
        check_enrolment(answer, request, code, new_key().public_key())


def test_an_answer_for_another_seal_key_is_not_believed(office: Office, device: Device) -> None:
    """Central's own word, under the device's own code: it has taken one for the other."""
    code = office.invite()
    answer = answered(device.enrol(office, code))
    other = Device()
    request = ask_to_enrol(code, other.seal, INCARNATION, device.tls)
    mixed_up = with_signature(msgspec.structs.replace(answer, nonce=request.nonce), office.central)
    mixed_up = with_mac(mixed_up, shared(code.secret).central)
    with pytest.raises(AnswerRefused, match="another seal key than ours"):
        check_enrolment(mixed_up, request, code, device.tls.public_key())


def test_a_revoked_gateway_gets_nothing_by_the_code_that_it_used(
    office: Office, device: Device
) -> None:
    """Its thief may send again what enrolled it."""
    code = office.invite()
    request = device.request(code)
    answered(office.certifying.answer(request))
    with office.engine.begin() as connection:
        written_off.revoke(connection, NAME, by="Ama", reason="stolen", now=NOW)
    before = office.state()
    assert refused(office.certifying.answer(request)) == "revoked"
    assert refused(device.enrol(office, code)) == "revoked"
    assert office.state() == before


def test_names_that_cannot_be_invited(office: Office, device: Device) -> None:
    answered(device.enrol(office, office.invite()))
    for name, why in (
        (NAME, "is enrolled already"),
        ("central", "no gateway is called central"),
        ("Kupang 4", "cannot be a gateway's name"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            office.invite(name)


def test_answers_read_back(office: Office, device: Device) -> None:
    answer = device.enrol(office, office.invite())
    assert read_answer(msgspec.json.encode(answer)) == answer
    renewed = device.renew(office)
    assert type(renewed) is CertificateAnswer
    assert read_answer(msgspec.json.encode(renewed)) == renewed
