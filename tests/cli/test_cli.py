"""The command group: help, suggestions, exit statuses, and how little a start imports."""

import errno
import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gateway import VERSION
from gateway.cli import SUMMARIES, errors, takar
from gateway.config.load import ConfigError
from gateway.config.problems import Problem
from hardware.ports import HardwareError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes `takar report` raise what it is given."""

    def arrange(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise error

        monkeypatch.setattr(takar, "get_command", lambda ctx, name: command)

    return arrange


def test_help_lists_every_command_with_its_line(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["--help"], terminal_width=100)
    assert result.exit_code == 0
    for name, summary in SUMMARIES.items():
        assert f"  {name}" in result.output
        assert summary in result.output
        assert len(summary) <= 66, "one line of a terminal 80 wide"


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import json, sys; from gateway.cli import takar\n"
        "try: takar(['--help'])\n"
        "except SystemExit: print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    ours = {name for name in loaded if name.split(".")[0] in {"gateway", "hardware", "mqtt"}}
    assert ours == {"gateway", "gateway.cli", "gateway.cli.errors"}
    assert not loaded & {"msgspec", "rich", "sqlalchemy", "paho", "cryptography", "asyncio"}


def test_version_is_the_project_s(cli: CliRunner) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert cli.invoke(takar, ["--version"]).output == f"takar {VERSION}\n"


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_exists_and_has_help(cli: CliRunner, name: str) -> None:
    result = cli.invoke(takar, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: takar {name}")


def test_an_unknown_command_names_the_nearest(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["gatway"])
    assert result.exit_code == 2
    assert "No such command 'gatway'. Did you mean 'gateway'?" in result.output


def test_an_unknown_command_like_no_other(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["xyzzy"])
    assert result.exit_code == 2
    assert "Try 'takar --help'" in result.output


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (HardwareError("no reader"), 1, "takar: no reader\n"),
        (
            FileNotFoundError(2, "No such file", "x.db"),
            1,
            "takar: x.db: No such file\n",
        ),
        (
            FileExistsError(17, "File exists", "out.jsonl"),
            1,
            "takar: out.jsonl is there already, and nothing is overwritten: name another\n",
        ),
        (OSError("no space, in words"), 1, "takar: no space, in words\n"),
        (
            ConfigError(Path("g.toml"), [Problem("mqtt.port", "a port", "0")]),
            2,
            "takar: g.toml: mqtt.port: expected a port, found 0\n",
        ),
    ],
)
def test_a_foreseen_error_is_one_line_and_a_status(
    cli: CliRunner, raising: Any, error: Exception, status: int, line: str
) -> None:
    raising(error)
    result = cli.invoke(takar, ["report"])
    assert (result.exit_code, result.output) == (status, line)
    shown = cli.invoke(takar, ["--debug", "report"])
    assert shown.exception is error


def test_a_reader_that_goes_away_gets_no_message(cli: CliRunner, raising: Any) -> None:
    raising(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert cli.invoke(takar, ["report"]).output == ""


def test_a_bug_keeps_its_traceback(cli: CliRunner, raising: Any) -> None:
    error = ZeroDivisionError()
    raising(error)
    assert cli.invoke(takar, ["report"]).exception is error


@pytest.mark.parametrize("name", errors.FORESEEN)
def test_every_foreseen_error_exists(name: str) -> None:
    module, _, cls = name.rpartition(".")
    assert issubclass(getattr(import_module(module), cls), Exception)
