"""Would the tests of the co-processor's driver, and those of a gateway's witness, notice a wrong
edit? Each of these must fail a test."""

from pathlib import Path

import pytest

from tests.mutations.host_edits import EDITS as DRIVER
from tests.mutations.runner import Edit, Suite
from tests.mutations.witness_edits import EDITS as WITNESS

PUMP = Suite(
    "hardware",
    "tests/hardware/pump",
    ("gateway", "firmware", "tests/hardware/conftest.py", "tests/firmware/guard/bench.py"),
)
RUNTIME = Suite(
    "gateway",
    "tests/gateway/runtime",
    (
        "firmware",
        "hardware",
        "mqtt",
        "simulation",
        "tests/gateway/store/samples.py",
        "tests/power/place.py",
    ),
)
ALL = [*((PUMP, edit) for edit in DRIVER), *((RUNTIME, edit) for edit in WITNESS)]
SAMPLE = 6
"""One in so many is tried in every run."""


def name_of(part: object) -> str:
    return part.name if isinstance(part, Edit) else ""


@pytest.mark.parametrize(("suite", "edits"), [(PUMP, DRIVER), (RUNTIME, WITNESS)])
def test_without_an_edit_they_pass(suite: Suite, edits: list[Edit], tmp_path: Path) -> None:
    suite.copy(tmp_path)
    suite.passes(tmp_path, {edit.caught_by for edit in edits})


@pytest.mark.parametrize(("suite", "edit"), ALL[::SAMPLE], ids=name_of)
def test_an_edit_is_noticed(suite: Suite, edit: Edit, tmp_path: Path) -> None:
    suite.copy(tmp_path)
    suite.notices(tmp_path, edit)


@pytest.mark.long
@pytest.mark.parametrize(
    ("suite", "edit"), [pair for at, pair in enumerate(ALL) if at % SAMPLE], ids=name_of
)
def test_each_other_edit_is_noticed(suite: Suite, edit: Edit, tmp_path: Path) -> None:
    suite.copy(tmp_path)
    suite.notices(tmp_path, edit)
