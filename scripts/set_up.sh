# Sourced by ./takar: make .venv hold exactly what the lock file says, and nothing else.
# A stamp with the lock's hash says whether a set is complete; it is written last, so an
# interrupted set-up is simply done again.

say() { printf 'takar: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "needs root to run: $*"
        say "run this command again as root, or install sudo."
        exit 1
    fi
}

# apt_install WHY PACKAGE...
apt_install() {
    why=$1
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        say "$why is missing and there is no apt here; please install what your system calls: $*"
        exit 1
    fi
    say "installing $* from Debian ($why) ..."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >&2
}

need_python() {
    if ! command -v python3 >/dev/null 2>&1; then
        apt_install "Python" python3 python3-venv
    elif ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        apt_install "Python's venv module" python3-venv
    fi
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "found $(python3 --version), need Python 3.11 or newer (Debian 12, Raspberry Pi OS 12 or later have it)."
        exit 1
    fi
}

# set_up ROOT run|test
set_up() {
    venv=$1/.venv
    lock=$1/requirements/$2.lock
    wanted=$(cat "$lock" "$1/scripts/set_up.sh" | sha256sum | cut -d' ' -f1)
    if [ -x "$venv/bin/takar" ] && [ "$(cat "$venv/.takar-$2" 2>/dev/null)" = "$wanted $1" ] \
        && "$venv/bin/python" -c '' 2>/dev/null; then
        return
    fi
    need_python
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null || [ "$(cat "$venv/.takar-root" 2>/dev/null)" != "$1" ]; then
        say "making $venv ..."
        rm -rf "$venv"
        python3 -m venv "$venv"
    fi
    say "installing the locked Python packages ($2) ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes -r "$lock" >&2
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$1" >"$site/takar.pth"
    cat >"$venv/bin/takar" <<'EOF'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -P -m gateway.cli "$@"
EOF
    chmod +x "$venv/bin/takar"
    printf '%s\n' "$1" >"$venv/.takar-root"
    # The test set holds the whole run set, so it may stand for it.
    printf '%s\n' "$wanted $1" >"$venv/.takar-$2"
}
