"""What a session asks the runtime to do, in this order."""

from dataclasses import dataclass

from gateway.core.given import NOTHING, Given
from gateway.core.lag import Lags
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.session import Fill
from gateway.core.valve import Contact, StopAt


@dataclass(frozen=True, slots=True)
class Decide:
    """Look the card up; answer with DecisionAllowed or DecisionDenied, or with OverrideArmed for
    a supervisor's card, with DecisionNeeds where something must be added to the card, or with
    DecisionAwaited unless this is the `last` time."""

    uid: str
    override_by: str | None = None
    """UID of the supervisor's card that lets this one draw on the station's grant."""
    last: bool = False
    preset_ml: int | None = None
    """How much the driver wants; None: as much as there is."""
    given: Given = NOTHING


@dataclass(frozen=True, slots=True)
class Reserve:
    """Make the fill's reservation durable; answer ReservationDurable or StoreFailed."""

    fill: Fill
    reserved_ml: int
    metered_ml: int


@dataclass(frozen=True, slots=True)
class OpenValve:
    stop_at: StopAt
    first: Contact
    """Made first; the other follows when its read-back is seen and the other's still broken."""


@dataclass(frozen=True, slots=True)
class RaiseLimit:
    stop_at: StopAt


@dataclass(frozen=True, slots=True)
class ShutValve:
    first: Contact | None = None
    """Broken first, at an unhurried end; None: both at once."""


@dataclass(frozen=True, slots=True)
class ClearFound:
    """The driver is to forget what it found; it finds it again if it is still there."""


@dataclass(frozen=True, slots=True)
class KeepLags:
    """Store what has been learned of the pump's valve; nothing waits for it."""

    lags: Lags


@dataclass(frozen=True, slots=True)
class RecordSale:
    """Write the sale and drop the reservation in one commit; answer SaleRecorded or StoreFailed."""

    fill: Fill
    volume_ml: int
    ended_by: str


@dataclass(frozen=True, slots=True)
class Release:
    """Drop a reservation that dispensed nothing; answer as for RecordSale."""

    fill: Fill


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    code: Reason
    uid: str | None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class RecordFault:
    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class RecordCleared:
    fault: Fault
    by: str


@dataclass(frozen=True, slots=True)
class RecordUnauthorised:
    volume_ml: int


@dataclass(frozen=True, slots=True)
class RecordBypass:
    """The key was turned."""

    on: bool


@dataclass(frozen=True, slots=True)
class RecordBypassed:
    """What flowed by the key between two monotonic times."""

    volume_ml: int
    since_ns: int
    until_ns: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Say it with words, lamps and buzzer."""

    code: Status | Reason


Action = (
    Decide
    | Reserve
    | OpenValve
    | RaiseLimit
    | ShutValve
    | ClearFound
    | KeepLags
    | RecordSale
    | Release
    | RecordRefusal
    | RecordFault
    | RecordCleared
    | RecordUnauthorised
    | RecordBypass
    | RecordBypassed
    | Tell
)
