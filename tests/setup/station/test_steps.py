"""What belongs to whom after a set-up; a private file stays private."""

from pathlib import Path

from gateway.setup.station.steps import give, give_configuration


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_private_files_stay_private_and_others_are_the_groups_to_read(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    for name, mode_before in (("keys/own.pem", 0o600), ("ledger", 0o644)):
        (tmp_path / name).touch(mode_before)
    give(tmp_path, "nobody-here")
    assert [mode(tmp_path / name) for name in ("keys", "keys/own.pem", "ledger")] == [
        0o750,
        0o600,
        0o640,
    ]


def test_what_is_centrals_in_the_same_folder_is_left_alone(tmp_path: Path) -> None:
    ours, centrals = tmp_path / "gateway.toml", tmp_path / "central-tls"
    ours.touch(0o600)
    ours.chmod(0o644)
    centrals.mkdir()
    centrals.chmod(0o711)
    give_configuration(tmp_path, ours)
    assert (mode(tmp_path), mode(ours), mode(centrals)) == (0o750, 0o640, 0o711)
