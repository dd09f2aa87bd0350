"""Which configuration a command takes when none is named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import options, takar


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /etc/takar, which is looked up when a command is called."""
    monkeypatch.setattr(options, "INSTALLED", tmp_path / "etc")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "etc"


def said(*arguments: str) -> str:
    return CliRunner().invoke(takar, arguments).output


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("gateway.toml", ("gateway",)),
        ("gateway.toml", ("shift", "show")),
        ("central.toml", ("central", "shifts")),
    ],
)
def test_what_is_installed_comes_first(
    installed: Path, file: str, command: tuple[str, ...]
) -> None:
    assert said(*command).startswith(f"takar: {file}: file: expected a readable TOML file")
    installed.mkdir()
    (installed / file).write_text("[")
    (installed.parent / file).write_text("")
    assert str(installed / file) in said(*command)


def test_one_that_is_named_counts_alone(installed: Path) -> None:
    installed.mkdir()
    (installed / "gateway.toml").write_text("[")
    assert "takar: other.toml: file: expected" in said("gateway", "--config", "other.toml")
    assert "takar: other.toml: file: expected" in said(
        "central", "--config", "other.toml", "shifts"
    )


def test_one_that_this_account_may_not_see_is_the_one_that_is_meant(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.mkdir()
    (installed / "gateway.toml").write_text("[")
    monkeypatch.setattr("os.access", lambda path, *_: Path(path) != installed)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert said("shift", "show").startswith(
        f"takar: {installed}/gateway.toml: file: expected a readable TOML file, found "
        "Permission denied. Run it with sudo."
    )
