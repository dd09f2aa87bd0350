"""A certificate anew, by the seal key: before the old one ends, or long after."""

from datetime import timedelta

import msgspec
import pytest
from cryptography import x509

from mqtt.authority import CLIENT_DAYS, new_key, number_in, read_certificate
from mqtt.central import written_off
from mqtt.central.issuing_certificates import FORGOTTEN, MOST_A_DAY, revocation_list
from mqtt.enrolment.asking import AnswerRefused, ask_for_certificate, check_certificate
from mqtt.enrolment.messages import AnyAnswer, CertificateAnswer, Refusal
from tests.mqtt.enrolment.office import NAME, NOW, Device, Office


@pytest.fixture
def enrolled(office: Office, device: Device) -> Device:
    device.enrol(office, office.invite())
    return device


def answered(answer: AnyAnswer) -> CertificateAnswer:
    assert isinstance(answer, CertificateAnswer), answer
    return answer


def refused(answer: AnyAnswer) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


def test_a_good_one_serves_on_and_is_not_issued_twice(office: Office, enrolled: Device) -> None:
    first = answered(enrolled.renew(office)).certificate
    assert office.state() == (1, 1)
    office.pass_days(CLIENT_DAYS * 2 / 3 - 1)
    assert answered(enrolled.renew(office)).certificate == first
    office.pass_days(1)
    assert answered(enrolled.renew(office)).certificate != first
    assert office.state() == (1, 2)


def test_a_station_that_was_away_for_years_comes_back(office: Office, enrolled: Device) -> None:
    office.pass_days(3 * 365)
    enrolled.tls = new_key()
    request = ask_for_certificate(NAME, enrolled.seal, enrolled.tls)
    answer = answered(office.certifying.answer(request))
    root, key = office.root.public_key(), enrolled.tls.public_key()
    certificate = read_certificate(check_certificate(answer, request, root, key).certificate)
    assert certificate.not_valid_after_utc == office.now + timedelta(days=CLIENT_DAYS)
    assert certificate.not_valid_before_utc.year == 1970


def test_only_the_gateways_own_key_of_today_gets_one(office: Office, enrolled: Device) -> None:
    before = office.state()
    assert refused(Device().renew(office)) == "unknown_key"
    assert refused(enrolled.renew(office, "kupang-05")) == "unknown_gateway"
    request = ask_for_certificate(NAME, enrolled.seal, new_key())
    altered = msgspec.structs.replace(request, nonce="0" * 32)
    assert refused(office.certifying.answer(altered)) == "malformed"
    assert office.state() == before


def test_nobody_gets_many_in_a_day(office: Office, enrolled: Device) -> None:
    for _ in range(MOST_A_DAY - 1):
        enrolled.tls = new_key()
        answered(enrolled.renew(office))
    enrolled.tls = new_key()
    assert refused(enrolled.renew(office)) == "too_often"
    office.pass_days(1.1)
    answered(enrolled.renew(office))


def test_an_old_answer_or_another_citys_is_not_believed(office: Office, enrolled: Device) -> None:
    key = enrolled.tls.public_key()
    request = ask_for_certificate(NAME, enrolled.seal, enrolled.tls)
    old = answered(enrolled.renew(office))
    with pytest.raises(AnswerRefused, match="to another request"):
        check_certificate(old, request, office.root.public_key(), key)
    answer = answered(office.certifying.answer(request))
    with pytest.raises(AnswerRefused, match="which is pinned here"):
        check_certificate(answer, request, Device().seal.public_key(), key)
    evil = msgspec.structs.replace(answer, authority=answer.certificate)
    with pytest.raises(AnswerRefused, match="altered"):
        check_certificate(evil, request, office.root.public_key(), key)


def test_a_revoked_gateway_gets_none_and_is_on_the_list(office: Office, enrolled: Device) -> None:
    own = read_certificate(answered(enrolled.renew(office)).certificate)
    with office.engine.begin() as connection:
        assert number_in(revocation_list(connection, office.authority)) == 0
        written_off.revoke(connection, NAME, by="Ama", reason="stolen", now=NOW)
        pem = revocation_list(connection, office.authority)
    assert refused(enrolled.renew(office)) == "revoked"
    listed = x509.load_pem_x509_crl(pem)
    assert number_in(pem) == 1
    assert listed.get_revoked_certificate_by_serial_number(own.serial_number) is not None
    # A certificate that was issued after the backup from which central was restored:
    forgotten = office.authority.serial_of(NAME, 1 + FORGOTTEN)
    assert listed.get_revoked_certificate_by_serial_number(forgotten) is not None
    other = office.authority.serial_of("kupang-05", 1)
    assert listed.get_revoked_certificate_by_serial_number(other) is None
