"""Files that root leaves in a service's folder."""

import os
from pathlib import Path

import pytest

from gateway.setup.ownership import give_to_owner

SERVICE, OTHER = 54_321, 54_322

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def owners(folder: Path) -> dict[str, int]:
    return {path.name: path.lstat().st_uid for path in folder.rglob("*")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    (folder / "export").mkdir(parents=True)
    (folder / "ledger").touch()
    (folder / "export" / "old").touch()
    (folder / "another's").touch()
    os.chown(folder / "another's", OTHER, OTHER)
    (tmp_path / "elsewhere").touch()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "second-name").hardlink_to(tmp_path / "elsewhere")
    return folder


def test_they_become_the_services(folder: Path) -> None:
    os.chown(folder, SERVICE, SERVICE)
    give_to_owner(folder)
    assert owners(folder) == {
        "ledger": SERVICE,
        "export": SERVICE,
        "old": SERVICE,
        "another's": OTHER,
        "link": SERVICE,
        "second-name": 0,
    }
    assert (folder.parent / "elsewhere").stat().st_uid == 0


def test_in_roots_own_folder_nothing_changes(folder: Path) -> None:
    before = owners(folder)
    give_to_owner(folder)
    assert owners(folder) == before


def test_nobody_else_gives_anything_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(folder, SERVICE, SERVICE)
    before = owners(folder)
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    give_to_owner(folder)
    assert owners(folder) == before
