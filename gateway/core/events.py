"""What can happen to a pump's session."""

from dataclasses import dataclass

from msgspec import Struct

from gateway.core.decision import Allowed, Drawing
from gateway.core.given import Needed, Why
from gateway.core.reasons import Fault, Reason
from gateway.core.valve import Found, Stopped


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card came into the field and was read."""

    uid: str
    """The whole UID, upper-case hex."""
    technician: bool = False


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """Something was presented that gave no card."""

    code: Reason


@dataclass(frozen=True, slots=True)
class CardRemoved:
    pass


@dataclass(frozen=True, slots=True)
class DecisionAllowed:
    allowed: Allowed | Drawing


@dataclass(frozen=True, slots=True)
class DecisionDenied:
    code: Reason
    subject: str | None


@dataclass(frozen=True, slots=True)
class ReservationDurable:
    reserved_ml: int
    """The session's whole reservation, stop bound included, now on disk."""


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The ledger could not do what the last Reserve, RecordSale or Release asked."""

    code: Reason


@dataclass(frozen=True, slots=True)
class SaleRecorded:
    """The sale, or the release of an unused reservation, is on disk."""


@dataclass(frozen=True, slots=True)
class NozzleLifted:
    pass


@dataclass(frozen=True, slots=True)
class NozzleHung:
    pass


class Metered(Struct, frozen=True):
    """A reading of meter and contacts, and what the driver did or found by itself."""

    pulses_total: int
    enable_made: bool
    limiter_made: bool | None
    stopped: Stopped | None = None
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class DeviceFailed:
    """A device stopped answering; the fault says which."""

    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceRecovered:
    fault: Fault


@dataclass(frozen=True, slots=True)
class EmergencyStopped:
    pass


@dataclass(frozen=True, slots=True)
class EmergencyReleased:
    pass


@dataclass(frozen=True, slots=True)
class BypassTurned:
    """The key that lets fuel past both contacts."""

    on: bool


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Somebody or something wants this pump shut now."""

    by: str


@dataclass(frozen=True, slots=True)
class Woken:
    """The time asked for by `wake_at` has come."""


@dataclass(frozen=True, slots=True)
class DecisionAwaited:
    """Too little is left here and central was asked for more: the decision may yet change."""


@dataclass(frozen=True, slots=True)
class GrantsChanged:
    """Central has given this gateway more, for somebody."""


@dataclass(frozen=True, slots=True)
class OverrideArmed:
    """The decision about a supervisor's card."""

    uid: str


@dataclass(frozen=True, slots=True)
class DecisionNeeds:
    """Fuel may flow once this has been given."""

    uid: str
    needed: Needed


@dataclass(frozen=True, slots=True)
class MeterEntered:
    """Somebody read the vehicle's own meter."""

    reading: int
    by: str | None = None


@dataclass(frozen=True, slots=True)
class OverrideChosen:
    """The supervisor whose card was tapped says why; perhaps also for which vehicle."""

    why: Why
    subject: str | None = None
    """None: the vehicle's card comes next."""


@dataclass(frozen=True, slots=True)
class CardTaken:
    """What a technician's card was laid down for has been done, and is durable."""

    uid: str


@dataclass(frozen=True, slots=True)
class PresetChosen:
    """Somebody wants so much and no more at the next tap here; None: as much as there is."""

    preset_ml: int | None


Event = (
    CardPresented
    | CardUnreadable
    | CardRemoved
    | DecisionAllowed
    | DecisionDenied
    | DecisionAwaited
    | DecisionNeeds
    | MeterEntered
    | GrantsChanged
    | OverrideArmed
    | OverrideChosen
    | PresetChosen
    | CardTaken
    | ReservationDurable
    | StoreFailed
    | SaleRecorded
    | NozzleLifted
    | NozzleHung
    | Metered
    | DeviceFailed
    | DeviceRecovered
    | EmergencyStopped
    | EmergencyReleased
    | BypassTurned
    | StopRequested
    | Woken
)
EVENTS: tuple[type[Event], ...] = Event.__args__
