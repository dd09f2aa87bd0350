"""The parts of a gateway that touch devices, disk, network and threads."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.runtime.keeper import Keeper
from gateway.runtime.status import StatusServer
from gateway.store.ledger import Ledger
from hardware.assemble import Hardware, assemble
from mqtt.link import Link


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a gateway is put together from, where it touches devices, disk, network and threads.

    The simulation runs many gateways in one thread, on parts of its own below these.
    """

    hardware: Callable[..., Hardware] = assemble
    ledger: type[Ledger] = Ledger
    keeper: type[Keeper] = Keeper
    link: type[Link] = Link
    status: Callable[[Path], StatusServer] = StatusServer
    people_s: Callable[[], float] = time.monotonic
