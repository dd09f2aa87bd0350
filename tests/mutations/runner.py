"""One wrong edit in a copy of the project, and the tests that have to notice it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "[pytest]\naddopts = --import-mode=importlib -x -q -p no:cacheprovider\npythonpath = .\n"
ENVIRONMENT = {
    "CI": "1",  # Hypothesis gives the same examples each time, without tests/conftest.py
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # plugins take longer to import than the tests to run
    "PYTHONDONTWRITEBYTECODE": "1",
}
PASSED, TESTS_FAILED = 0, 1


@dataclass(frozen=True)
class Edit:
    file: str
    """Below the suite's `source`."""
    right: str
    """Occurs once in the file."""
    wrong: str
    caught_by: str
    """Below the suite's `tests`."""

    @property
    def name(self) -> str:
        return f"{self.file}: {self.right.strip()} -> {self.wrong.strip()}"


@dataclass(frozen=True)
class Suite:
    source: str
    tests: str
    others: tuple[str, ...]
    """What else both need; all paths from the project's root."""

    def copy(self, target: Path) -> None:
        for name in (self.source, self.tests, *self.others):
            source, copied = ROOT / name, target / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copied, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copied)
        (target / "pytest.ini").write_text(SETTINGS)

    def passes(self, project: Path, files: set[str]) -> None:
        self._ends(project, files, PASSED)

    def notices(self, project: Path, edit: Edit) -> None:
        """Fails where the edit's tests pass, or cannot run."""
        source = project / self.source / edit.file
        text = source.read_text()
        assert text.count(edit.right) == 1, f"{edit.file} has changed: {edit.right!r}"
        source.write_text(text.replace(edit.right, edit.wrong))
        self._ends(project, {edit.caught_by}, TESTS_FAILED)

    def _ends(self, project: Path, files: set[str], status: int) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        result = subprocess.run(
            [sys.executable, "-m", "pytest", *(f"{self.tests}/{file}" for file in sorted(files))],
            cwd=project,
            env=environment | ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == status, result.stdout + result.stderr
