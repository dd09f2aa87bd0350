"""Private files by name: a service's own folder, root's systemd-creds, or plain paths."""

import os
import stat
from pathlib import Path

import pytest

from mqtt import credentials
from mqtt.credentials import CredentialRefused
from mqtt.keys import (
    KeyRefused,
    key_id,
    load_private,
    load_settled,
    make_next,
    make_private,
    next_file,
    replace_by_next,
)
from tests.mqtt.credential_store import stand_in

NAMED = Path("credential:takar.test.pem")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that systemd gives a unit."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv(credentials.FOLDER, str(folder))
    return folder


def test_root_writes_and_reads_what_is_sealed_with_its_name(store: Path) -> None:
    assert not credentials.exists(NAMED)
    credentials.write(NAMED, b"secret\n")
    assert credentials.exists(NAMED)
    assert credentials.read(NAMED) == b"secret\n"
    sealed = store / "takar.test.pem"
    assert b"secret" not in sealed.read_bytes()
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    with pytest.raises(FileExistsError):
        credentials.write(NAMED, b"another")
    credentials.write(NAMED, b"another", replace=True)
    assert credentials.read(NAMED) == b"another"
    assert list(store.iterdir()) == [sealed]


def test_one_of_another_machine_is_refused_with_a_remedy(store: Path) -> None:
    credentials.write(Path("credential:other"), b"x")
    (store / "other").rename(store / "takar.test.pem")
    with pytest.raises(CredentialRefused, match=r"made on this machine.*takar restore.*--backup"):
        credentials.read(NAMED)


def test_only_what_cannot_be_opened_is_put_aside(store: Path, tmp_path: Path) -> None:
    assert not credentials.put_aside_unopened(NAMED)
    credentials.write(NAMED, b"here")
    assert not credentials.put_aside_unopened(NAMED)
    (tmp_path / "key.pem").write_bytes(b"sealed by nobody")
    assert not credentials.put_aside_unopened(tmp_path / "key.pem")
    (store / "takar.test.pem").write_bytes(b"of another machine")
    assert credentials.put_aside_unopened(NAMED)
    assert not credentials.exists(NAMED)
    assert [kept.read_bytes() for kept in store.iterdir()] == [b"of another machine"]


def test_one_that_is_missing_says_where_it_was_looked_for(store: Path) -> None:
    with pytest.raises(CredentialRefused, match=f"expected {store}/takar.test.pem, found none"):
        credentials.read(NAMED)


def test_nobody_but_root_opens_them_outside_a_service(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials.write(NAMED, b"x")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CredentialRefused, match="use sudo"):
        credentials.read(NAMED)


def test_without_systemd_it_is_said(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "PROGRAM", str(store / "none"))
    with pytest.raises(CredentialRefused, match="does not run"):
        credentials.write(NAMED, b"x")


@pytest.mark.parametrize("name", ["", "../shadow", "a/b", ".hidden", "a b"])
def test_a_name_leads_nowhere_else(store: Path, name: str) -> None:
    with pytest.raises(CredentialRefused, match="expected credential:NAME"):
        credentials.read(Path(f"credential:{name}"))


def test_a_service_reads_its_own_folder_alone_and_writes_nothing(
    store: Path, service: Path
) -> None:
    (service / "takar.test.pem").write_bytes(b"here")
    assert credentials.exists(NAMED)
    assert credentials.read(NAMED) == b"here"
    with credentials.as_path(str(NAMED)) as path:
        assert Path(path).read_bytes() == b"here"
    assert not credentials.may_write(NAMED)
    with pytest.raises(CredentialRefused, match="cannot write"):
        credentials.write(NAMED, b"x", replace=True)
    with pytest.raises(CredentialRefused, match="among the credentials of this service"):
        credentials.read(Path("credential:takar.other"))
    assert not store.exists()


def test_a_library_reads_it_from_memory(store: Path) -> None:
    credentials.write(NAMED, b"secret")
    with credentials.as_path(str(NAMED)) as path:
        assert Path(path).read_bytes() == b"secret"
        assert path.startswith("/proc/self/fd/")
    with credentials.as_path("/a/file") as path:
        assert path == "/a/file"


def test_a_key_is_made_changed_and_settled_by_name(store: Path) -> None:
    first = make_private(NAMED)
    assert key_id(load_private(NAMED).public_key()) == key_id(first.public_key())
    with pytest.raises(KeyRefused, match="a key is already there"):
        make_private(NAMED)
    second = make_next(NAMED)
    assert key_id(make_next(NAMED).public_key()) == key_id(second.public_key())
    # Cut off here: whoever is told that the second is in force finishes the change.
    settled = load_settled(NAMED, key_id(second.public_key()))
    assert key_id(settled.public_key()) == key_id(second.public_key())
    assert not credentials.exists(next_file(NAMED))
    assert key_id(load_private(NAMED).public_key()) == key_id(second.public_key())
    make_next(NAMED)
    replace_by_next(NAMED)
    assert sorted(path.name for path in store.iterdir()) == ["takar.test.pem"]


def test_a_service_takes_the_waiting_key_where_that_is_in_force(
    service: Path, tmp_path: Path
) -> None:
    """The change was cut off, and a service cannot finish it; it can go on by it."""
    old = make_private(tmp_path / "takar.test.pem")
    new = make_private(tmp_path / "takar.test.pem.next")
    for name in ("takar.test.pem", "takar.test.pem.next"):
        (tmp_path / name).rename(service / name)
        (service / name).chmod(0o440)  # as systemd's access list shows
    assert key_id(load_settled(NAMED, key_id(new.public_key())).public_key()) == key_id(
        new.public_key()
    )
    assert key_id(load_settled(NAMED, key_id(old.public_key())).public_key()) == key_id(
        old.public_key()
    )
    with pytest.raises(KeyRefused, match="expected 0123"):
        load_settled(NAMED, "0123")


def test_a_plain_file_is_as_before(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    credentials.write(file, b"x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (credentials.read(file), credentials.exists(file)) == (b"x", True)
    with pytest.raises(FileExistsError):
        credentials.write(file, b"y")
    credentials.rename(file, tmp_path / "moved")
    assert (tmp_path / "moved").read_bytes() == b"x"
    assert not file.exists()
