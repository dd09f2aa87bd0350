"""The disk below the ledger: room, whether it keeps what is written, wear."""

from msgspec import Struct

from gateway.doctor.verdict import Verdict, verdict

LITTLE = 4
"""Times the floor: below that the disk wants a look before the pumps refuse to sell."""
IN_MEMORY = "an overlay in memory"
VOLATILE = frozenset({"tmpfs", "ramfs", "devtmpfs", IN_MEMORY})
"""File systems that forget everything with the power."""
TOO_FAST_US = 200
"""No SD card writes and syncs that fast: one that says so has only promised it."""
SLOW_US = 500_000
MUCH_PERCENT, WORN_PERCENT = 80, 100


class SpaceFinding(Struct, frozen=True, kw_only=True):
    folder: str
    free_mb: int = 0
    floor_mb: int = 0
    error: str = ""


class DiskFinding(Struct, frozen=True, kw_only=True):
    folder: str
    filesystem: str = ""
    card: bool = False
    """It is an SD card or an eMMC."""
    held: bool = False
    """This user may not write there: nothing was tried."""
    read_only: bool = False
    sync_us: int = 0
    """Median time of a small write with its sync."""
    error: str = ""


class WearFinding(Struct, frozen=True, kw_only=True):
    used_percent: int | None = None
    """Of its life, as the device says; None: it does not say."""
    end_of_life: bool = False
    """It says that its spare blocks are used up."""


def judge_space(found: SpaceFinding) -> Verdict:
    folder, floor_mb, free_mb = found.folder, found.floor_mb, found.free_mb
    if found.error:
        return verdict("space_failed", folder=folder, floor_mb=floor_mb, error=found.error)
    code = "space_enough"
    if free_mb < LITTLE * floor_mb:
        code = "space_none" if free_mb < floor_mb else "space_little"
    return verdict(code, folder=folder, floor_mb=floor_mb, free_mb=free_mb)


def judge_disk(found: DiskFinding) -> Verdict:
    folder = found.folder
    if found.read_only:
        return verdict("disk_read_only", folder=folder)
    if found.error:
        return verdict("disk_failed", folder=folder, error=found.error)
    if found.filesystem in VOLATILE:
        return verdict("disk_volatile", folder=folder, filesystem=found.filesystem)
    if found.held:
        return verdict("disk_held", folder=folder)
    milliseconds = f"{found.sync_us / 1000:.1f}"
    if found.card and found.sync_us < TOO_FAST_US:
        return verdict("disk_too_fast", folder=folder, sync_us=found.sync_us)
    if found.sync_us > SLOW_US:
        return verdict("disk_slow", folder=folder, sync=milliseconds)
    return verdict("disk_keeps", folder=folder, sync=milliseconds)


def judge_wear(found: WearFinding) -> Verdict:
    used = found.used_percent
    if found.end_of_life or (used is not None and used >= WORN_PERCENT):
        return verdict("wear_worn", percent=WORN_PERCENT if used is None else used)
    if used is None:
        return verdict("wear_unknown")
    return verdict("wear_much" if used > MUCH_PERCENT else "wear_little", percent=used)
