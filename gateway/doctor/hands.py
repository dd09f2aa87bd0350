"""Whoever lifts, taps and presses while the switches are watched."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from gateway.core.units import NS_PER_S
from hardware.simulated.control import ForecourtControl

CARD_UID = "04D0C70A5EED01"
"""Of no city: a doctor's card opens nothing."""


class Deed(StrEnum):
    CARD = "card"
    CARD_AWAY = "card_away"
    LIFT = "lift"
    HANG = "hang"
    PRESS = "press"
    RELEASE = "release"


class Hands(Protocol):
    patience_ns: int
    """How long a deed may take from when it was asked for."""

    def do(self, deed: Deed, pump: int) -> bool:
        """Ask for it, and return at once; False: nobody is there. `pump` 0 is the station's."""

    def close(self) -> None: ...


class NoHands:
    patience_ns = 0

    def do(self, deed: Deed, pump: int) -> bool:  # noqa: ARG002 - whatever it is
        return False

    def close(self) -> None: ...


class PersonsHands:
    """A technician at a terminal beside the pumps."""

    patience_ns = 20 * NS_PER_S

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def do(self, deed: Deed, pump: int) -> bool:
        self._tell(ASKED[deed].format(pump=pump))
        return True

    def close(self) -> None: ...


ASKED = MappingProxyType(
    {
        Deed.CARD: ">> Hold any card to the reader of pump {pump} ...",
        Deed.CARD_AWAY: ">> Take the card away.",
        Deed.LIFT: ">> Lift the nozzle of pump {pump} out of its holster; do not squeeze ...",
        Deed.HANG: ">> Hang the nozzle of pump {pump} up again ...",
        Deed.PRESS: ">> Press the emergency stop ...",
        Deed.RELEASE: ">> Release the emergency stop ...",
    }
)


class SimulatedHands:
    """The driver at a simulated forecourt."""

    patience_ns = 2 * NS_PER_S

    def __init__(self, socket: Path) -> None:
        """HardwareError: no forecourt answers there."""
        self._control = ForecourtControl(socket)

    def do(self, deed: Deed, pump: int) -> bool:
        op, fields = _OPS[deed]
        at = {} if deed in (Deed.PRESS, Deed.RELEASE) else {"pump": pump}
        self._control.ask(op, **at, **fields)
        return True

    def close(self) -> None:
        self._control.close()


_OPS: MappingProxyType[Deed, tuple[str, dict[str, Any]]] = MappingProxyType(
    {
        Deed.CARD: ("tap", {"cards": [{"uid": CARD_UID}]}),
        Deed.CARD_AWAY: ("remove", {}),
        Deed.LIFT: ("lift", {}),
        Deed.HANG: ("hang", {}),
        Deed.PRESS: ("stop", {"pressed": True}),
        Deed.RELEASE: ("stop", {"pressed": False}),
    }
)
