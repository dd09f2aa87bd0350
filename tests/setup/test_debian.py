"""A blank Debian, a clean clone, the two commands. Needs root, debootstrap and the network."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLONE = "/srv/a clean clone/takar"
CERTIFICATES = "/etc/certificates-of-the-host.pem"
NETWORK = ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")

# A namespace of its own: when the command ends, its mounts and processes are gone with it.
ENTER = """
set -eu
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/dev"
for name in null zero full random urandom tty; do
    : >"$1/dev/$name"
    mount --bind "/dev/$name" "$1/dev/$name"
done
mkdir "$1/dev/shm" "$1/dev/pts"
mount -t tmpfs tmpfs "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
ln -s /proc/self/fd "$1/dev/fd"
chmod 1777 "$1/dev/shm"
root=$1
shift
exec chroot "$@" "$root" /usr/bin/env -i /bin/sh
"""

pytestmark = [
    pytest.mark.debian,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="building a Debian root needs root"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
]


@dataclass(frozen=True)
class Debian:
    root: Path
    user: str

    def start(self, script: str, user: str = "") -> subprocess.Popen[str]:
        """Run a shell script in there as a user, with no locale and no terminal."""
        process = subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--fork"),
                *("sh", "-c", ENTER, "sh", self.root, f"--userspec={user or self.user}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(f"export {' '.join(environment())}\nset -e\ncd /\n{script}\n")
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, script: str, user: str = "") -> str:
        process = self.start(script, user)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output


def kill(process: subprocess.Popen[str]) -> None:
    """End all that runs in there at once, as a power cut would: the namespace's first process.

    unshare's own --kill-child is lost when chroot becomes another user.
    """
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    process.wait()


def environment() -> list[str]:
    """What a login would set, and how this machine reaches the network."""
    given = [f"{name}='{os.environ[name]}'" for name in NETWORK if name in os.environ]
    if "PIP_CERT" in os.environ:
        given += [f"PIP_CERT={CERTIFICATES}", f"NODE_EXTRA_CA_CERTS={CERTIFICATES}"]
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # No Debian within a Debian: a chroot boots none.
    return [path, "TAKAR_SYSTEM_ROOT=no", *given]


@pytest.fixture(scope="module", params=[("bookworm", "root"), ("trixie", "citizen")], ids="-".join)
def debian(request: pytest.FixtureRequest) -> Iterator[Debian]:
    """Debian 12 used by root, Debian 13 by a user with sudo; the clone is what is committed."""
    release, user = request.param
    made = Debian(Path(tempfile.mkdtemp(prefix=f"takar-{release}-")), user)
    made.root.chmod(0o755)
    try:
        packages = [] if user == "root" else ["--include=sudo"]
        subprocess.run(
            ["debootstrap", "--variant=minbase", *packages, release, made.root], check=True
        )
        prepare(made)
        yield made
    finally:
        # Mounts live in namespaces that are gone; a mount found here would be the host's.
        assert str(made.root) not in Path("/proc/self/mounts").read_text()
        shutil.rmtree(made.root)


def prepare(made: Debian) -> None:
    shutil.copy("/etc/resolv.conf", made.root / "etc/resolv.conf")
    if "PIP_CERT" in os.environ:
        shutil.copy(os.environ["PIP_CERT"], made.root / CERTIFICATES.lstrip("/"))
    # As in every container: packages start no services.
    policy = made.root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    clone = made.root / CLONE.lstrip("/")
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    if made.user != "root":
        made.run(
            f"useradd --create-home {made.user}\n"
            f"echo '{made.user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{made.user}\n"
            f"chown -R {made.user} '{CLONE}'",
            user="root",
        )


def test_an_interrupted_first_start_then_a_whole_one(debian: Debian) -> None:
    first = debian.start(f"'{CLONE}/takar' --version")
    assert first.stdout is not None
    assert any("installing the Python packages" in line for line in first.stdout)
    kill(first)
    first.stdout.close()
    output = debian.run(f"ln -s '{CLONE}/takar' /tmp/takar\n/tmp/takar --version")
    assert "making" in output
    assert output.splitlines()[-1].startswith("takar ")


def test_the_demo(debian: Debian) -> None:
    output = debian.run(f"'{CLONE}/takar' demo --headless --fills 20 --seed 1")
    result = json.loads(output.splitlines()[-1])
    assert result["conservation_ok"] is True
    assert result["fills"] > 0


def test_the_tests_run(debian: Debian) -> None:
    output = debian.run(
        f"cd '{CLONE}'\n./takar test tests/core tests/config tests/setup tests/micropython"
    )
    assert " passed" in output.splitlines()[-1]
