"""Would the tests of the audit notice a wrong edit? Each of these must fail a test."""

from pathlib import Path

import pytest

from tests.mutations.audit_edits import EDITS
from tests.mutations.runner import Edit, Suite

AUDIT = Suite(
    "gateway",
    "tests/gateway/audit",
    ("firmware", "hardware", "mqtt", "tests/core", "tests/gateway/store/samples.py"),
)
SAMPLE = 6
"""One in so many is tried in every run."""


def test_without_an_edit_they_pass(tmp_path: Path) -> None:
    AUDIT.copy(tmp_path)
    AUDIT.passes(tmp_path, {edit.caught_by for edit in EDITS})


@pytest.mark.parametrize("edit", EDITS[::SAMPLE], ids=lambda edit: edit.name)
def test_an_edit_is_noticed(edit: Edit, tmp_path: Path) -> None:
    AUDIT.copy(tmp_path)
    AUDIT.notices(tmp_path, edit)


@pytest.mark.long
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_each_edit_is_noticed(edit: Edit, tmp_path: Path) -> None:
    AUDIT.copy(tmp_path)
    AUDIT.notices(tmp_path, edit)
