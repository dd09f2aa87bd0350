"""The lock files."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "requirements"


def pins(name: str) -> dict[str, str]:
    lines = (FOLDER / name).read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith(" "))


def test_the_test_set_holds_the_whole_run_set() -> None:
    run, test = pins("run.lock"), pins("test.lock")
    assert run
    assert run.items() <= test.items()


@pytest.mark.parametrize("name", ["run.lock", "test.lock"])
def test_every_package_is_held_by_hashes_and_no_host_is_named(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert "://" not in text
    blocks = text.replace("\\\n", "").splitlines()
    assert all("--hash=sha256:" in block for block in blocks if block.strip())


def test_the_lock_of_micropython_holds_versions_and_hashes_and_names_no_host() -> None:
    text = (FOLDER / "micropython/package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = packages.pop("")["dependencies"]
    assert packages
    assert {f"node_modules/{name}" for name in wanted} == set(packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
