"""What a gateway leaves for `takar shut` before it opens anything: which pins hold contacts.

gateway.toml may be changed, garbled or gone by the time that a gateway is killed, and a relay that
it drove stays made. The file is overwritten by the next start and removed by nobody.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from gateway.config.types import GatewayConfig
from hardware.shut import PumpContacts, contacts_of

SERVICES_FOLDER = Path("/run/takar")
"""RuntimeDirectory= of takar-gateway.service."""
INSTALLED = Path("/etc/takar")
SUFFIX = ".pins"
USUAL = f"gateway{SUFFIX}"
"""Beside the status socket where nobody has named it otherwise."""
MOST_BYTES = 10_000
"""Four pumps take a tenth of it."""


class Left(Struct, frozen=True, kw_only=True):
    """Fields that a later release adds are passed over."""

    kind: Literal["raspberry-pi", "simulated"]
    forecourt_socket: str
    contacts: tuple[PumpContacts, ...]


class Unreadable(Exception):
    """The file is not what a gateway leaves; the text says why."""


def left_by(config: GatewayConfig) -> Left:
    return Left(
        kind=config.hardware.kind,
        forecourt_socket=config.hardware.forecourt_socket,
        contacts=contacts_of(config.pumps),
    )


def left_file(file: Path, config: GatewayConfig | None, environment: Mapping[str, str]) -> Path:
    """In a service's own runtime folder, else beside the status socket. `config`: what `file`
    says; None: it cannot be read, and the usual place of that socket is taken."""
    runtime = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if runtime:
        return Path(runtime) / USUAL
    if config is not None:
        return Path(config.gateway.status_socket).with_suffix(SUFFIX)
    folder = file.absolute().parent
    return (SERVICES_FOLDER if folder == INSTALLED else folder) / USUAL


def leave(file: Path, left: Left) -> None:
    """Whole or not at all. OSError where it cannot be written."""
    aside = file.with_suffix(f"{SUFFIX}.{os.getpid()}")
    try:
        aside.write_bytes(msgspec.json.encode(left))
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def read_left(file: Path) -> Left | None:
    """None: there is none. Unreadable, or OSError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    try:
        return msgspec.json.decode(content, type=Left)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: expected what a gateway leaves there, found: {error}") from error
