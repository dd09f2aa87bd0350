"""Would the tests of central's groups notice a wrong edit? Each of these must fail a test."""

from pathlib import Path

import pytest

from tests.mutations.central_edits import EDITS, MORE
from tests.mutations.runner import Edit, Suite

_SHARED = ("conftest", "teller", "office", "city", "changed_key", "test_succession")
CENTRAL = Suite(
    "mqtt",
    "tests/mqtt/central/groups",
    (
        "gateway",
        "tests/mqtt/parties.py",
        "tests/mqtt/brokers.py",
        *(f"tests/mqtt/central/{name}.py" for name in _SHARED),
    ),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    CENTRAL.copy(tmp_path)
    return tmp_path


def test_without_an_edit_they_pass(project: Path) -> None:
    CENTRAL.passes(project, {edit.caught_by for edit in EDITS + MORE})


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_noticed(edit: Edit, project: Path) -> None:
    CENTRAL.notices(project, edit)


@pytest.mark.long
@pytest.mark.parametrize("edit", MORE, ids=lambda edit: edit.name)
def test_another_edit_is_noticed(edit: Edit, project: Path) -> None:
    CENTRAL.notices(project, edit)
