"""Each package holds a wheel of everything, for both architectures and both Pythons."""

import subprocess
import sys
from pathlib import Path

import pytest

from package.wheels import GLIBC, MACHINES, PYTHONS, wheels_for

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements/run.lock"


@pytest.mark.long
@pytest.mark.debian
@pytest.mark.timeout(900)
@pytest.mark.parametrize("arch", MACHINES)
def test_a_device_without_network_finds_all_it_needs(arch: str, tmp_path: Path) -> None:
    """What pip does there, for a machine that this one is not: it unpacks, and runs nothing."""
    wheels = wheels_for(arch, LOCK, ROOT / ".package/wheels")
    oldest = [f"manylinux_2_{minor}_{MACHINES[arch]}" for minor in GLIBC]
    for python in PYTHONS:
        target = tmp_path / python
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
                *("--find-links", wheels[0].parent, "--require-hashes", "--requirement", LOCK),
                *("--only-binary=:all:", "--implementation", "cp", "--python-version", python),
                *(word for name in oldest for word in ("--platform", name)),
                *("--disable-pip-version-check", "--no-compile", "--target", target),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        libraries = list(target.rglob("*.so"))
        machines = {library.read_bytes()[18] for library in libraries}
        # ELF's e_machine: 62 is x86-64, 183 is AArch64.
        assert machines == {{"amd64": 62, "arm64": 183}[arch]}, libraries


def test_an_interrupted_download_is_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    lock.write_text("one==1\n")
    cache = tmp_path / "cache"
    asked: list[str] = []

    def download(arch: str, python: str, lock: Path, folder: Path) -> None:
        asked.append(python)
        (folder / f"one-1-cp{python}.whl").write_bytes(b"PK")
        if len(asked) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("package.wheels._download", download)
    with pytest.raises(KeyboardInterrupt):
        wheels_for("arm64", lock, cache)
    assert len(wheels_for("arm64", lock, cache)) == len(PYTHONS)
    assert asked == [*PYTHONS, *PYTHONS]
    wheels_for("arm64", lock, cache)
    lock.write_text("one==2\n")
    wheels_for("arm64", lock, cache)
    assert asked == [*PYTHONS] * 3
