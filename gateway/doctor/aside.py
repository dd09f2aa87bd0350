"""The station's health, found in a process of its own: reading ledger, cache, keys and certificates
takes libraries that the console, which is small, does without."""

import subprocess
import sys

import msgspec
from msgspec import Struct

from gateway.config.types import GatewayConfig
from gateway.doctor.verdict import Verdict
from gateway.runtime.status import Snapshot

PATIENCE_S = 60.0
"""A Pi takes some three seconds; one whose card has begun to fail, longer."""
MODULE = "gateway.doctor"


class NotExamined(Exception):
    """It failed, or took too long."""


class Asked(Struct, frozen=True):
    """On the process's standard input, as JSON; the verdicts come from its standard output."""

    config: GatewayConfig
    said: Snapshot | None


def health_aside(config: GatewayConfig, said: Snapshot | None) -> list[Verdict]:
    """What health.py's `health` says, from another process. NotExamined after `PATIENCE_S`, or
    with the last that it said. Not for the thread that serves pages."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-m", MODULE],
            input=msgspec.json.encode(Asked(config, said)),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotExamined(f"{error}") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").splitlines() or [f"{done.returncode}"]
        raise NotExamined(lines[-1])
    return msgspec.json.decode(done.stdout, type=list[Verdict])
