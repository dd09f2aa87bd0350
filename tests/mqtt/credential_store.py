"""A stand-in for systemd-creds and its store."""

import os
from pathlib import Path

import pytest

from mqtt import credentials

STAND_IN = """#!/bin/sh
# In place of systemd-creds: the name is sealed with the content, as it does.
for argument; do
    case $argument in --name=*) name=${argument#--name=} ;; esac
done
case $1 in
    encrypt) printf 'sealed %s\\n' "$name" && base64 ;;
    decrypt)
        { read -r word sealed && [ "$word $sealed" = "sealed $name" ]; } <"$3" || {
            echo "Decryption failed (incorrect key?)" >&2
            exit 1
        }
        sed 1d "$3" | base64 -d
        ;;
esac
"""


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Root's, for this test; returns the folder of what is sealed."""
    program = folder / "systemd-creds"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setattr(credentials, "PROGRAM", str(program))
    monkeypatch.setattr(credentials, "STORE", folder / "credstore")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv(credentials.FOLDER, raising=False)
    return folder / "credstore"
