"""Keys change and end at central: each is good for what it was good for, and no more."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update

from gateway.core.facts import KeyRotated
from mqtt.central.central_keys import OwnKey, put_statement, statements
from mqtt.central.gateway_keys import records
from mqtt.central.key_changes import Root, revoke_central, rotate_central
from mqtt.central.key_export import export_keys
from mqtt.central.key_tables import central_keys
from mqtt.central.report_tables import anomalies
from mqtt.central.service import Central
from mqtt.central.tables import directives
from mqtt.central.written_off import revoke
from mqtt.certificates import check, public_text, state
from mqtt.keys import KeyRefused, key_id, load_private, next_file
from mqtt.ring import central_ring
from tests.mqtt.brokers import Settings
from tests.mqtt.central.conftest import NOW, Office, Teller

NEW = Ed25519PrivateKey.generate()


def put(path: Path, key: Ed25519PrivateKey) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def rotated(teller: Teller, new: Ed25519PrivateKey = NEW) -> Teller:
    """The gateway after it has changed its key, the entry that says so written and sealed."""
    old, fresh = (public_text(key.public_key()) for key in (teller.key, new))
    teller.tell(KeyRotated(old=old, new=fresh, by="a test"))
    return replace(teller, key=new)


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
    office.handle(new.status("online", 2))
    assert office.row("depot-1").state == "offline"
    office.handle(old.ledger(2))
    assert office.row("depot-1").state == "online"


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


@pytest.fixture
def root(office: Office, tmp_path: Path) -> Root:
    vault = tmp_path / "root"
    vault.mkdir()
    return Root(put(vault / "root.pem", office.root), office.root.public_key())


def test_centrals_key_changes(office: Office, root: Root, tmp_path: Path) -> None:
    file = put(tmp_path / "central.pem", office.key)
    certificate = rotate_central(office.engine, file, root, NOW, by="head")
    new = load_private(file)
    assert certificate.key_id == key_id(new.public_key()) != key_id(office.key.public_key())
    assert not next_file(file).exists()
    with office.engine.connect() as connection:
        assert OwnKey(file, root.public).load(connection).public_key() == new.public_key()
        told = connection.execute(
            select(directives.c.gateway).where(directives.c.type == "key.put")
        ).all()
        for record in records(connection):
            assert record.certificate is not None
            check(record.certificate, new.public_key(), record.gateway)
            assert record.certificate.serial == 2
    assert [row.gateway for row in told] == ["depot-1", "depot-2"]


def test_a_change_cut_off_before_the_new_key_is_in_place_is_finished(
    office: Office, root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path / "central.pem", office.key)

    def cut(_path: Path) -> None:
        raise OSError("power")

    monkeypatch.setattr("mqtt.central.key_changes.replace_by_next", cut)
    with pytest.raises(OSError, match="power"):
        rotate_central(office.engine, file, root, NOW, by="head")
    with office.engine.connect() as connection:
        key = OwnKey(file, root.public).load(connection)
    assert key.public_key() == load_private(file).public_key() != office.key.public_key()


def test_a_serial_never_serves_twice_even_if_the_database_forgot_it(
    office: Office, root: Root, tmp_path: Path
) -> None:
    file = put(tmp_path / "central.pem", office.key)
    rotate_central(office.engine, file, root, NOW, by="head")
    with office.engine.begin() as connection:
        connection.execute(central_keys.delete().where(central_keys.c.serial == 2))
    assert rotate_central(office.engine, file, root, NOW, by="head").serial == 3


def test_a_revoked_key_of_centrals_is_not_started_with(
    office: Office, root: Root, tmp_path: Path
) -> None:
    file = put(tmp_path / "central.pem", office.key)
    old = key_id(office.key.public_key())
    revoke_central(office.engine, old, root, NOW, by="head", reason="stolen")
    with (
        office.engine.connect() as connection,
        pytest.raises(KeyRefused, match="vouches for no key of central's"),
    ):
        OwnKey(file, root.public).load(connection)
    rotate_central(office.engine, file, root, NOW, by="head")
    with office.engine.connect() as connection:
        assert OwnKey(file, root.public).load(connection)
    with pytest.raises(KeyRefused, match="is no key of central's; there are"):
        revoke_central(office.engine, "0" * 16, root, NOW, by="head", reason="")


def test_another_root_changes_nothing(office: Office, tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="the root that this city trusts"):
        Root(put(tmp_path / "other.pem", NEW), office.root.public_key())
    other = state(
        NEW,
        "key-certificate",
        "central",
        NEW.public_key(),
        serial=9,
        issued="2026-07-10T00:00:00.000Z",
    )
    with office.engine.begin() as connection, pytest.raises(KeyRefused, match="trusted here"):
        put_statement(connection, other, office.root.public_key(), NOW)


def test_an_older_statement_is_refused(office: Office) -> None:
    with office.engine.begin() as connection:
        (first,) = statements(connection)
        with pytest.raises(KeyRefused, match="no newer than 1"):
            put_statement(connection, first, office.root.public_key(), NOW)


def test_a_running_central_takes_a_new_key_up(office: Office, root: Root, tmp_path: Path) -> None:
    """Its loop looks at the root's word; what it then seals is sealed by the new key."""

    file = put(tmp_path / "central.pem", office.key)
    own = OwnKey(file, root.public)
    central = Central(office.engine, office.key, Settings(port=1), own_key=own, now=lambda: NOW)
    central._look_around()
    certificate = rotate_central(office.engine, file, root, NOW, by="head")
    central._look_at_s = 0
    central._look_around()
    office.first.sell()
    seals = office.acknowledged(central._handler.handle([office.first.ledger()]))
    assert seals["depot-1"].key_id == certificate.key_id


def test_what_is_exported_names_every_key(office: Office, root: Root, tmp_path: Path) -> None:
    rotated(office.first)
    office.handle(office.first.ledger())
    file = put(tmp_path / "central.pem", office.key)
    rotate_central(office.engine, file, root, NOW, by="head")
    folder = tmp_path / "keys"
    folder.mkdir()
    with office.engine.connect() as connection:
        assert export_keys(connection, root.public, folder) == ["central", "depot-1", "depot-2"]
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()}
    assert names >= {
        "central.pem",
        "depot-1.pem",
        "depot-1.keys.json",
        "former-1/depot-1.pem",
        "former-1/central.pem",
        "central/root.pem",
    }


def test_the_root_alone_says_which_keys_are_centrals(office: Office) -> None:
    """Who can write the database cannot make a key of his own central's."""
    with office.engine.begin() as connection:
        (known,) = statements(connection)
        forged = state(
            NEW, "key-certificate", "central", NEW.public_key(), serial=2, issued=known.issued
        )
        connection.execute(
            update(central_keys).values(statement=msgspec.json.encode(forged).decode())
        )
        with pytest.raises(KeyRefused, match="trusted here"):
            OwnKey(Path("unused"), office.root.public_key()).load(connection)
    assert central_ring(office.root.public_key(), []).current is None
