"""`takar backup`: a consistent copy of a gateway or of central, which may be running."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from gateway.backup.manifest import (
    BackupRefused,
    Manifest,
    Subject,
    copy_database,
    into_one_file,
    new_backup,
    write_manifest,
)
from gateway.config.types import CentralConfig, GatewayConfig, GatewayKeySettings, KeySettings
from gateway.core.chain import GENESIS
from gateway.setup.gateway_state import ALLOCATION, LEDGER
from gateway.store.anchor import anchor_bytes, anchor_path
from gateway.store.check import LedgerCheck, hold_with_anchor
from gateway.store.own_seals import OwnSeals
from gateway.store.reader import LedgerReader
from gateway.store.rotation import own_private
from mqtt import credentials
from mqtt.central.database import Identity, open_database, read_identity

CONFIGURATION = "configuration.toml"
DATABASE = "central.sqlite3"
PRIVATE, STATEMENTS = "keys/private.pem", "statements"
AUTHORITY, AUTHORITY_KEY = "keys/authority.pem", "keys/authority.key"


def back_up_gateway(
    config: GatewayConfig, file: Path, target: Path, *, with_keys: bool, now: datetime
) -> Manifest:
    """Ledger, anchor and cache as they are at one moment, the configuration, and what
    the root says of central's keys.

    BackupRefused, or LedgerDamaged if there is nothing sound to copy.
    """
    state = Path(config.gateway.state_dir)
    private = own_private(Path(config.keys.private_file), state / LEDGER)
    with new_backup(target) as folder:
        copy = folder / LEDGER
        with LedgerReader(state / LEDGER) as reader:
            anchored = hold_with_anchor(reader, anchor_path(state / LEDGER))
            copy_database(reader.connection, copy)
        anchor_path(copy).write_bytes(anchor_bytes(anchored))
        with LedgerReader(copy) as reader:
            meta, head = reader.meta(), reader.last()
            seals = OwnSeals(
                private, meta.gateway, meta.incarnation, meta.epoch, reader.rotations()
            )
            for problem in LedgerCheck(
                reader, anchored, seals.verify, all_signatures=False
            ).problems():
                raise BackupRefused(f"the copy of the ledger is not sound: {problem}")
        if (state / ALLOCATION).is_file():
            shutil.copyfile(state / ALLOCATION, folder / ALLOCATION)
        _copy_settings(file, config.keys, folder, with_keys=with_keys)
        of = Subject(
            "gateway", meta.gateway, meta.incarnation, meta.epoch, head.sequence, head.hash
        )
        return write_manifest(folder, of, now)


def back_up_central(
    config: CentralConfig, file: Path, target: Path, *, with_keys: bool, now: datetime
) -> Manifest:
    """Central's database as it is at one moment, with the gateways' keys, and the
    configuration. BackupRefused, or DatabaseRefused if there is no database of this version."""
    source = Path(config.central.database)
    open_database(source).dispose()
    with new_backup(target) as folder:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading:
            copy_database(reading, folder / DATABASE)
        own = _identity_of(folder / DATABASE)
        _copy_settings(file, config.keys, folder, with_keys=with_keys)
        if with_keys and config.enrolment is not None:
            shutil.copyfile(config.enrolment.authority_file, folder / AUTHORITY)
            key = credentials.read(Path(config.enrolment.authority_key_file))
            credentials.write(folder / AUTHORITY_KEY, key)
        of = Subject("central", own.city, own.incarnation, own.epoch, 0, GENESIS)
        return write_manifest(folder, of, now)


def _identity_of(copy: Path) -> Identity:
    """Whose database the copy is, once it was found sound."""
    with closing(sqlite3.connect(copy)) as connection:
        for (found,) in connection.execute("PRAGMA integrity_check(1)"):
            if found != "ok":
                raise BackupRefused(f"central's database is damaged: {found}")
    engine = open_database(copy)
    own = read_identity(engine)
    engine.dispose()
    into_one_file(copy)
    return own


def _copy_settings(file: Path, keys: KeySettings, folder: Path, *, with_keys: bool) -> None:
    shutil.copyfile(file, folder / CONFIGURATION)
    if isinstance(keys, GatewayKeySettings):
        (folder / STATEMENTS).mkdir()
        for statement in sorted(Path(keys.statements_dir).glob("*.json")):
            shutil.copyfile(statement, folder / STATEMENTS / statement.name)
    if with_keys:
        place = folder / PRIVATE
        place.parent.mkdir(mode=0o700)
        credentials.write(place, credentials.read(Path(keys.private_file)))
