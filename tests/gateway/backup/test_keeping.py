"""A folder of backups: the newest stay, and nothing else is touched."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.backup.keeping import drop_oldest, new_folder
from gateway.backup.manifest import BackupRefused, Manifest, Subject, write_manifest

FIRST = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


def backup(into: Path, day: int, name: str = "kupang-01") -> tuple[Path, Manifest]:
    made = FIRST + timedelta(days=day)
    folder = new_folder(into, name, made)
    folder.mkdir()
    (folder / "ledger.sqlite3").write_bytes(b"x")
    of = Subject("gateway", name, "0123456789abcdef", 1, 7, "0" * 64)
    return folder, write_manifest(folder, of, made)


def test_the_oldest_go(tmp_path: Path) -> None:
    folders = [backup(tmp_path, day) for day in range(5)]
    assert folders[0][0].name == "kupang-01-20261120T023000Z"
    assert drop_oldest(tmp_path, folders[-1][1], 3) == [folders[0][0], folders[1][0]]
    assert sorted(tmp_path.iterdir()) == [folder for folder, _ in folders[2:]]
    assert drop_oldest(tmp_path, folders[-1][1], 3) == []


def test_what_is_none_of_its_own_stays(tmp_path: Path) -> None:
    _, newest = backup(tmp_path, 9)
    other, _ = backup(tmp_path, 0, "kupang-02")
    by_hand = tmp_path / "before-the-visit"
    backup(tmp_path, 1)[0].rename(by_hand)
    no_manifest = tmp_path / "kupang-01-20200101T000000Z"
    no_manifest.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "kupang-01-20200102T000000Z").symlink_to(elsewhere)
    before = sorted(tmp_path.iterdir())
    assert drop_oldest(tmp_path, newest, 1) == []
    assert sorted(tmp_path.iterdir()) == before
    assert {other, by_hand, no_manifest} <= set(before)


def test_what_a_power_cut_left_half_made_goes(tmp_path: Path) -> None:
    _, newest = backup(tmp_path, 0)
    left = tmp_path / ".kupang-01-20261119T023000Z-a1b2c3d4"
    left.mkdir()
    (left / "ledger.sqlite3").write_bytes(b"x")
    os.makedirs(tmp_path / ".kupang-02-20261119T023000Z-a1b2c3d4")  # noqa: PTH103
    drop_oldest(tmp_path, newest, 1)
    assert not left.exists()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_medium_that_is_not_mounted_is_no_reason_to_fill_the_card(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="is the medium mounted"):
        new_folder(tmp_path / "stick", "kupang-01", FIRST)
