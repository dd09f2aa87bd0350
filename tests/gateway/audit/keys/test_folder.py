"""A folder of keys, certificates and records, as central exports it."""

from pathlib import Path

import msgspec
import pytest

from gateway.audit.trust import Trust
from mqtt.certificates import statement_name, write_statement
from mqtt.keys import KeyRefused, write_public
from tests.gateway.audit.keys.changes import CERTIFIED, FIRST, NEW_KEY, ROOT, SECOND, record
from tests.gateway.audit.scribe import CENTRAL_KEY, KEY, OTHER_KEY, Scribe, judged
from tests.gateway.store.samples import GATEWAY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As `takar keys export` writes it."""
    folder = tmp_path / "keys"
    (folder / "central").mkdir(parents=True)
    (folder / "former-1").mkdir()
    write_public(folder / "former-1" / f"{GATEWAY}.pem", KEY.public_key())
    write_public(folder / f"{GATEWAY}.pem", NEW_KEY.public_key())
    write_public(folder / "central.pem", CENTRAL_KEY.public_key())
    write_public(folder / "central" / "root.pem", ROOT.public_key())
    write_statement(folder / "central" / statement_name(CERTIFIED), CERTIFIED)
    records = [record(KEY, 1, 6), record(NEW_KEY, 7, None)]
    (folder / f"{GATEWAY}.keys.json").write_bytes(msgspec.json.encode(records))
    return folder


def test_a_folder_is_read_whole(scribe: Scribe, folder: Path, tmp_path: Path) -> None:
    trust = Trust.from_dirs([folder])
    assert set(trust.pinned[GATEWAY]) == {FIRST, SECOND}
    assert trust.root is not None
    path = scribe.write(tmp_path / "a.jsonl", acknowledged=7)
    assert judged(path, keys=trust).findings.kept == []


def test_certificates_are_enough(scribe: Scribe, folder: Path, tmp_path: Path) -> None:
    for path in (folder / f"{GATEWAY}.pem", folder / "former-1" / f"{GATEWAY}.pem"):
        path.unlink()
    assert judged(scribe.write(tmp_path / "a.jsonl"), keys=Trust.from_dirs([folder])).clean


def test_a_folder_that_contradicts_its_root_is_refused(folder: Path, tmp_path: Path) -> None:
    write_public(folder / "central.pem", OTHER_KEY.public_key())
    with pytest.raises(KeyRefused, match="did not certify"):
        Trust.from_dirs([folder])
    write_public(folder / "central.pem", CENTRAL_KEY.public_key())
    other = tmp_path / "other"
    other.mkdir()
    write_public(other / "root.pem", OTHER_KEY.public_key())
    with pytest.raises(KeyRefused, match="another root"):
        Trust.from_dirs([folder, other])
    (folder / f"{GATEWAY}.keys.json").write_text("[1]")
    with pytest.raises(KeyRefused, match="a gateway's keys in JSON"):
        Trust.from_dirs([folder])


def test_an_altered_certificate_is_refused(folder: Path) -> None:
    one = record(OTHER_KEY, 1, None)
    assert one.certificate is not None
    certificate = msgspec.structs.replace(one.certificate, serial=9)
    altered = msgspec.structs.replace(one, certificate=certificate)
    (folder / f"{GATEWAY}.keys.json").write_bytes(msgspec.json.encode([altered]))
    with pytest.raises(KeyRefused, match="altered"):
        Trust.from_dirs([folder])
