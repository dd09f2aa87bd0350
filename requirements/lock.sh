#!/bin/sh
# Renew both lock files: names, versions and hashes. Needs uv on the PATH.
set -eu
cd "$(dirname "$0")"
for set in run test; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-package rpi-gpio --no-emit-package spidev \
        --override without.txt "$@" "$set.in" >"$set.lock.new"
    mv "$set.lock.new" "$set.lock"
done
