"""A station as `takar init` makes it, for each test its own copy."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import takar


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "city"
    options = ["--seed", "7", "--period", "2026-11"]
    assert CliRunner().invoke(takar, ["init", str(folder), *options]).exit_code == 0
    return folder


@pytest.fixture
def config(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "city")
    return tmp_path / "city" / "gateway.toml"
