"""Gateways' keys change and end at central: each is good for what it was good for, and no more."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from gateway.core.facts import KeyRotated
from mqtt.central.gateway_keys import records
from mqtt.central.report_tables import anomalies
from mqtt.central.written_off import revoke
from mqtt.certificates import check, public_text
from tests.mqtt.central.changed_key import NEW, rotated
from tests.mqtt.central.city import NOW
from tests.mqtt.central.office import Office


def test_a_gateways_key_changes_at_its_entry(office: Office) -> None:
    old = office.first
    old.sell()
    new = rotated(old)
    office.handle(old.ledger())
    new.sell()
    old.sell()
    answers = office.handle(old.ledger(3), new.ledger(3))
    assert office.acknowledged(answers)["depot-1"].sequence == 4
    (reason,) = office.rejections()
    assert "was replaced: it is good for 1 to 2, not for 4" in reason


def test_central_certifies_the_key_that_it_learns(office: Office) -> None:
    rotated(office.first)
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        first, second, _ = records(connection)
    assert (first.through_sequence, second.from_sequence, second.through_sequence) == (1, 2, None)
    assert second.certificate is not None
    check(second.certificate, office.key.public_key(), "depot-1")
    assert second.certificate.serial == 2


def test_it_is_online_though_its_birth_bears_the_new_key(office: Office) -> None:
    old = office.first
    old.sell()
    office.handle(old.ledger(), old.status("offline", 1))
    new = rotated(old)
    stranger = replace(old, key=Ed25519PrivateKey.generate())
    office.handle(new.status("online", 2), stranger.status("online", 3))
    assert (office.row("depot-1").state, office.row("depot-1").rejected) == ("offline", 2)
    office.handle(old.ledger(2))
    assert office.row("depot-1").state == "online"
    (reason,) = office.rejections()
    assert "unknown key" in reason, "nobody knows the stranger's still"
    assert office.row("depot-1").rejected == 1


def test_what_lies_beyond_a_change_is_not_sealed_with_it(office: Office) -> None:
    rotated(office.first)
    office.first.sell()
    assert not office.acknowledged(office.handle(office.first.ledger()))
    assert "sealed by itself, with the new key" in office.rejections()[0]
    assert office.count()[0] == 0


def test_the_change_told_again_changes_nothing(office: Office) -> None:
    new = rotated(office.first)
    office.handle(office.first.ledger())
    new.sell()
    office.handle(new.ledger(2))
    office.handle(office.first.ledger(1, 1))
    assert office.rejections() == []
    with office.engine.connect() as connection:
        assert len(records(connection)) == 3


def test_a_change_of_a_key_that_is_not_in_force_is_an_anomaly(office: Office) -> None:
    fresh = public_text(NEW.public_key())
    office.first.tell(KeyRotated(old=fresh, new=fresh, by="a test"))
    office.handle(office.first.ledger())
    assert "not the one in force" in office.scalar(select(anomalies.c.what))
    office.first.sell()
    assert office.acknowledged(office.handle(office.first.ledger(2)))["depot-1"].sequence == 2


def test_the_new_key_seals_what_is_about_now_and_the_old_one_does_not(office: Office) -> None:
    new = rotated(office.first)
    office.handle(office.first.ledger())
    office.handle(office.first.status("online", 2), new.status("online", 2))
    assert office.row("depot-1").state == "online"
    (reason,) = office.rejections()
    assert "seals no status any more" in reason


def test_of_a_revoked_gateway_nothing_is_taken_whatever_its_age(office: Office) -> None:
    office.first.sell()
    office.handle(office.first.ledger())
    with office.engine.begin() as connection:
        revoke(connection, "depot-1", by="head", reason="stolen", now=NOW)
    assert office.handle(office.first.ledger(), office.first.status("online", 9)) == []
    with office.engine.connect() as connection:
        (record,) = [one for one in records(connection) if one.gateway == "depot-1"]
    assert (record.through_sequence, record.revoked) == (1, "stolen")
