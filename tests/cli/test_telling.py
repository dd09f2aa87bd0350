"""What commands print and programs log is one line a line, whoever wrote the words."""

import ast
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.telling import OneLine, tell
from gateway.words.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dinas Kesehatan, 38,50 L – é, 車", "Dinas Kesehatan, 38,50 L – é, 車"),
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("a\rb\tc\nd", "a\\rb\\tc\\nd"),
        ("\x00\x7f\x9b", "\\u0000\\u007f\\u009b"),
        ("\u202egniht\u2069\u200b", "\\u202egniht\\u2069\\u200b"),
        ("one\u2028two\ud800", "one\\u2028two\\ud800"),
        ("38\xa0L", "38\xa0L"),
    ],
)
def test_a_terminal_shows_all_and_obeys_nothing(text: str, shown: str) -> None:
    assert visible(text) == shown

    @click.command()
    def command() -> None:
        tell(text, "end")

    assert CliRunner().invoke(command).output == f"{shown}\nend\n"


def test_a_message_in_the_log_cannot_forge_the_next_line() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine("central: %(message)s"))
    log = logging.Logger("a test")
    log.addHandler(handler)
    try:
        raise ValueError("\x1b]0;title")
    except ValueError:
        log.exception("rejected %s", "it\ncentral: accepted it")
    said = written.getvalue()
    assert said.startswith("central: rejected it\\ncentral: accepted it\nTraceback")
    assert said.endswith("ValueError: \\u001b]0;title\n")


COMMANDS = Path(__file__).resolve().parents[2] / "gateway" / "cli"
OUR_OWN_WORDS = {
    *("backup.py", "bench.py", "broker.py", "console.py", "demo.py", "forecourt.py"),
    *("gateway.py", "init.py", "keys.py", "simulate.py", "telling.py"),
}
"""They print nothing that another machine or another person wrote."""


def raw_prints(source: str) -> Iterator[str]:
    """What is printed as it stands, but for JSON."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"click.echo", "print"}:
            what = ast.unparse(node)
            if "msgspec.json.encode(" not in what:
                yield what


def test_no_command_prints_what_others_wrote_as_it_stands() -> None:
    found = {
        path.name: list(raw_prints(path.read_text()))
        for path in COMMANDS.glob("*.py")
        if path.name not in OUR_OWN_WORDS
    }
    assert {name: prints for name, prints in found.items() if prints} == {}
