"""Would the simulation notice? The real code is edited in a copy of the source tree, and a seed
must find a violation of the right invariant; without an edit the same seed finds none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.register import QUOTA_TANKS
from tests.simulation.wrong_edits import WRONG, Wrong

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("gateway", "hardware", "mqtt", "firmware", "simulation")
OFTEN = 4
"""Faults come so many times as often, so that few days are enough."""
TIGHT = (2, 4, 8)
"""Tanks a month: quotas that are felt on the second day."""
PROGRAM = """
import sys
from simulation.run import simulate
seed, days, often, *quota_tanks = map(int, sys.argv[1:])
outcome = simulate(seed, gateways=3, days=days, often=often, quota_tanks=quota_tanks)
print(f"day {outcome.ended_day:.2f}: {outcome.violation}")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=leave_out)
    return tmp_path


def verdict(tree: Path, wrong: Wrong) -> str:
    given = wrong.seed, wrong.days, OFTEN, *(TIGHT if wrong.tight else QUOTA_TANKS)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, given)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.name)
def test_what_an_edit_replaces_is_there(wrong: Wrong) -> None:
    """So that whoever changes it hears of it before the long tests run."""
    for file, right, _ in wrong.edits:
        assert (ROOT / file).read_text().count(right) == 1, f"{file} has changed: {right!r}"


def check_found(wrong: Wrong, tree: Path) -> None:
    for file, right, instead in wrong.edits:
        source = tree / file
        text = source.read_text()
        assert text.count(right) == 1, f"{file} has changed: {right!r}"
        source.write_text(text.replace(right, instead))
    found = verdict(tree, wrong)
    print(found)
    assert f": {wrong.found_by}: " in found, found


@pytest.mark.parametrize("wrong", [one for one in WRONG if one.quick], ids=lambda one: one.name)
def test_a_wrong_edit_is_found_soon(wrong: Wrong, tree: Path) -> None:
    check_found(wrong, tree)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("wrong", [one for one in WRONG if not one.quick], ids=lambda one: one.name)
def test_a_wrong_edit_is_found(wrong: Wrong, tree: Path) -> None:
    check_found(wrong, tree)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", sorted({wrong.seed for wrong in WRONG}))
@pytest.mark.parametrize("tight", [False, True])
def test_without_an_edit_none_is_found(seed: int, tight: bool, tree: Path) -> None:
    days = max((one.days for one in WRONG if (one.seed, one.tight) == (seed, tight)), default=1)
    nothing = Wrong("nothing", (), "", seed, days, tight=tight)
    assert verdict(tree, nothing).endswith(": None")
