"""Would the tests of gateway/core notice a wrong edit? Each of these must fail a test."""

from pathlib import Path

import pytest

from tests.mutations.core_edits import EDITS as CORE_EDITS
from tests.mutations.key_edits import KEY_EDITS
from tests.mutations.meter_edits import METER_EDITS
from tests.mutations.runner import Edit, Suite
from tests.mutations.shift_edits import FINDING_EDITS, SHIFT_EDITS, UNMETERED_EDITS

EDITS = (*CORE_EDITS, *KEY_EDITS, *METER_EDITS, *SHIFT_EDITS, *UNMETERED_EDITS, *FINDING_EDITS)
CORE = Suite(
    "gateway/core", "tests/core", ("gateway/__init__.py", "tests/gateway/store/samples.py")
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    CORE.copy(tmp_path)
    return tmp_path


def test_without_an_edit_they_pass(project: Path) -> None:
    CORE.passes(project, {edit.caught_by for edit in EDITS})


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_noticed(edit: Edit, project: Path) -> None:
    CORE.notices(project, edit)
