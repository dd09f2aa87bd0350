"""The wheels that a package carries: those of requirements/run.lock, for each Python it serves."""

import shutil
import subprocess
import sys
from pathlib import Path

from gateway.store.durable import sync_folder

PYTHONS = ("3.11", "3.13")
"""Of Debian 12 and 13, and so of Raspberry Pi OS."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""The kernel's name for each of Debian's architectures that is built for."""
GLIBC = (36, 35, 34, 31, 28, 27, 26, 24, 17)
"""Minor versions of glibc 2 that wheels are named after; Debian 12 has 2.36."""


class WheelsRefused(Exception):
    """pip did not find every wheel; the message is what it said."""


def wheels_for(arch: str, lock: Path, cache: Path) -> list[Path]:
    """The wheels for `arch`, from `cache` or else from the package index, checked by the lock's
    hashes. Sorted."""
    folder = cache / arch
    whole = folder / "lock"
    if not whole.exists() or whole.read_bytes() != lock.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for python in PYTHONS:
            _download(arch, python, lock, folder)
        # Written last: an interrupted download is not taken for a whole one.
        shutil.copyfile(lock, whole)
        sync_folder(folder)
    return sorted(folder.glob("*.whl"))


def _download(arch: str, python: str, lock: Path, folder: Path) -> None:
    platforms = [f"manylinux_2_{minor}_{MACHINES[arch]}" for minor in GLIBC]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-input", "--only-binary=:all:", "--require-hashes", "--no-deps", "--retries", "2"),
        *("--implementation", "cp", "--python-version", python),
        *(word for name in platforms for word in ("--platform", name)),
        *("--dest", str(folder), "--requirement", str(lock)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise WheelsRefused(
            f"The wheels for {arch}, Python {python} could not be had: "
            f"{' '.join(errors) or done.stderr.strip()} Is this machine on the internet?"
        )
