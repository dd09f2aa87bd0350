# Sourced by ./takar: make .venv hold what the lock file says, from wheels alone.
#
# .venv/.takar-made says for which folder and which Python it was made, .venv/.takar-lock is a
# copy of the lock file that was installed. The first is removed before anything changes and
# written last, so an interrupted set-up leaves none, and the next start makes .venv anew.
#
# The Debian package makes its releases with this too (package/debian/release.sh): TAKAR_OFFLINE
# is set then, nothing may be downloaded, and pip finds the wheels beside the code.

say() { printf 'takar: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

# is_made ROOT: .venv is whole, for this folder and this Python. Forks nothing.
is_made() {
    [ -f "$1/.venv/.takar-made" ] || return 1
    { IFS= read -r made_for && IFS= read -r made_with; } <"$1/.venv/.takar-made" || return 1
    # shellcheck disable=SC3013 # dash, bash and busybox all know -ef
    [ "$made_for" = "$1" ] && [ "$1/.venv/bin/python" -ef "$made_with" ]
}

# has_packages ROOT run|test: the test set holds the whole run set.
has_packages() {
    cmp -s "$1/.venv/.takar-lock" "$1/requirements/$2.lock" \
        || cmp -s "$1/.venv/.takar-lock" "$1/requirements/test.lock"
}

has_test_programs() {
    { command -v mosquitto || [ -x /usr/sbin/mosquitto ]; } >/dev/null \
        && command -v mosquitto_sub >/dev/null && command -v strace >/dev/null \
        && command -v chromium >/dev/null && command -v chromedriver >/dev/null
}

# has_micropython ROOT: Debian's, or the WebAssembly build that the lock file names.
has_micropython() {
    command -v micropython >/dev/null || {
        command -v node >/dev/null \
            && cmp -s "$1/.micropython/.takar-lock" "$1/requirements/micropython/package-lock.json"
    }
}

is_ready() {
    is_made "$1" && has_packages "$1" "$2" \
        && { [ "$2" = run ] || { has_test_programs && has_micropython "$1"; }; }
}

# may_install WHAT PACKAGE...: sets as_root, or says who can install these.
may_install() {
    what=$1
    shift
    [ -z "${TAKAR_OFFLINE:-}" ] \
        || fail "$what is missing (Debian's name: $*). Install it, then run this again."
    command -v apt-get >/dev/null \
        || fail "$what is missing and there is no apt here. Install it (Debian's name: $*), then run this again."
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null \
            || fail "$what is missing (Debian's name: $*), and there is no sudo here. Install it as root, then run this again."
        as_root=sudo
    fi
}

# apt_install WHAT PACKAGE...
apt_install() {
    may_install "$@"
    shift
    say "installing $what: $* ..."
    apt update
    apt install -y --no-install-recommends "$@"
}

# Descriptor 9 stays here: a service that a package starts would hold the lock for ever.
apt() {
    printed=$($as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -qq -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null 9<&-) && return
    printf '%s\n' "$printed" >&2
    fail "apt-get $1 failed, see above. Is this machine on the internet? Then run this again."
}

need_python() {
    if ! command -v python3 >/dev/null; then
        apt_install Python python3 python3-venv
    elif ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install "Python's venv module" python3-venv
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || fail "found $(python3 --version), need Python 3.11 or newer (Debian and Raspberry Pi OS have it from 12 on)."
}

# On a Pi the drivers come from the system: PyPI has no wheels of them for every Python.
# Raspberry Pi OS has all three; plain Debian 12 and 13 lack lgpio.
has_pi_drivers() { /usr/bin/python3 -c 'import lgpio, spidev, RPi' 2>/dev/null; }

need_pi_drivers() {
    has_pi_drivers \
        || apt_install "the drivers of pins and SPI (Raspberry Pi OS has them)" python3-lgpio python3-spidev python3-rpi-lgpio
}

make_venv() {
    say "making $1/.venv ..."
    rm -rf "$1/.venv"
    set -- "$1/.venv"
    if grep -q '^Raspberry Pi' /proc/device-tree/model 2>/dev/null; then
        if [ -z "${TAKAR_OFFLINE:-}" ]; then
            need_pi_drivers
        elif ! has_pi_drivers; then
            say "a gateway on this Pi needs: apt install python3-lgpio python3-spidev python3-rpi-lgpio"
        fi
        set -- --system-site-packages "$@"
    fi
    python3 -m venv "$@" >&2 || fail "python3 -m venv $* failed, see above."
}

install_packages() {
    say "installing the Python packages of requirements/$2.lock ..."
    printed=$("$1/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --only-binary :all: --require-hashes --retries 2 \
        -r "$1/requirements/$2.lock" 2>&1) && return
    printf '%s\n' "$printed" >&2
    [ -z "${TAKAR_OFFLINE:-}" ] \
        || fail "the Python packages could not be installed from what the package brought, see above."
    fail "the Python packages could not be installed, see above. Is this machine on the internet? Then run this again."
}

# The firmware's own code is tested under MicroPython. Debian has it from 13 on; before, npm's
# WebAssembly build stands in. .micropython/.takar-lock is written last, as with .venv.
need_micropython() {
    ! has_micropython "$1" || return 0
    if ! { command -v node && command -v npm; } >/dev/null; then
        may_install "MicroPython" "micropython, or before Debian 13 nodejs npm"
        apt update
        if apt-cache show micropython >/dev/null 2>&1; then
            apt_install MicroPython micropython
            return
        fi
        apt_install "what MicroPython's WebAssembly build needs" nodejs npm
    fi
    say "installing MicroPython of requirements/micropython/package-lock.json ..."
    rm -rf "$1/.micropython"
    mkdir "$1/.micropython"
    cp "$1/requirements/micropython/package.json" "$1/requirements/micropython/package-lock.json" \
        "$1/.micropython"
    printed=$(cd "$1/.micropython" && npm ci --ignore-scripts --no-audit --no-fund \
        --loglevel=error --cache "$1/.micropython/cache" 2>&1 </dev/null) || {
        printf '%s\n' "$printed" >&2
        fail "MicroPython could not be installed, see above. Is this machine on the internet? Then run this again."
    }
    rm -rf "$1/.micropython/cache"
    cp "$1/requirements/micropython/package-lock.json" "$1/.micropython/.takar-lock"
}

# An absolute path in the launcher costs no fork to find and works through any symlink.
write_launcher() {
    python=$1/.venv/bin/python
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$1" >"$site/takar.pth"
    quoted=$(printf '%s' "$python" | sed "s/'/'\\\\''/g")
    printf "#!/bin/sh\\nexec '%s' -P -m gateway.cli \"\$@\"\\n" "$quoted" >"$1/.venv/bin/takar"
    chmod +x "$1/.venv/bin/takar"
}

set_up_venv() {
    need_python
    is_made "$1" || make_venv "$1"
    rm -f "$1/.venv/.takar-made"
    install_packages "$1" "$2"
    write_launcher "$1"
    cp "$1/requirements/$2.lock" "$1/.venv/.takar-lock"
    printf '%s\n%s\n' "$1" "$(readlink -f "$1/.venv/bin/python")" >"$1/.venv/.takar-made"
    say "set up."
}

# set_up_alone ROOT run|test, while holding the lock
set_up_alone() {
    if [ "$2" = test ]; then
        has_test_programs || apt_install "what the tests need" mosquitto mosquitto-clients \
            strace chromium chromium-driver
        need_micropython "$1"
    fi
    { is_made "$1" && has_packages "$1" "$2"; } || set_up_venv "$1" "$2"
}

# set_up ROOT run|test
set_up() {
    ! is_ready "$1" "$2" || return 0
    [ -w "$1" ] || fail "cannot write to $1. Run this as the owner of that folder."
    command -v flock >/dev/null || fail "flock is missing. Install util-linux, then run this again."
    (
        flock -n 9 || { say "another set-up is under way, waiting for it ..." && flock 9; }
        set_up_alone "$1" "$2"
    ) 9<"$1/scripts/set_up.sh"
}
