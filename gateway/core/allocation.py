"""What central allows: the content of directives, and so of the allocation cache."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.core.facts import GrantActivated, GrantKind, KeyStatement
from gateway.core.fields import (
    Count,
    FillMl,
    GrantMl,
    Name,
    Period,
    PriceIdrPerL,
    Reading,
    Sequence,
    Text,
    Uid,
    UtcTime,
    VolumeMl,
)

CardKind = Literal["vehicle", "driver", "attendant", "supervisor", "technician"]
CardStatus = Literal["active", "blocked", "lost", "replaced"]
SubjectKind = Literal["motorcycle", "car", "truck", "genset", "machine", "container"]
MeterPolicy = Literal["off", "asked", "required"]
WaitS = Annotated[int, Meta(ge=5, le=300, description="seconds")]
Hour = Annotated[int, Meta(ge=0, le=24)]


class Directive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all directives: the `data` of a log entry, whose `type` is in DIRECTIVE_TYPES."""


class PutCard(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    uid: Uid
    card: CardKind
    holder: Name
    """Subject of a vehicle's card, person of any other."""
    status: CardStatus


class PutSubject(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: Name
    vehicle: SubjectKind
    plate: Text
    """Plate, or the asset number of what has none."""
    department: Name
    products: list[Name]
    tank_ml: FillMl
    meter: Literal["odometer", "hours", "none"]
    blocked: bool
    subsidy_allowed: bool
    """Central lists the subject's class (ambulance, hearse, fire, garbage)."""
    emergency: bool = False
    """It may draw on its department's emergency grant when its own are used up."""
    meter_policy: MeterPolicy = "off"
    """Whether a reading of its meter is asked for before each fill; `required`: no fill without."""
    meter_step_max: Reading = 0
    """Most that may lie between two readings, in the meter's unit; 0 sets no limit."""
    driver_card: Literal["off", "required"] = "off"
    """`required`: a driver's card must be laid down with the vehicle's."""


class PutMeter(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last reading of a vehicle's meter: taken at another gateway, or put right by a person."""

    subject: Name
    reading: Reading
    time: UtcTime
    """When it was taken. A gateway's own reading counts where it is newer."""


class PutPrice(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    product: Name
    price_idr_per_l: PriceIdrPerL
    version: Count
    subsidised: bool


class PutPolicy(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules of the city, the same for every gateway."""

    uid_only_fill_ml: FillMl
    """Ceiling of one fill on a card that proves nothing but its UID."""
    fill_ml: FillMl
    day_ml: VolumeMl
    visits_per_day: Count
    open_hour: Hour
    close_hour: Hour
    """Filling hours in the city's zone; 0 and 24 are the whole day."""
    always_open: list[SubjectKind]
    offline_days: Count
    """Sales end when central was last heard this many days ago; 0 sets no limit. Heard means
    a new sealed directive, or a sealed acknowledgement of entries not acknowledged before."""
    override_fill_ml: FillMl = 0
    """Most that one override may take from the station's grant."""
    override_day_ml: VolumeMl = 0
    """Most that all overrides at one gateway may take in a day."""
    overrides_per_day: Count = 0
    """Most overrides at one gateway in a day, whatever they take; 0 sets no limit."""
    override_reason: Literal["asked", "required"] = "asked"
    """`required`: no override before its supervisor has said why at the console."""
    meter_tries: Annotated[int, Meta(ge=1, le=10)] = 3
    """Readings that may be entered for one fill, until one is plausible."""
    meter_wait_s: WaitS = 60
    """So long a reading is waited for, after the card and after each one that is not plausible."""
    second_card_wait_s: WaitS = 30
    """So long the driver's card is waited for after the vehicle's, or the other way round."""


class Grant(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Litres that this gateway alone may sell; its numbers rise strictly for each gateway."""

    grant_no: Sequence
    kind: GrantKind = "vehicle"
    subject: Name
    """Who holds it: a subject, a gateway (override) or a department (emergency)."""
    department: Name
    period: Period
    volume_ml: GrantMl
    not_before: UtcTime
    not_after: UtcTime
    request_id: Text = ""
    """Id of the ledger entry that asked for it; empty where central gave it unasked."""

    @property
    def activation(self) -> GrantActivated:
        """The fact by which a ledger takes it up."""
        return GrantActivated(
            **{name: getattr(self, name) for name in GrantActivated.__struct_fields__}
        )


class RecallGrant(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks for a grant's litres back: answered with its close, or its state while in use."""

    grant_no: Sequence


class PutKey(Directive, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the root says of central's keys, on record where it took effect."""

    statement: KeyStatement


DIRECTIVE_TYPES: dict[str, type[Directive]] = {
    "card.put": PutCard,
    "subject.put": PutSubject,
    "meter.put": PutMeter,
    "price.put": PutPrice,
    "policy.put": PutPolicy,
    "grant.put": Grant,
    "grant.recall": RecallGrant,
    "key.put": PutKey,
}
