# Sourced by test.sh: the Debian that tests/system boots, in .system/bookworm, and the wheels of
# the package that is installed there. Made once with the network; the tests use it offline.
# .system/made-by is a copy of this file, written last: other packages below, another root.

system_packages=systemd,systemd-sysv,dbus,udev,python3,python3-venv,mosquitto,mosquitto-clients

# Only root can boot one. Elsewhere these tests are skipped, and say so.
wants_system_root() {
    [ "$(id -u 2>/dev/null)" = 0 ] && [ "${TAKAR_SYSTEM_ROOT:-yes}" = yes ]
}

has_system_root() {
    ! wants_system_root || cmp -s "$1/.system/made-by" "$1/scripts/system_root.sh"
}

# make_debian ROOT SUITE: into .system/SUITE; the answer is 1 where that failed. It is made
# elsewhere first: debootstrap takes no path with a space.
make_debian() {
    made=$(mktemp -d /var/tmp/takar-debian.XXXXXX)
    chmod 755 "$made"
    debootstrap --variant=minbase --include="$system_packages" "$2" "$made" \
        >"$1/.system/$2.log" 2>&1 </dev/null 9<&- || {
        tail -n 3 "$1/.system/$2.log" >&2
        rm -rf "$made"
        return 1
    }
    rm -rf "$1/.system/$2"
    mv "$made" "$1/.system/$2"
    for folder in var/cache/apt/archives var/lib/apt/lists; do
        rm -rf "$1/.system/$2/$folder"
        mkdir -p "$1/.system/$2/$folder/partial"
    done
}

# need_system_root ROOT: leaves all else as it is where it fails, for no other test needs it.
need_system_root() {
    (
        flock 9
        has_system_root "$1" || make_system_root "$1"
    ) 9<"$1/scripts/system_root.sh"
}

make_system_root() {
    { command -v debootstrap && command -v systemd-nspawn; } >/dev/null \
        || apt_install "what boots a Debian in the tests" debootstrap systemd-container
    say "making $1/.system/bookworm, a Debian that the tests boot ..."
    mkdir -p "$1/.system"
    rm -f "$1/.system/made-by"
    make_debian "$1" bookworm || {
        say "the tests that boot a Debian will be skipped: it could not be made, see $1/.system/bookworm.log"
        return 0
    }
    "$1/scripts/package.sh" --wheels-only --arch "$(dpkg --print-architecture)" >&2
    cp "$1/scripts/system_root.sh" "$1/.system/made-by"
}
