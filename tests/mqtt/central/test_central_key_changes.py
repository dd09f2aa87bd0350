"""Central's own keys change and end, and only the root says which they are."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update

from mqtt.central.central_keys import OwnKey, put_statement, statements
from mqtt.central.gateway_keys import records
from mqtt.central.key_changes import Root, revoke_central, rotate_central
from mqtt.central.key_export import export_keys
from mqtt.central.key_tables import central_keys
from mqtt.central.service import Central
from mqtt.central.tables import directives
from mqtt.certificates import check, state
from mqtt.keys import KeyRefused, key_id, load_private, next_file
from mqtt.ring import central_ring
from tests.mqtt.brokers import Settings
from tests.mqtt.central.changed_key import NEW, rotated
from tests.mqtt.central.city import NOW
from tests.mqtt.central.office import Office


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
