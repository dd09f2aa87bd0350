"""Opening a pump whose contacts take turns."""

from typing import Protocol

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.ports import Pump

MS = 1_000_000


class Rig(Protocol):
    @property
    def pump(self) -> Pump: ...

    def pass_time(self, duration_ns: int) -> None: ...


def opened(rig: Rig, limit: int, first: Contact = Contact.ENABLE) -> None:
    """Open, and look until the second contact has followed the first."""
    rig.pump.open(Stops(limit), first)
    for _ in range(4):
        rig.pass_time(15 * MS)
        rig.pump.read()
