"""Every event that gateway, console and central write to the log, found in their source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("gateway", "hardware", "mqtt")
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
OF = {"gateway/console": "console", "gateway/demo": "demo", "mqtt/central": "central"}
"""Whose log it is in, by the beginning of the file's path; the gateway's otherwise."""
FIELDS = ("event", "pump", "code", "entry")
"""What gateway/cli/journal.py passes on."""


@dataclass(frozen=True, slots=True)
class LogCall:
    file: str
    line: int
    level: str
    words: str
    events: tuple[str, ...]
    """One, or two of which a condition chooses; none where the call does not say it plainly."""
    fields: tuple[str, ...]

    @property
    def of(self) -> str:
        return next((who for start, who in OF.items() if self.file.startswith(start)), "gateway")


def log_calls() -> Iterator[LogCall]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _logs(node.func):
                    yield _read(node, str(file.relative_to(ROOT)), tree)


def table() -> str:
    """As Markdown: one line an event."""
    found: dict[str, tuple[set[str], set[str], list[str]]] = {}
    for call in log_calls():
        for event in call.events:
            levels, whose, words = found.setdefault(event, (set(), set(), []))
            levels.add("error" if call.level == "exception" else call.level)
            whose.add(call.of)
            if call.words not in words:
                words.append(call.words)
    rows = [
        f"| `{event}` | {', '.join(sorted(whose))} | {', '.join(sorted(levels))} "
        f"| {'; '.join(_cell(each) for each in words)} |"
        for event, (levels, whose, words) in sorted(found.items())
    ]
    return "\n".join(["| event | of | level | words |", "|---|---|---|---|", *rows])


def _logs(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in LEVELS
        and isinstance(called.value, ast.Name)
        and called.value.id == "log"
    )


def _read(call: ast.Call, file: str, tree: ast.Module) -> LogCall:
    extra = next((each.value for each in call.keywords if each.arg == "extra"), None)
    said = _items(extra) if isinstance(extra, ast.Dict) else {}
    level = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    words = _words(call.args[0], call.lineno, tree)
    events = tuple(_texts(said["event"])) if "event" in said else ()
    return LogCall(file, call.lineno, level, words, events, tuple(said))


def _items(extra: ast.Dict) -> dict[str, ast.expr]:
    return {
        key.value: value
        for key, value in zip(extra.keys, extra.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))


def _words(argument: ast.expr, line: int, tree: ast.Module) -> str:
    """The message's form; where a name stands for it, what it was given last before."""
    if isinstance(argument, ast.Name):
        given = {
            node.lineno: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and node.lineno < line
            for target in node.targets
            if isinstance(target, ast.Name) and target.id == argument.id
        }
        argument = given[max(given)] if given else argument
    return "".join(_texts(argument))


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("`", "")
