"""Which entries may leave the disk, and the file that they are put into before they do."""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

import msgspec

from gateway.core.checkpoint import Checkpoint, checkpoint_after
from gateway.core.facts import TYPE_OF, ClockTold
from gateway.store.durable import sync_folder
from gateway.store.export import export_ledger
from gateway.store.view import LedgerView
from mqtt.export import ExportEnd, new_export

STEP_ENTRIES = 500
"""Pruned in one transaction, and in one file: about 0.3 MB, so that nobody waits for it long."""


class ExportFailed(Exception):
    """The file read back is not what was written: nothing may be pruned on its strength."""


class _Last(msgspec.Struct, forbid_unknown_fields=True):
    end: ExportEnd


def next_checkpoint(
    ledger: LedgerView, zone: tzinfo, old_through: int, entries: int = STEP_ENTRIES
) -> Checkpoint | None:
    """What could stand for the next `entries` entries; None while one of them must stay.

    Pruned is what central has acknowledged, of what is old (`told_before`): entries up to
    `old_through`. ValueError if they are not what the checkpoint before them leads to.
    """
    pruned = ledger.pruned()
    through = pruned.sequence + entries
    if through > min(old_through, ledger.acknowledged_through()):
        return None
    batch = ledger.entries_after(pruned.sequence, entries)
    return checkpoint_after(ledger.checkpoint(), batch, zone)


def told_before(ledger: LedgerView, utc: str) -> int:
    """Newest entry at which central's word on the time was before `utc` (UTC text); 0: none.

    All before it is as old, whatever the clock said when it was written.
    """
    through = 0
    for entry in ledger.entries_of(TYPE_OF[ClockTold], ledger.pruned().sequence):
        if msgspec.convert(entry.data, ClockTold).time >= utc:
            break
        through = entry.sequence
    return through


def export_before(ledger: LedgerView, checkpoint: Checkpoint, folder: Path) -> Path:
    """Write what the checkpoint will stand for into a file of its own, and read it back.

    Durable with its name on return. OSError if there is no room; ExportFailed if the disk
    gives back something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, gateway = ledger.pruned().sequence + 1, checkpoint.gateway
    name = f"{gateway}-{checkpoint.incarnation}-{first:012}-{checkpoint.through:012}"
    file, aside = folder / f"{name}.jsonl.gz", folder / f"{gateway}.next.gz"
    aside.unlink(missing_ok=True)
    with new_export(aside) as opened:
        end = export_ledger(ledger, opened, through=checkpoint.through)
    _check(aside, end)
    aside.replace(file)
    sync_folder(folder)
    return file


def keep_at_most(folder: Path, gateway: str, keep_bytes: int) -> list[Path]:
    """Delete this gateway's oldest export files beyond that much; those deleted.

    Central holds them too. Only files named as `export_before` names them for this gateway count
    and go: other gateways' and people's own may lie in the same folder.
    """
    own = re.compile(rf"{re.escape(gateway)}-[0-9a-f]{{16}}-[0-9]{{12}}-[0-9]{{12}}\.jsonl\.gz")
    files = sorted(
        (file for file in folder.iterdir() if own.fullmatch(file.name)),
        key=lambda file: (file.stat().st_mtime_ns, file),
    )
    excess = sum(file.stat().st_size for file in files) - keep_bytes
    gone = []
    for file in files[:-1]:
        if excess <= 0:
            break
        excess -= file.stat().st_size
        file.unlink()
        gone.append(file)
    return gone


def _check(file: Path, written: ExportEnd) -> None:
    digest, entries, last = hashlib.sha256(), 0, b""
    try:
        for line in _lines(file):
            digest.update(last)
            entries += line.startswith(b'{"entry":')
            last = line
        found = msgspec.json.decode(last, type=_Last).end
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ExportFailed(f"{file}: cannot be read back: {error}") from error
    if (found, found.sha256, entries) != (written, digest.hexdigest(), written.entries):
        raise ExportFailed(f"{file}: reads back as another file than was written")


def _lines(file: Path) -> Iterator[bytes]:
    """From the medium, as far as the system lets us: not from what it holds in memory."""
    with file.open("rb") as raw:
        os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with gzip.open(raw, "rb") as lines:
            yield from lines
