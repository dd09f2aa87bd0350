"""What cutting the power everywhere has shown."""

import re
from collections import Counter
from dataclasses import dataclass, field

from tests.power.promises import Promised
from tests.power.survivors import Content

MOST_SHOWN = 5


@dataclass
class Outcome:
    """Counts, and the first violations in full."""

    what: str
    moments: int = 0
    states: int = 0
    violations: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)
    sound: list[tuple[Content, Promised]] = field(default_factory=list)
    """The states without a violation."""

    def count(self, where: str, content: Content, promised: Promised, found: list[str]) -> None:
        """One more state, and what was wrong with it."""
        self.states += 1
        if not found:
            self.sound.append((content, promised))
            return
        self.violations += 1
        self.by_kind.update({re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "N", each)[:60] for each in found})
        if len(self.first) < MOST_SHOWN:
            self.first.append(f"cut at {where}: {'; '.join(found)[:2000]}")

    def __str__(self) -> str:
        lines = [
            f"{self.what}: {self.moments} crash points, {self.states} states, "
            f"{self.violations} violations"
        ]
        lines += [f"  {times} x {kind}" for kind, times in self.by_kind.most_common(8)]
        return "\n".join([*lines, *(f"  {each}" for each in self.first)])
