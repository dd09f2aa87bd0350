"""docs/SECURITY.md names nine threats, says of each what does not hold, and only tests that are."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "SECURITY.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def functions_in(file: Path) -> set[str]:
    tree = ast.walk(ast.parse(file.read_text()))
    return {n.name for n in tree if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or (name and name not in functions_in(ROOT / file))
    ]
    assert missing == []
    assert len(named) > 50
    assert all(name.startswith("test_") for _, name in named if name)


def test_each_threat_says_what_holds_and_what_does_not() -> None:
    threats = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:10]
    assert [threat.partition(".")[0] for threat in threats] == [str(n) for n in range(1, 10)]
    for threat in threats:
        assert "| holds | test |" in threat
        assert "**Not held" in threat
        rows = [line for line in threat.splitlines() if line.startswith("| ")][1:]
        for row in rows:
            assert NAMED.search(row), row
