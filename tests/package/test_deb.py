"""What is in the package, and that the same source gives the same bytes."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from package.deb import SCRIPTS, build_deb
from package.source import Source, find_source

ROOT = Path(__file__).parents[2]
FILES = {
    "gateway/cli/__main__.py": "print('takar')\n",
    "requirements/run.lock": "nothing\n",
    "scripts/set_up.sh": "# set up\n",
    "systemd/takar-gateway.service": "[Service]\n",
    "systemd/takar.sysusers": "u takar -\n",
    "systemd/takar.tmpfiles": "d /etc/takar\n",
    "systemd/takar.modules-load": "cdc_acm\n",
    "systemd/udev/99-takar.rules": "# devices\n",
}
EPOCH_S = 1_790_000_000


def source(root: Path, names: list[str], version: str = "1.2~git7") -> Source:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(FILES[name])
    return Source(root, tuple(sorted(names)), version, EPOCH_S)


def build(folder: Path, names: list[str]) -> Path:
    made = source(folder / "source", names)
    wheel = folder / "some-1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    return build_deb(made, "arm64", [wheel], {"INSTALL.md": b"how\n"}, folder)


def said(deb: Path, *question: str) -> str:
    return subprocess.run(
        ["dpkg-deb", *question[:1], deb, *question[1:]],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"TZ": "UTC"},
    ).stdout


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order, the hour and the umask in which it was checked out."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = build(tmp_path / "one", [*FILES])
    usual = os.umask(0o077)
    try:
        other = build(tmp_path / "other", [*reversed(FILES)])
    finally:
        os.umask(usual)
    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    assert one.name == "takar_1.2~git7_arm64.deb"


def test_all_belongs_to_root_and_nobody_else_may_write(tmp_path: Path) -> None:
    listing = said(build(tmp_path, [*FILES]), "--contents").splitlines()
    assert listing
    for line in listing:
        mode, owner = line.split()[:2]
        assert owner == "root/root", line
        assert mode in ("drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"), line
        assert "2026-09-21" in line


def test_a_unit_comes_with_its_release_and_an_account_with_the_package(tmp_path: Path) -> None:
    listing = said(build(tmp_path, [*FILES]), "--contents")
    assert "./usr/lib/takar/code/systemd/takar-gateway.service" in listing
    assert "./usr/lib/systemd/system/takar-gateway.service" not in listing
    assert "./usr/lib/systemd/system/takar-judge.service" in listing
    assert "./usr/lib/sysusers.d/takar.conf" in listing
    assert "./usr/lib/takar/wheels/some-1.0-py3-none-any.whl" in listing
    assert "./usr/bin/takar -> /opt/takar/current/.venv/bin/takar" in listing


def test_nothing_of_state_or_configuration_is_the_packages(tmp_path: Path) -> None:
    listing = said(build(tmp_path, [*FILES]), "--contents")
    for place in ("./etc", "./var", "./opt", "./run"):
        assert place not in listing


def test_control_says_what_it_is(tmp_path: Path) -> None:
    deb = build(tmp_path, [*FILES])
    assert "1.2~git7" in said(deb, "--field", "Version")
    assert "arm64" in said(deb, "--field", "Architecture")
    assert "@" not in said(deb, "--field").replace("takar@localhost", "")


@pytest.mark.parametrize("change", ["none", "followed", "unknown"])
def test_what_git_follows_is_packaged_as_it_is(tmp_path: Path, change: str) -> None:
    root = tmp_path / "checkout"
    made = source(root, [*FILES])
    (root / "tests").mkdir()
    (root / "tests/test_it.py").write_text("")
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_DATE": f"{EPOCH_S} +0800",
        "GIT_COMMITTER_DATE": f"{EPOCH_S} +0800",
    }
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", "-C", root, *command], check=True, env=environment)
    if change == "followed":
        (root / "gateway/cli/__main__.py").write_text("print('other')\n")
    if change == "unknown":
        (root / "gateway/secret.pem").write_text("a key that lies about\n")
    found = find_source(root)
    assert found.files == made.files
    assert found.epoch_s == EPOCH_S
    assert found.version.startswith("0.1.0~git20260921")
    assert found.version.endswith(".changed") is (change == "followed")


@pytest.mark.parametrize("name", [*SCRIPTS, "release.sh", "health.sh", "trial.sh"])
def test_the_shell_reads_it(name: str) -> None:
    subprocess.run(["sh", "-n", ROOT / "package/debian" / name], check=True)
