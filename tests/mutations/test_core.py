"""Would the tests of gateway/core notice a wrong edit? Each of these must fail a test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations.core_edits import EDITS, Edit

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "gateway/__init__.py",
    "gateway/core",
    "tests/core",
    "tests/gateway/store/samples.py",
)
SETTINGS = "[pytest]\naddopts = --import-mode=importlib -x -q -p no:cacheprovider\npythonpath = .\n"
ENVIRONMENT = {
    "CI": "1",  # Hypothesis gives the same examples each time, without tests/conftest.py
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # plugins take longer to import than the tests to run
    "PYTHONDONTWRITEBYTECODE": "1",
}
PASSED, TESTS_FAILED = 0, 1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    return tmp_path


def run(project: Path, *files: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *(f"tests/core/{file}" for file in files)],
        cwd=project,
        env=environment | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_an_edit_they_pass(project: Path) -> None:
    result = run(project, *sorted({edit.caught_by for edit in EDITS}))
    assert result.returncode == PASSED, result.stdout + result.stderr


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_noticed(edit: Edit, project: Path) -> None:
    source = project / "gateway" / "core" / edit.file
    text = source.read_text()
    assert text.count(edit.right) == 1, f"{edit.file} has changed: {edit.right!r}"
    source.write_text(text.replace(edit.right, edit.wrong))
    result = run(project, edit.caught_by)
    assert result.returncode == TESTS_FAILED, result.stdout + result.stderr
