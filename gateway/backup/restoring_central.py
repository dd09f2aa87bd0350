"""`takar restore` of central: its backup goes on in a new epoch."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from gateway.backup.manifest import checked, into_one_file
from gateway.backup.settings import authority_from, keys_from, refuse_another, settings_from
from gateway.backup.taking import DATABASE
from gateway.config.load import load_central
from gateway.store.durable import sync_file, sync_folder
from mqtt.central import epochs
from mqtt.central.database import open_database
from mqtt.central.decisions import decided
from mqtt.central.in_use import held_alone
from mqtt.central.periods import utc_text
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import gateways


@dataclass(frozen=True, slots=True)
class RestoredCentral:
    """What a restore of central made."""

    epoch: int
    awaited: list[str]
    """Gateways whose ledgers are waited for before anything is minted."""
    known: list[str]
    """All gateways, but those that are revoked."""
    kept_in: Path | None
    """Where the former database is, if there was one."""


def restore_central(file: Path, backup: Path, *, by: str, now: datetime) -> RestoredCentral:
    """Put the backup's database in place, in a new epoch; a former one is put aside.

    Configuration and keys that are missing are taken from the backup. BackupRefused,
    ConfigError, or DatabaseRefused while central runs: the database is as it was.
    """
    manifest = checked(backup, "central")
    settings_from(backup, file)
    config = load_central(file)
    refuse_another(manifest, config.central.city)
    keys_from(backup, config.keys)
    authority_from(backup, config.enrolment)
    database = Path(config.central.database)
    with held_alone(database):
        fresh = database.with_name(f".{database.name}-restored")
        fresh.unlink(missing_ok=True)
        shutil.copyfile(backup / DATABASE, fresh)
        engine = open_database(fresh)
        with engine.begin() as connection:
            epoch = begin_epoch(connection, now)
            awaited = epochs.awaited(connection)
            unrevoked = select(gateways.c.name).where(gateways.c.revoked.is_(None))
            known = [*connection.scalars(unrevoked.order_by(gateways.c.name))]
            why = f"from the backup of {manifest.made}: epoch {epoch}"
            decided(connection, "central restored", by=by, reason=why, now=now)
        engine.dispose()
        into_one_file(fresh)
        sync_file(fresh)
        kept_in = _put_aside(database, database.parent / "former" / utc_text(now).replace(":", ""))
        fresh.rename(database)
        sync_folder(database.parent)
    return RestoredCentral(epoch, awaited, known, kept_in)


def _put_aside(database: Path, folder: Path) -> Path | None:
    found = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]
    found = [path for path in found if path.exists()]
    if not found:
        return None
    folder.mkdir(parents=True)
    for path in found:
        path.rename(folder / path.name)
    sync_folder(folder)
    return folder
