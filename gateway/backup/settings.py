"""Configuration and keys from a backup, for a new card or machine that has neither."""

import shutil
from pathlib import Path

from gateway.backup.manifest import BackupRefused, Manifest
from gateway.backup.taking import (
    AUTHORITY,
    AUTHORITY_KEY,
    CONFIGURATION,
    PRIVATE,
    STATEMENTS,
)
from gateway.config.types import AuthoritySettings, GatewayKeySettings, KeySettings
from mqtt import credentials
from mqtt.keys import next_file


def settings_from(backup: Path, file: Path) -> None:
    """Put the backup's configuration where `file` says, unless there is one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup / CONFIGURATION, file)


def keys_from(backup: Path, keys: KeySettings) -> None:
    """Put the backup's keys where the configuration wants them, where they are missing, or cannot
    be opened on this machine: those are put aside."""
    private = Path(keys.private_file)
    if (backup / PRIVATE).is_file():
        credentials.put_aside_unopened(private)
        credentials.put_aside_unopened(next_file(private))
    if not credentials.exists(private):
        if not (backup / PRIVATE).is_file():
            raise BackupRefused(
                f"{private} is not there, and the backup was made without --with-keys. Bring the "
                "private key from where it is kept"
            )
        _bring(backup / PRIVATE, private)
    if isinstance(keys, GatewayKeySettings):
        folder = Path(keys.statements_dir)
        folder.mkdir(parents=True, exist_ok=True)
        for statement in (backup / STATEMENTS).glob("*.json"):
            if not (folder / statement.name).exists():
                shutil.copyfile(statement, folder / statement.name)


def authority_from(backup: Path, settings: AuthoritySettings | None) -> None:
    """The same for the city's X.509 authority, where there is one. A backup without it is no
    hindrance: another authority can be made, and gateways take it up."""
    if settings is None:
        return
    for kept, wanted in (
        (AUTHORITY, Path(settings.authority_file)),
        (AUTHORITY_KEY, Path(settings.authority_key_file)),
    ):
        if not (backup / kept).is_file():
            continue
        credentials.put_aside_unopened(wanted)
        if not credentials.exists(wanted):
            _bring(backup / kept, wanted)


def _bring(kept: Path, wanted: Path) -> None:
    if not credentials.is_credential(wanted):
        wanted.parent.mkdir(parents=True, exist_ok=True)
    credentials.write(wanted, kept.read_bytes())


def refuse_another(manifest: Manifest, name: str) -> None:
    """BackupRefused unless the backup is of whom the configuration names."""
    if manifest.name != name:
        raise BackupRefused(f"the backup is of {manifest.name}, the configuration of {name}")
