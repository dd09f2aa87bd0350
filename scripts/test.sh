#!/bin/sh
# All checks, in the order of how fast they fail. ./takar test runs this once all is set up.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH

usage() {
    cat <<'EOF'
Usage: ./takar test [--long] [PYTEST ARGUMENT...]

With no arguments: format, lint, types, import arrows, then all tests but the long ones.
  --long             also the tests that take long: soaks, and a blank Debian (as root)
  PYTEST ARGUMENT... only pytest, with these: ./takar test tests/core -k limit
                     -s, which shows what tests print, runs them one after another
EOF
}

case "${1:-}" in
    -h | --help)
        usage
        exit
        ;;
esac

selection="not long and not debian"
profile=usual
if [ "${1:-}" = --long ]; then
    selection="long or not long"
    profile=long
    shift
fi

stage() {
    printf '\n== %s\n' "$*"
    "$@"
}

. scripts/set_up.sh
. scripts/system_root.sh
# Beside the checks: it mostly waits for the network.
need_system_root "$PWD" &
trap wait EXIT
if [ $# = 0 ]; then
    stage ruff format --check --quiet .
    stage ruff check --quiet .
    stage mypy
    stage lint-imports --no-logo
fi
# Many tests wait for processes: half as many workers again as there are cores keep them busy.
workers=$((($(nproc) * 3 + 1) / 2))
for argument; do
    # The workers' output goes nowhere.
    [ "$argument" != -s ] || workers=0
done
trap - EXIT
wait $!
stage pytest -n "$workers" --dist worksteal --hypothesis-profile="$profile" -m "$selection" "$@"
