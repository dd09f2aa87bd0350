"""Measures the disk below the state folder."""

import errno
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from gateway.core.units import NS_PER_US
from gateway.doctor.judging.disk import IN_MEMORY, DiskFinding, SpaceFinding, WearFinding
from gateway.store.durable import BYTES_PER_MB

PROC, SYS = Path("/proc"), Path("/sys")
WRITES = 5
WRITTEN_BYTES = 4096
OVERLAID = ("overlayroot=tmpfs", "boot=overlay")
"""Of the kernel's command line: a root whose changes are in memory alone."""
A_TENTH_PERCENT = 10
"""eMMC tells its life in tenths (JEDEC JESD84-B51, DEVICE_LIFE_TIME_EST): 1 is up to 10 %."""
USED_UP = 3
"""PRE_EOL_INFO: more than 90 % of the spare blocks are gone."""


def look_at_space(folder: Path, floor_mb: int) -> SpaceFinding:
    try:
        free_mb = shutil.disk_usage(folder).free // BYTES_PER_MB
    except OSError as error:
        return SpaceFinding(folder=str(folder), floor_mb=floor_mb, error=_words(error))
    return SpaceFinding(folder=str(folder), free_mb=free_mb, floor_mb=floor_mb)


def try_disk(folder: Path) -> DiskFinding:
    """Write and sync a little file a few times, and remove it; where that is ours to do.

    Another service's view of the folder may be read-only, as the console's, and says nothing of
    the disk.
    """
    try:
        filesystem = _filesystem(folder)
        if os.geteuid() not in (0, folder.stat().st_uid):
            return DiskFinding(folder=str(folder), filesystem=filesystem, held=True)
        device = _device(folder)
        card = device is not None and "mmcblk" in str(device)
        sync_us = _sync_us(folder)
    except PermissionError:
        return DiskFinding(folder=str(folder), filesystem=filesystem, held=True)
    except OSError as error:
        read_only = error.errno == errno.EROFS
        return DiskFinding(folder=str(folder), read_only=read_only, error=_words(error))
    return DiskFinding(folder=str(folder), filesystem=filesystem, card=card, sync_us=sync_us)


def look_at_wear(folder: Path) -> WearFinding:
    """What an eMMC, or a card that tells like one, says of itself."""
    try:
        device = _device(folder)
    except OSError:
        device = None
    return WearFinding() if device is None else wear_of(device)


def wear_of(device: Path) -> WearFinding:
    """Of a block device's folder in sysfs, or of one above it."""
    for folder in (device, *device.parents):
        life, spare = folder / "device/life_time", folder / "device/pre_eol_info"
        try:
            used = max(int(text, 16) for text in life.read_text().split())
            over = int(spare.read_text(), 16) >= USED_UP
        except (OSError, ValueError):
            continue
        # 0 is "not told".
        return WearFinding(used_percent=used * A_TENTH_PERCENT if used else None, end_of_life=over)
    return WearFinding()


def _sync_us(folder: Path) -> int:
    took = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        for _ in range(WRITES):
            begun_ns = time.monotonic_ns()
            file.write(os.urandom(WRITTEN_BYTES))
            file.flush()
            os.fsync(file.fileno())
            took.append((time.monotonic_ns() - begun_ns) // NS_PER_US)
    return round(statistics.median(took))


def _filesystem(folder: Path) -> str:
    """Its kind, as /proc/self/mountinfo has it (proc(5))."""
    major_minor = _numbers(folder)
    kind = ""
    for line in (PROC / "self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[2] == major_minor:
            kind = after.split()[0]
    return IN_MEMORY if kind == "overlay" and _overlaid() else kind


def _overlaid() -> bool:
    try:
        return any(word in (PROC / "cmdline").read_text() for word in OVERLAID)
    except FileNotFoundError:  # ProcSubset=pid of a service hides it
        return False


def _device(folder: Path) -> Path | None:
    path = SYS / "dev/block" / _numbers(folder)
    return path.resolve() if path.exists() else None


def _numbers(folder: Path) -> str:
    device = folder.stat().st_dev
    return f"{os.major(device)}:{os.minor(device)}"


def _words(error: OSError) -> str:
    return error.strerror or str(error)
