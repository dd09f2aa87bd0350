"""The guard's files hold nothing that MicroPython lacks; tests of the firmware run them there."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

GUARD = Path(__file__).resolve().parents[3] / "firmware" / "guard"
FILES = sorted(GUARD.glob("*.py"))
BUILT_IN = {"binascii", "hashlib"}
"""Modules of the chip's own firmware; everything else would have to be copied there."""


def run_by_the_chip(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those below `if TYPE_CHECKING`, which only mypy reads."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        skipped = node.body if for_mypy(node) else []
        todo += [child for child in ast.iter_child_nodes(node) if child not in skipped]


def for_mypy(node: ast.AST) -> TypeGuard[ast.If]:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_uses_only_what_micropython_has(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in run_by_the_chip(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= BUILT_IN
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert module in BUILT_IN or module.startswith("firmware.guard"), module
        elif isinstance(node, ast.JoinedStr):
            assert node.lineno == node.end_lineno, "MicroPython does not join f-strings"
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            assert not any(isinstance(item, ast.Starred) for item in node.elts)
        elif isinstance(node, ast.Dict):
            assert all(node.keys), "** in a dict"
        elif isinstance(node, ast.Attribute):
            assert node.attr not in {"removeprefix", "removesuffix", "to_bytes", "from_bytes"}
        else:
            assert not isinstance(
                node, ast.Match | ast.NamedExpr | ast.AsyncFunctionDef | ast.TryStar
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_counts_in_whole_numbers(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not isinstance(node, ast.Div)
        assert not (isinstance(node, ast.Name) and node.id == "float")
