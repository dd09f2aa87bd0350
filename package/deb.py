"""The package's tree, and dpkg-deb. The same source gives the same bytes."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from package.source import Source

DEBIAN = Path(__file__).with_name("debian")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
RUN_LATER = ("release.sh", "health.sh", "trial.sh", "in_service.py", "broker_answers.py")
OURS = "usr/lib/takar"
CURRENT = "/opt/takar/current"
UNITS = "usr/lib/systemd/system"
INSTALLED = {
    "systemd/takar.sysusers": "usr/lib/sysusers.d/takar.conf",
    "systemd/takar.tmpfiles": "usr/lib/tmpfiles.d/takar.conf",
    "systemd/takar.modules-load": "usr/lib/modules-load.d/takar.conf",
    "systemd/udev/99-takar.rules": "usr/lib/udev/rules.d/99-takar.rules",
}
"""What Debian's own programs look for. Units stay with their release, which puts
them in place when it is chosen: unpacked before, they would run with the older code."""


class BuildFailed(Exception):
    """dpkg-deb is missing or failed; the message says which."""


def build_deb(
    source: Source, arch: str, wheels: Iterable[Path], documents: Mapping[str, bytes], output: Path
) -> Path:
    """Write `takar_VERSION_ARCH.deb` into `output`, which must exist.

    `documents`: by name, for /usr/share/doc/takar."""
    with TemporaryDirectory(prefix="takar-package-") as scratch:
        tree = Path(scratch)
        _fill(tree, source, wheels, documents)
        (tree / OURS / "release").write_text(f"{source.version}-{_digest(tree / OURS)}\n")
        _control(tree, source, arch)
        _same_everywhere(tree, source.epoch_s)
        deb = output / f"takar_{source.version}_{arch}.deb"
        _run_dpkg_deb(tree, deb, source.epoch_s)
    return deb


def _fill(
    tree: Path, source: Source, wheels: Iterable[Path], documents: Mapping[str, bytes]
) -> None:
    ours = tree / OURS
    for name in source.files:
        _copy(source.root / name, ours / "code" / name)
    for wheel in wheels:
        _copy(wheel, ours / "wheels" / wheel.name)
    for name in RUN_LATER:
        _copy(DEBIAN / name, ours / name)
    shown = tree / "usr/share/doc/takar"
    shown.mkdir(parents=True)
    for name, content in documents.items():
        (shown / name).write_bytes(content)
    _link(tree / "usr/bin/takar", f"{CURRENT}/.venv/bin/takar")
    for unit in ("takar-trial.service", "takar-judge.service"):
        _copy(DEBIAN / unit, tree / UNITS / unit)
    _link(tree / UNITS / "multi-user.target.wants/takar-trial.service", "../takar-trial.service")
    for name, place in INSTALLED.items():
        _copy(source.root / name, tree / place)


def _digest(folder: Path) -> str:
    """Two builds of one version that differ make two releases: a whole one is never changed."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _control(tree: Path, source: Source, arch: str) -> None:
    size_kib = sum(file.lstat().st_size for file in tree.rglob("*") if file.is_file()) // 1024
    control = tree / "DEBIAN"
    control.mkdir()
    text = (DEBIAN / "control").read_text()
    for word, value in (("VERSION", source.version), ("ARCH", arch), ("SIZE", str(size_kib))):
        text = text.replace(f"@{word}@", value)
    (control / "control").write_text(text)
    for name in SCRIPTS:
        _copy(DEBIAN / name, control / name)
        (control / name).chmod(0o755)
    _copy(DEBIAN / "triggers", control / "triggers")


def _copy(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, target)
    target.chmod(0o755 if os.access(origin, os.X_OK) else 0o644)


def _link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def _same_everywhere(tree: Path, epoch_s: int) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (epoch_s, epoch_s), follow_symlinks=False)


def _run_dpkg_deb(tree: Path, deb: Path, epoch_s: int) -> None:
    """Wheels are compressed already, and what is not compressed depends on no compressor."""
    try:
        done = subprocess.run(  # noqa: S603
            ["dpkg-deb", "--build", "--root-owner-group", "-Znone", str(tree), str(deb)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch_s), "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise BuildFailed("dpkg-deb is missing (Debian's name: dpkg).") from error
    if done.returncode != 0:
        raise BuildFailed(f"dpkg-deb failed: {done.stderr.strip()}")
