"""The state of one pump, as a value."""

from enum import StrEnum

from msgspec import Struct

from gateway.core.decision import Allowed, Drawing
from gateway.core.given import NOTHING, Given, Need, Needed, Why
from gateway.core.lag import Lags
from gateway.core.reasons import Fault, Reason
from gateway.core.session_rules import Rules as Rules
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, Found, StopAt, Stopped


class State(StrEnum):
    IDLE = "idle"
    DECIDING = "deciding"
    PROMPTING = "prompting"
    AUTHORISED = "authorised"
    DISPENSING = "dispensing"
    SETTLING = "settling"
    RECORDING = "recording"
    RESERVED = "reserved"
    REFUSED = "refused"
    FAULTED = "faulted"
    BYPASSED = "bypassed"
    EMERGENCY_STOP = "emergency_stop"


class Fill(Struct, frozen=True):
    """What one authorisation has reserved and dispensed so far."""

    allowed: Allowed | Drawing
    start_pulses: int
    began_ns: int
    reserved_ml: int = 0
    """Durable."""
    asked_ml: int = 0
    """Wanted, perhaps not yet durable; equal to `reserved_ml` when nothing is outstanding."""
    opened: bool = False
    """The valve has been open for it."""
    ended_by: str | None = None
    cut_pulses: int | None = None
    """The bypass key was turned: from this count on what flows is no longer its own."""
    end_pulses: int | None = None
    """Set when the fill is handed to the ledger; what flows after that is not its own."""

    @property
    def recording(self) -> bool:
        """RecordSale or Release is outstanding, or waits to be tried again."""
        return self.end_pulses is not None

    @property
    def last_pulses(self) -> int | None:
        """The count at which it ended; None while what flows is its own."""
        return self.cut_pulses if self.end_pulses is None else self.end_pulses

    @property
    def reserving(self) -> bool:
        return self.asked_ml != self.reserved_ml


class Session(Struct, frozen=True):
    """A struct, for each reading makes a new one: that takes a hundredth of a dataclass's time."""

    rules: Rules
    state: State = State.IDLE
    since_ns: int = 0
    pulses_total: int = 0
    last_pulse_ns: int = 0
    window_ns: int = 0
    window_pulses: int = 0
    """Where the present second of metering began, to see a flow that cannot be."""
    enable_made: bool = False
    limiter_made: bool | None = None
    valve_open: bool = False
    valve_since_ns: int = 0
    """When the valve was last told to open or shut."""
    makes_first: Contact = Contact.ENABLE
    """Whose turn it is at the next opening."""
    breaks_first: Contact = Contact.ENABLE
    """Whose turn it is at the next unhurried end."""
    in_turn: bool = False
    """The valve was last told to shut one contact after the other."""
    stopped: Stopped | None = None
    """How the driver last shut the valve by itself."""
    lags: Lags = Lags()
    """What has been learned of the valve."""
    found: Found | None = None
    """What the driver says is wrong."""
    nozzle_lifted: bool = False
    must_hang: bool = False
    """The nozzle may still be in the tank of the fill before: it opens for no other one until it
    has hung."""
    stop_pressed: bool = False
    fill: Fill | None = None
    fault: Fault | None = None
    reader_silent: bool = False
    limiter_silent_ns: int | None = None
    """Since when the limiter, which counts, has told nothing; None: it answers."""
    retry_ns: int | None = None
    """When to try again what the store refused."""
    asked_uid: str | None = None
    """The card that the present decision or refusal is about."""
    store_code: Reason | None = None
    """Why the store refuses the sale that is being recorded."""
    asked_override: str | None = None
    """The supervisor's card that was laid down before it, if one was."""
    given: Given = NOTHING
    """What was added to that card."""
    need: Needed | None = None
    """What must still be added, while prompting."""
    awaiting: bool = False
    """The present decision waits a moment for what central was asked for."""
    told_asking: bool = False
    """The driver knows that the present decision takes longer."""
    waiting_uid: str | None = None
    """A card laid down while the last sale was being closed; served next."""
    override_by: str | None = None
    """The supervisor's card that allows the next vehicle here more than its own."""
    override_until_ns: int = 0
    override_why: Why | None = None
    """What that supervisor has said."""
    preset_ml: int | None = None
    """What was chosen for the next card that may fill; not a person's, nor one that is refused."""
    asked_preset_ml: int | None = None
    """What was chosen for the present one."""
    stray_ml: int = 0
    """Unauthorised flow that is not yet enough for an entry."""
    bypass_on: bool = False
    """The key is turned: fuel flows past both contacts."""
    bypass_ns: int = 0
    bypass_pulses: int = 0
    """When the key was last turned, and the count at that moment."""
    bypass_left_ml: int = 0
    """The key is off again: so much may still come of what it let through."""
    bypassed_ml: int = 0
    """Flow by the key that is in no entry yet."""
    bypassed_ns: int = 0
    """When the first of that was told of."""
    stopping: bool = False
    """The gateway is going down: nothing new begins."""

    @property
    def delivered_ml(self) -> int:
        """Volume of the fill in progress so far; 0 without one."""
        if self.fill is None or not self.fill.opened:
            return 0
        last = self.fill.last_pulses
        end = self.pulses_total if last is None else last
        volume_ml = self.rules.dosing.calibration.volume_ml
        return volume_ml(end) - volume_ml(self.fill.start_pulses)

    @property
    def the_fill(self) -> Fill:
        """The fill, in states that cannot be without one."""
        if self.fill is None:
            raise RuntimeError(f"pump {self.rules.pump}: no fill while {self.state}")
        return self.fill

    @property
    def the_need(self) -> Needed:
        """What is waited for, while prompting."""
        if self.need is None:
            raise RuntimeError(f"pump {self.rules.pump}: nothing is needed while {self.state}")
        return self.need

    @property
    def asks_reading(self) -> bool:
        """For what the vehicle's own meter shows."""
        return self.state is State.PROMPTING and self.the_need.need is Need.READING

    def armed(self, now_ns: int) -> int | None:
        """Names the tap by which a supervisor allows the next card here an exception: ms of the
        control loop's clock at which that ends. None: none does now."""
        if self.state is not State.IDLE or self.override_by is None:
            return None
        return self.override_until_ns // NS_PER_MS if now_ns < self.override_until_ns else None

    @property
    def metering_fill(self) -> bool:
        """What flows now belongs to the fill."""
        return self.fill is not None and self.fill.opened and self.fill.last_pulses is None

    @property
    def stop_at(self) -> StopAt:
        """Where the driver must shut the valve, by what is durable."""
        fill = self.the_fill
        return self.rules.dosing.stop_at(
            fill.start_pulses,
            fill.reserved_ml,
            fill.allowed.stop_ml,
            self.lags if fill.allowed.dosed else None,
        )

    @property
    def limit_pulses(self) -> int:
        fill = self.fill
        if fill is None:
            return self.pulses_total
        return self.rules.dosing.limit_pulses(
            fill.start_pulses, fill.reserved_ml, fill.allowed.stop_ml
        )
