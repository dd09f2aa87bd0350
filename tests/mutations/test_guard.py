"""Would the tests of firmware/guard notice a wrong edit? Each of these must fail a test."""

from pathlib import Path

import pytest

from tests.mutations.guard_edits import EDITS as VALVE
from tests.mutations.guard_wire_edits import EDITS as WIRE
from tests.mutations.runner import Edit, Suite

GUARD = Suite("firmware/guard", "tests/firmware/guard", ("firmware/__init__.py",))
ALL = [*VALVE, *WIRE]
SAMPLE = 6
"""One in so many is tried in every run."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    GUARD.copy(tmp_path)
    return tmp_path


def test_without_an_edit_they_pass(project: Path) -> None:
    GUARD.passes(project, {edit.caught_by for edit in ALL})


@pytest.mark.parametrize("edit", ALL[::SAMPLE], ids=lambda edit: edit.name)
def test_an_edit_is_noticed(edit: Edit, project: Path) -> None:
    GUARD.notices(project, edit)


@pytest.mark.long
@pytest.mark.parametrize(
    "edit", [edit for at, edit in enumerate(ALL) if at % SAMPLE], ids=lambda edit: edit.name
)
def test_each_other_edit_is_noticed(edit: Edit, project: Path) -> None:
    GUARD.notices(project, edit)
