"""Small devices made by hand, which fit hardware.ports and fail when told to."""

from dataclasses import dataclass, field

from gateway.core.units import NS_PER_S
from gateway.core.valve import Contact, Found
from gateway.core.witness import Witnessed
from gateway.runtime.wall import WallClock
from hardware.assemble import PumpUnit
from hardware.ports import (
    HardwareError,
    Light,
    LinkLost,
    PumpReading,
    Stops,
    Tag,
    TagTrouble,
)
from simulation.devices import Switch

START_NS = 1000 * NS_PER_S
START_UTC_NS = 1_795_320_000 * NS_PER_S
"""2026-11-22T04:00:00Z: noon in Kupang."""


class HandClock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now_ns = START_NS
        self.utc_offset_ns = START_UTC_NS - START_NS

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns + self.utc_offset_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS_PER_S)


def hand_wall(clock: HandClock | None = None) -> WallClock:
    """Believes this clock, for a ledger has proven its time."""
    wall = WallClock(clock or HandClock(), "Asia/Makassar")
    wall.began(wall.now())
    return wall


@dataclass
class HandPump:
    """Contacts that obey at once; `broken` names the calls that raise HardwareError."""

    clock: HandClock
    said: list[str] = field(default_factory=list)
    """Every call that does something, in order."""
    broken: set[str] = field(default_factory=set)
    pulses_total: int = 0
    limit_pulses: int | None = None
    """None: shut."""
    fed_ns: list[int] = field(default_factory=list)
    first: Contact | None = None
    """Which contact was told to make first."""
    found: Found | None = None

    @property
    def is_open(self) -> bool:
        return self.limit_pulses is not None

    def flow(self, pulses: int) -> None:
        """So many pulses pass; the driver shuts at its limit."""
        self.pulses_total += pulses
        if self.limit_pulses is not None and self.pulses_total >= self.limit_pulses:
            self.limit_pulses = None

    def open(self, stops: Stops, first: Contact) -> None:
        self._call(f"open {stops.limit_pulses}")
        self.first = first
        self.limit_pulses = stops.limit_pulses
        self.fed_ns.append(self.clock.now_ns)

    def raise_limit(self, stops: Stops) -> None:
        self._call(f"raise_limit {stops.limit_pulses}")
        if self.limit_pulses is None:
            raise ValueError("the pump is shut")
        self.limit_pulses = stops.limit_pulses

    def renew(self) -> None:
        self._call("renew")
        self.fed_ns.append(self.clock.now_ns)

    def shut(self, first: Contact | None = None) -> None:
        self._call("shut" if first is None else f"shut {first}")
        self.limit_pulses = None

    def clear(self) -> None:
        self.found = None

    def read(self) -> PumpReading:
        self._raise_if_broken("read")
        return PumpReading(self.pulses_total, None, self.is_open, self.is_open, found=self.found)

    def close(self) -> None:
        self.shut()

    def _call(self, what: str) -> None:
        self.said.append(what)
        self._raise_if_broken(what.split()[0])

    def _raise_if_broken(self, name: str) -> None:
        if name in self.broken:
            self.limit_pulses = None
            raise HardwareError(f"{name}: the relay's GPIO line is gone")


class HandReader:
    """Sees what lies on it."""

    def __init__(self) -> None:
        self.there: Tag | TagTrouble | None = None
        self.broken = False
        self.polls = 0

    def lay(self, uid: str) -> None:
        self.there = Tag(bytes.fromhex(uid), 0x20)

    def poll(self) -> Tag | TagTrouble | None:
        self.polls += 1
        if self.broken:
            raise HardwareError("MFRC522 on /dev/spidev0.0 does not answer")
        return self.there

    def close(self) -> None:
        pass


class HandIndicator:
    def __init__(self) -> None:
        self.shown: list[Light] = []
        self.beeps_ms: list[int] = []
        self.due_ns: int | None = None
        self.broken = False

    def show(self, light: Light) -> None:
        if self.broken:
            raise HardwareError("the lamp's GPIO line is gone")
        self.shown.append(light)

    def beep(self, duration_ms: int) -> None:
        self.beeps_ms.append(duration_ms)

    def tick(self) -> int | None:
        return self.due_ns

    def close(self) -> None:
        pass


class HandUnit:
    """The devices of one pump."""

    def __init__(self, clock: HandClock) -> None:
        self.reader = HandReader()
        self.pump = HandPump(clock)
        self.nozzle = Switch()
        self.indicator = HandIndicator()
        self.unit = PumpUnit(self.reader, self.pump, self.nozzle, self.indicator)


class HandReceipt:
    """Fits hardware.ports.Receipt."""

    answer: str | None = None


class HandWitness:
    """Fits hardware.ports.Witness; answers when it is told what."""

    name = "hand"

    def __init__(self, remembers: Witnessed | None = None) -> None:
        self.remembers = remembers
        self.connections = 1
        self.absent = False
        self.told: list[Witnessed] = []
        self.receipts: list[HandReceipt] = []

    def read(self) -> Witnessed | None:
        if self.absent:
            raise LinkLost("pulled")
        return self.remembers

    def tell(self, place: Witnessed) -> HandReceipt:
        if self.absent:
            raise LinkLost("pulled")
        self.told.append(place)
        self.receipts.append(HandReceipt())
        return self.receipts[-1]
