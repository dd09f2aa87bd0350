#!/bin/sh
# Renew the lock files: names, versions and hashes. Needs uv on the PATH.
set -eu
cd "$(dirname "$0")"
for set in run test; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --override without.txt "$@" "$set.in" >"$set.lock.new"
    # What is overridden away leaves blocks behind that no platform installs.
    awk "/^[a-z]/ { wanted = !/sys_platform == 'never'/ } wanted" "$set.lock.new" >"$set.lock"
    rm "$set.lock.new"
done
# Debian 12 has no MicroPython: its WebAssembly build, for the tests alone. Needs npm.
(cd micropython && npm install --package-lock-only --omit-lockfile-registry-resolved \
    --ignore-scripts --no-audit --no-fund --loglevel=error)
