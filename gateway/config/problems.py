"""What is wrong in a configuration file, said so that its owner can put it right."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_FOUND = 60
"""Characters of a wrong value that are shown."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. `key` is its path in the file, e.g. `pumps[no. 2].pins.pulser`."""

    key: str
    expected: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        text = f"{self.key}: expected {self.expected}, found {self.found}"
        return f"{text}. {self.advice}" if self.advice else text


class ConfigError(Exception):
    """A configuration file cannot be used. Names the file and everything wrong in it."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(file, problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.file}: {self.problems[0]}"
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{self.file}: {len(self.problems)} things to correct:{lines}"


def shown(found: Any) -> str:
    """A TOML value as its author would recognise it, cut where it is long."""
    if isinstance(found, Mapping):
        return "a section"
    if isinstance(found, list):
        return "a list"
    text = str(found).lower() if isinstance(found, bool) else repr(found)
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}..."
