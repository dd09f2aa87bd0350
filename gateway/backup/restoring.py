"""`takar restore` of a gateway: it goes on under its own key, in a fresh incarnation."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway import VERSION
from gateway.backup.manifest import Manifest, checked
from gateway.backup.settings import keys_from, refuse_another, settings_from
from gateway.config.load import configuration_hash, load_gateway
from gateway.config.types import GatewayConfig
from gateway.core.facts import (
    TYPE_OF,
    CalibrationChanged,
    FormerLedger,
    GatewayRestored,
    KeptRatio,
)
from gateway.core.meters import follow, kept_in
from gateway.setup.certificate_files import files_of
from gateway.setup.gateway_state import ALLOCATION, LEDGER, make_restored_state
from gateway.store.anchor import Anchor, anchor_path
from gateway.store.durable import sync_folder
from gateway.store.errors import LedgerDamaged
from gateway.store.fresh import FRESH
from gateway.store.reader import LedgerReader
from gateway.store.rotation import own_private
from gateway.store.view import LedgerView
from mqtt.central.periods import utc_text

UNUSED = 1
"""Newest entry of a ledger that no gateway has started with: it only says what it follows."""
FORMER = "former"
"""Folder, in that of the state, where the files of former ledgers are kept."""


@dataclass(frozen=True, slots=True)
class RestoredGateway:
    """What a restore of a gateway made."""

    incarnation: str
    follows: FormerLedger | None
    witnessed: tuple[str, ...]
    """Incarnations that a co-processor knew; it is taken over from each."""
    kept_in: Path | None
    """Where the former ledger's files are, if there were any."""


class _Known(NamedTuple):
    epoch: int
    ledger: FormerLedger | None
    """None: of a fresh one that follows nothing known."""
    ratios: Sequence[KeptRatio]


def restore_gateway(
    file: Path,
    backup: Path | None,
    *,
    by: str,
    now: datetime,
    witnessed: Callable[[GatewayConfig], Iterable[str]] = lambda _: (),
) -> RestoredGateway:
    """Begin a fresh incarnation; former files are put aside. It sells nothing until central has
    confirmed it. `witnessed` asks the co-processors for the incarnations that they know.

    Configuration and keys that are missing are taken from the backup. BackupRefused,
    ConfigError, KeyRefused, or LedgerInUse while the gateway runs: the ledger is as it was.
    """
    manifest = None
    if backup is not None:
        manifest = checked(backup, "gateway")
        settings_from(backup, file)
    config = load_gateway(file)
    if backup is not None and manifest is not None:
        refuse_another(manifest, config.gateway.name)
        keys_from(backup, config.keys)
        if (tls := files_of(config)) is not None:
            tls.keep_password()
    state = Path(config.gateway.state_dir)
    private = own_private(Path(config.keys.private_file), state / LEDGER)
    state.mkdir(parents=True, exist_ok=True)
    with ExitStack() as locked:
        with suppress(LedgerDamaged):  # without an anchor no gateway runs on it
            locked.callback(Anchor(anchor_path(state / LEDGER)).close)
        known = list(_known(state, backup, manifest))
        first = GatewayRestored(
            by=by[:200],
            version=VERSION,
            configuration_hash=configuration_hash(config),
            epoch=max((one.epoch for one in known), default=0),
            previous=_newest(known),
            witnessed=tuple(sorted(set(witnessed(config)))),
            ratios=tuple(_most_changed(one for found in known for one in found.ratios)),
        )
        fresh = state / FRESH
        shutil.rmtree(fresh, ignore_errors=True)
        time = utc_text(now)
        incarnation = make_restored_state(
            fresh, private, first, gateway=config.gateway.name, time=time
        )
        kept_in = _put_aside(state, state / FORMER / time.replace(":", ""))
        _move_in(fresh, state)
    return RestoredGateway(incarnation, first.previous, first.witnessed, kept_in)


def _known(state: Path, backup: Path | None, manifest: Manifest | None) -> Iterator[_Known]:
    """What is left of former ledgers, the newest first."""
    former = sorted((state / FORMER).glob("*"), reverse=True)
    for folder in (state, *former):
        with suppress(LedgerDamaged), LedgerReader(folder / LEDGER) as reader:
            meta, last = reader.meta(), reader.last()
            if last.sequence == UNUSED:  # nobody has heard of it: what counts is what it follows
                first = msgspec.convert(next(reader.every_entry()).data, GatewayRestored)
                yield _Known(meta.epoch, first.previous, first.ratios)
                continue
            ledger = FormerLedger(
                incarnation=meta.incarnation, sequence=last.sequence, head=last.hash, found="state"
            )
            yield _Known(meta.epoch, ledger, _ratios(reader))
    if backup is not None and manifest is not None:
        ledger = FormerLedger(
            incarnation=manifest.incarnation,
            sequence=manifest.sequence,
            head=manifest.head,
            found="backup",
        )
        with LedgerReader(backup / LEDGER) as reader:
            yield _Known(manifest.epoch, ledger, _ratios(reader))


def _ratios(reader: LedgerView) -> list[KeptRatio]:
    """Those that this ledger has in force."""
    checkpoint = reader.checkpoint()
    meters = dict(checkpoint.balance_in(UTC).meters) if checkpoint is not None else {}
    for kind in (GatewayRestored, CalibrationChanged):
        for entry in reader.entries_of(TYPE_OF[kind]):
            follow(meters, entry)
    return list(kept_in(meters).values())


def _most_changed(found: Iterable[KeptRatio]) -> list[KeptRatio]:
    """Of each pump the newest, as the count of its changes never falls."""
    newest: dict[int, KeptRatio] = {}
    for one in found:
        if one.pump not in newest or one.count > newest[one.pump].count:
            newest[one.pump] = one
    return [newest[pump] for pump in sorted(newest)]


def _newest(known: list[_Known]) -> FormerLedger | None:
    """The newest incarnation, where it got furthest: a damaged card may end before its backup."""
    ledgers = [one.ledger for one in known if one.ledger is not None]
    if not ledgers:
        return None
    same = [one for one in ledgers if one.incarnation == ledgers[0].incarnation]
    return max(same, key=lambda ledger: ledger.sequence)


def _put_aside(state: Path, folder: Path) -> Path | None:
    """Move a former ledger's files away, whatever state they are in.

    What a restore that was cut off has left of them goes where that has put the ledger.
    """
    anchor = anchor_path(Path(LEDGER)).name
    names = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", anchor, ALLOCATION)
    found = [name for name in names if (state / name).exists()]
    if not found:
        return None
    newest = max((state / FORMER).glob("*"), default=None)
    if newest is not None and not any((newest / name).exists() for name in found):
        folder = newest
    else:
        folder.mkdir(parents=True)
    for name in found:
        (state / name).rename(folder / name)
    sync_folder(folder)
    return folder


def _move_in(fresh: Path, state: Path) -> None:
    """The ledger first: a restore that goes on from here puts all of it aside as one."""
    for made in sorted(fresh.iterdir(), key=lambda path: path.name != LEDGER):
        made.rename(state / made.name)
    sync_folder(state)
    fresh.rmdir()
