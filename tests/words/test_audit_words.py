"""The audit's catalogues: nothing missing, nothing unused, the same fields in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from gateway.audit.forks import Why
from gateway.audit.problems import Findings, Kind, Place
from gateway.words import LANGUAGES, catalogue
from tests.words.test_words import fields

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "gateway/audit").glob("*.py")), ROOT / "gateway/cli/audit.py"]


@pytest.mark.parametrize("book", ["audit", "findings"])
def test_both_languages_say_the_same_things(book: str) -> None:
    first, *others = [catalogue(language, book) for language in LANGUAGES]
    for other in others:
        assert first.keys() == other.keys()
        for code, sentence in first.items():
            assert fields(sentence) == fields(other[code]), code


@pytest.mark.parametrize("book", ["audit", "findings"])
def test_no_words_are_left_without_a_use(book: str) -> None:
    used = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    used |= {f"kind_{kind}" for kind in get_args(Kind)}
    used |= {f"key_{kind}" for kind in ("rotated", "certified", "revoked")}
    used |= {f"fork_{why}" for why in get_args(Why)}
    assert set(catalogue("en", book)) - used == set()


def found() -> Iterator[tuple[str, set[str] | None]]:
    """Each code in a call that reports a problem, and the names of the values it gives."""
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (code := _code(call)) is not None:
                names = {keyword.arg for keyword in call.keywords}
                given = None if None in names else {name for name in names if name is not None}
                for one in _constants(code, tree):
                    yield one, given


def _code(call: ast.Call) -> ast.expr | None:
    function, arguments = call.func, call.args
    if isinstance(function, ast.Attribute) and function.attr in ("_wrong", "add"):
        return arguments[2] if len(arguments) == 3 else None
    if isinstance(function, ast.Name) and function.id in ("wrong", "odd", "order", "seal"):
        (argument,) = arguments
        of_kind = isinstance(argument, ast.Constant) and argument.value in get_args(Kind)
        return None if of_kind and not call.keywords else argument
    if isinstance(function, ast.Call) and isinstance(function.func, ast.Name):
        return arguments[0] if function.func.id == "wrong" else None
    return None


def _constants(code: ast.expr, tree: ast.Module) -> set[str]:
    """The codes that an argument may be: itself, or what is assigned to its name."""
    if isinstance(code, ast.Constant):
        return {str(code.value)}
    assert isinstance(code, ast.Name)
    assigned = [
        str(choice.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == code.id
        and isinstance(node.value, ast.IfExp)
        for choice in (node.value.body, node.value.orelse)
        if isinstance(choice, ast.Constant)
    ]
    return set(assigned)


def test_each_problem_has_its_sentence_and_fills_it() -> None:
    sentences = catalogue("en", "findings")
    codes = dict(found())
    assert len(codes) > 60
    assert codes.keys() <= sentences.keys()
    for code, given in found():
        if given is not None:
            assert given == fields(sentences[code]), code


def test_a_problem_is_said_in_the_language_that_is_asked_for() -> None:
    findings = Findings()
    findings.add("grant", Place("a.jsonl", 7, 6), "grant_exceeded", grant=3, volume=900, spent=901)
    (problem,) = findings.kept
    assert problem.said("en") == (
        "a.jsonl, line 7, entry 6: grant: expected at most 900 ml of grant 3, found 901 ml after "
        "this sale"
    )
    assert problem.said("id") == (
        "a.jsonl, baris 7, catatan 6: jatah: seharusnya paling banyak 900 ml dari jatah 3, "
        "ditemukan 901 ml setelah penjualan ini"
    )
