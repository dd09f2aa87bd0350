#!/bin/sh
# The Debian packages of this checkout. ./takar package runs this once all is set up.
set -eu
root=$(CDPATH='' cd -- "${0%/*}/.." && pwd -P)
PYTHONPATH=$root exec "$root/.venv/bin/python" -P -m package "$@"
