"""Where ./takar test gets MicroPython from: Debian's package, or npm's WebAssembly build."""

from typing import Any

import pytest

APT_GET = """#!/bin/sh
printf 'apt-get %s\\n' "$*" >>"$CALLS"
case "$*" in
    *install*) for name in micropython node npm; do
        case "$* " in *" $name"*) cp "$OFFERED/$name" "$BIN/$name" ;; esac
    done ;;
esac
"""
APT_CACHE = '#!/bin/sh\n[ "$2" = "$DEBIAN_HAS" ]\n'
NPM = """#!/bin/sh
printf 'npm %s\\n' "$*" >>"$CALLS"
eval "$NPM_DOES"
mkdir -p node_modules
"""
NOTHING = "#!/bin/sh\n"


@pytest.fixture
def bare(machine: Any, tmp_path: Any) -> Any:
    """No MicroPython; root's apt offers what Debian has."""
    (machine.bin / "micropython").unlink()
    offered = tmp_path / "offered"
    offered.mkdir()
    for name, script in {"micropython": NOTHING, "node": NOTHING, "npm": NPM}.items():
        (offered / name).write_text(script)
        (offered / name).chmod(0o755)
    machine.env |= {
        "BIN": str(machine.bin),
        "OFFERED": str(offered),
        "DEBIAN_HAS": "nothing",
        "NPM_DOES": "",
    }
    machine.add("id", "#!/bin/sh\necho 0\n")
    return machine


def with_apt(machine: Any, **env: str) -> Any:
    machine.add("apt-get", APT_GET)
    machine.add("apt-cache", APT_CACHE)
    machine.env |= env
    return machine


def with_npm(machine: Any) -> Any:
    machine.add("node", NOTHING)
    machine.add("npm", NPM)
    return machine


def test_the_gateway_does_not_need_it(bare: Any) -> None:
    assert bare.run("demo")[0] == 0


def test_without_apt_it_names_the_programs(bare: Any) -> None:
    status, _, errors = bare.run("test", "--help")
    assert status == 1
    assert errors == (
        "takar: MicroPython is missing and there is no apt here. Install it (Debian's name: "
        "micropython, or before Debian 13 nodejs npm), then run this again.\n"
    )


def test_debians_own_is_taken_where_debian_has_it(bare: Any) -> None:
    machine = with_apt(bare, DEBIAN_HAS="micropython")
    status, _, errors = machine.run("test", "--help")
    assert status == 0
    assert "takar: installing MicroPython: micropython ...\n" in errors
    assert machine.count("install -y --no-install-recommends micropython") == 1
    assert machine.count("npm") == 0
    assert "installing" not in machine.run("test", "--help")[2]


def test_an_older_debian_gets_node_and_the_locked_build(bare: Any) -> None:
    machine = with_apt(bare)
    assert machine.run("test", "--help")[0] == 0
    assert machine.count("install -y --no-install-recommends nodejs npm") == 1
    assert machine.count("npm ci --ignore-scripts") == 1


def test_an_installed_node_is_used_and_a_second_start_only_runs(bare: Any) -> None:
    machine = with_npm(bare)
    assert machine.run("test", "--help")[0] == 0
    assert machine.count("npm ci --ignore-scripts") == 1
    assert "installing" not in machine.run("test", "--help")[2]
    assert machine.count("npm ci") == 1


def test_a_failed_or_interrupted_install_is_made_anew(bare: Any) -> None:
    machine = with_npm(bare)
    status, _, errors = machine.run("test", "--help", NPM_DOES="echo no route to anywhere; exit 1")
    assert status == 1
    assert "no route to anywhere" in errors
    assert "Is this machine on the internet?" in errors
    assert machine.run("test", "--help", NPM_DOES="kill -9 $PPID; exit 1")[0] != 0
    assert machine.run("test", "--help")[0] == 0
    assert machine.count("npm ci") == 3


def test_a_new_lock_file_installs_again(bare: Any) -> None:
    machine = with_npm(bare)
    machine.run("test", "--help")
    lock = machine.home / "requirements/micropython/package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert "installing MicroPython" in machine.run("test", "--help")[2]
    assert machine.count("npm ci") == 2
