"""The README shows the table as it is."""

import re
import subprocess
import sys
from pathlib import Path

from gateway.core.diagram import mermaid
from gateway.core.session import State
from gateway.core.table import TABLE

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_shows_what_the_tables_say() -> None:
    script = ROOT / "scripts" / "diagram.py"
    result = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_arrows_are_the_tables_changes_of_state() -> None:
    drawn = set(re.findall(r"(\w+) --> (\w+):", mermaid()))
    outside = {target for source, target in drawn if source == "any"}
    framed = {state.value for state in State} - outside
    arrows = {arrow for arrow in drawn if arrow[0] != "any"}
    arrows |= {(source, target) for target in outside for source in framed}
    assert arrows == {
        (source.value, target.value)
        for source, row in TABLE.items()
        for rule in row.values()
        for target in rule.targets
        if target is not source
    }


def test_each_arrow_is_drawn_once() -> None:
    arrows = re.findall(r"(\w+ --> \w+):", mermaid())
    assert len(arrows) == len(set(arrows))
