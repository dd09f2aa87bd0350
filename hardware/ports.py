"""What the gateway needs of its hardware. Every driver, real or simulated below, fits these."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from firmware.guard.stops import Stops as Stops
from gateway.core.valve import Contact, Found, Stopped
from gateway.core.witness import Witnessed
from hardware.receipt_printer.slip import Slip


class HardwareError(Exception):
    """A device is absent, wrong or silent. The text names it, what was found and what to check."""


class LinkLost(HardwareError):
    """What is at the end of a cable does not answer; it is looked for, and may come back."""


class TagTrouble(StrEnum):
    """Why a presentation gave no card; the values are reason codes shown to the driver."""

    RETRY = "card_retry"
    TWO_CARDS = "two_cards"


@dataclass(frozen=True, slots=True)
class Tag:
    """A selected card: its whole UID (4, 7 or 10 bytes) and its final SAK byte."""

    uid: bytes
    sak: int


class TagReader(Protocol):
    """One reader in front of one pump."""

    def poll(self) -> Tag | TagTrouble | None:
        """Look once for a card, in bounded time (a few ms without a card, at most 50 with one).

        None: the field is empty. Raises HardwareError when the reader itself does not answer.
        """

    def close(self) -> None: ...


class PumpReading(Struct, frozen=True):
    """A snapshot of the meter and of both contacts' read-back (True = contact made)."""

    pulses_total: int
    """Cumulative pulses since this driver started; never decreases, whatever is unplugged."""
    last_pulse_ns: int | None
    enable_made: bool
    limiter_made: bool | None
    """The second contact in series; None where none is fitted."""
    totaliser_pulses: int | None = None
    """The co-processor's count, which no power loss resets; None with GPIO alone."""
    totaliser_run: str | None = None
    """Names an unbroken run of that count: between two readings of one run no pulse was lost."""
    uncounted_ms: int = 0
    """For how long at most, at starts since the last fill, the co-processor may have missed pulses
    with every valve shut."""
    stopped: Stopped | None = None
    """How the valve was last shut since the driver started; None: not yet, or open."""
    found: Found | None = None
    """A fault that keeps the pump shut until `clear`."""
    due_ns: int | None = None
    """When to read again at the latest, monotonic: a contact is about to follow, or a stop is
    foreseen; None: the driver needs no calls."""


class Receipt(Protocol):
    """For something told to a co-processor, which is not waited for."""

    @property
    def answer(self) -> str | None:
        """None until it is acknowledged; then "", or why it was refused. Never raises; None for
        good where the link was lost before the answer."""


class Witness(Protocol):
    """Memory outside the gateway's storage, which a card image copied back does not roll back."""

    name: str

    @property
    def connections(self) -> int:
        """Rises when it was away: what it was told shortly before may be forgotten."""

    def read(self) -> Witnessed | None:
        """What was witnessed last; None: nothing yet. HardwareError while nobody answers."""

    def tell(self, place: Witnessed) -> Receipt:
        """Refused is what lies behind what is held, or is another history of it. HardwareError
        while nobody answers."""


class Pump(Protocol):
    """Valve and meter of one pump. Shut when created, shut when closed, shut when in doubt.

    Contacts take turns. `open` makes `first`; the other follows, inside later calls of `renew` or
    `read`, once the first reads made and the other still reads broken; one that reads made before
    it was told to is `found` welded, and nothing opens. Where only one contact is fitted, `first`
    means nothing.
    """

    def open(self, stops: Stops, first: Contact) -> None:
        """Let fuel flow; the driver itself stops as `stops` says. ValueError when open already,
        or when a stop leaves no pulse to pass."""

    def raise_limit(self, stops: Stops) -> None:
        """Move the stops of an open pump up. A lower value, or a shut pump, is a ValueError."""

    def renew(self) -> None:
        """Renew the lease of an open pump once. Without it the limiter's contact breaks."""

    def shut(self, first: Contact | None = None) -> None:
        """Break both contacts at once; or `first`, then within 300 ms the other, with the stops
        still kept meanwhile. Never raises for being shut already."""

    def clear(self) -> None:
        """Forget what was found: a technician has looked."""

    def read(self) -> PumpReading: ...

    def close(self) -> None:
        """Shut and release the pins."""


class Nozzle(Protocol):
    """The switch in the nozzle's holster."""

    @property
    def lifted(self) -> bool: ...

    def on_change(self, call: Callable[[bool], None]) -> None:
        """Call with True when lifted, False when hung; from any thread."""

    def close(self) -> None: ...


class BypassKey(Protocol):
    """Sensed only: the key's own contacts let fuel past both of a pump's, behind the emergency
    stop. It is wired to the Pi, whatever limits the pump, so that it is sensed while a
    co-processor is silent; pulses are counted meanwhile as ever. A broken wire reads as on."""

    @property
    def on(self) -> bool: ...

    def on_change(self, call: Callable[[bool], None]) -> None:
        """Call with True when it is turned on, False when off; from any thread."""

    def close(self) -> None: ...


class EmergencyStop(Protocol):
    """Sensed only: the wire itself cuts valve and motor. A broken wire reads as pressed."""

    @property
    def pressed(self) -> bool: ...

    def on_change(self, call: Callable[[bool], None]) -> None: ...

    def close(self) -> None: ...


class Supply(Protocol):
    """What a UPS tells by a contact. A broken wire reads as on battery."""

    @property
    def on_battery(self) -> bool: ...

    def close(self) -> None: ...


class Light(StrEnum):
    """What the lamps at a pump say."""

    OFF = "off"
    READY = "ready"
    WAIT = "wait"
    GO = "go"
    REFUSED = "refused"
    FAULT = "fault"


class Indicator(Protocol):
    """Lamps and buzzer of one pump."""

    def show(self, light: Light) -> None: ...

    def beep(self, duration_ms: int) -> None:
        """Start the buzzer; `tick` ends it."""

    def tick(self) -> int | None:
        """Do what is due; monotonic ns when to call again, or None. Starts no thread."""

    def close(self) -> None: ...


COLUMNS = 20
"""Of each of a character display's two lines."""


class CharacterDisplay(Protocol):
    """Two lines of 20 characters at a pump. It may be missing or fail: nothing depends on it."""

    def show(self, first: str, second: str) -> None:
        """Show these soon, cut to 20 characters each. Returns at once and never raises."""

    def close(self) -> None:
        """Blank it and let it go; waits a second at most."""


class NothingPrinted(HardwareError):
    """The printer is absent, or has no paper: not a line of it came out."""


class ReceiptPrinter(Protocol):
    """A thermal printer. It may be missing, slow or hang: not for a process that must go on."""

    def print(self, slip: Slip) -> None:
        """Print it all, and cut. NothingPrinted before the first line; HardwareError where it
        failed on the way, and nobody knows how far it came."""


class Clock(Protocol):
    """Time as the gateway sees it: the machine's, or the simulated forecourt's."""

    def monotonic_ns(self) -> int: ...

    def utc_ns(self) -> int:
        """Nanoseconds since 1970, UTC."""

    def sleep(self, seconds: float) -> None:
        """For the few ms a device needs inside one exchange; never to wait for an event."""
