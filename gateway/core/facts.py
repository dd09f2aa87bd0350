"""What a ledger entry can say: one type per kind of fact, with the bounds of every field.

Both ends of the contract use these; mqtt/messages.py wraps them, and the published
JSON Schema is generated from them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.core.units import MAX_SAFE_INTEGER

Count = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
Sequence = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
VolumeMl = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="millilitres")]
AmountIdr = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="whole rupiah")]
PumpNumber = Annotated[int, Meta(ge=1, le=4)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Text = Annotated[str, Meta(max_length=200)]
Uid = Annotated[str, Meta(pattern=r"^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Incarnation = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
UtcTime = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]{3}Z$",
        description="UTC",
    ),
]
Period = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="month in the city's zone")
]
KeyId = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{16}$", description="of SHA-256 over the raw public key"),
]
PublicKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
        description="raw Ed25519 key, base64url without padding",
    ),
]
Signature = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{85}[AQgw]$")]

GrantKind = Literal["vehicle", "override", "emergency"]
"""Whose litres: a vehicle's own; the station's, on which a supervisor draws; a department's,
on which its ambulances and fire engines draw when their own are used up."""


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all facts: the `data` of an entry, whose `type` is the name in FACT_TYPES."""


class GatewayInitialised(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First entry of an incarnation."""

    by: Text
    version: Text
    configuration_hash: Hash


class FormerLedger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a ledger got that goes on no more, as far as whoever restored it can tell."""

    incarnation: Incarnation
    sequence: Count
    """It may have had more entries than these."""
    head: Hash
    found: Literal["state", "backup"]
    """On the gateway's own storage, or in a backup."""


class GatewayRestored(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First entry of an incarnation that follows another: central closes all that one held."""

    by: Text
    version: Text
    configuration_hash: Hash
    epoch: Count
    """The newest of central's that is known here; 0 where none is."""
    previous: FormerLedger | None
    """None where nothing of the former ledger is left."""


class EpochAdopted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Central was restored: from here on only what it seals in this epoch counts."""

    epoch: Sequence
    through: Count
    """What central has of this ledger; the gateway sends again what follows."""


class GatewayBooted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    boot: Sequence
    version: Text
    uptime_ms: Count
    clock: Annotated[str, Meta(pattern="^(good|doubtful)$")]
    configuration_hash: Hash
    unwitnessed: bool
    """No co-processor held the ledger's head while power was off."""
    challenge: Incarnation | None = None
    """A random number, where nothing is sold before central has acknowledged this very start."""
    single_channel: bool
    """Only one contact breaks the load: `accept_single_channel` is set."""


class AllocationApplied(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cache now holds the directives through `through`, and hashes to `content`."""

    epoch: Count
    """Whose directives: each of central's epochs begins their sequence anew."""
    through: Count
    content: Hash


class GrantActivated(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    grant_no: Sequence
    kind: GrantKind = "vehicle"
    subject: Name
    """Who holds it: a subject, a gateway (override) or a department (emergency)."""
    department: Name
    period: Period
    volume_ml: VolumeMl
    not_before: UtcTime
    not_after: UtcTime


class GrantRequested(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks central for more litres. The id of its entry is the request's id: asked once."""

    kind: GrantKind
    subject: Name
    period: Period
    wanted_ml: VolumeMl


class GrantReported(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a grant stands at, cumulative: the answer to a recall while a fill draws on it."""

    grant_no: Sequence
    spent_ml: VolumeMl
    reserved_ml: VolumeMl


class GrantClosed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Final: nothing is taken from this grant any more, and the rest is central's again."""

    grant_no: Sequence
    spent_ml: VolumeMl
    why: Literal["recalled", "expired", "never_held"]


class Charge(Struct, frozen=True, forbid_unknown_fields=True):
    """Litres of a sale taken from one grant."""

    grant_no: Sequence
    volume_ml: VolumeMl


class SaleCompleted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fill that dispensed fuel, written once, from durable state."""

    sale: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9]{1,16}$")]
    """`{incarnation}-{session number}`; never reused."""
    pump: PumpNumber
    mode: Annotated[str, Meta(pattern="^(valve|preset|authorise_only)$")]
    card: Uid
    subject: Name
    department: Name
    product: Name
    volume_ml: VolumeMl
    """What the vehicle's quota is charged. Metered, or what was reserved if `estimated`."""
    overrun_ml: VolumeMl
    """Part of `volume_ml` beyond the reservation: a failed valve. Not in `charges`."""
    price_idr_per_l: AmountIdr
    price_version: Count
    amount_idr: AmountIdr
    charges: list[Charge]
    totaliser_start_ml: VolumeMl
    totaliser_end_ml: VolumeMl | None
    """None where the meter was not read at the end (an estimated sale)."""
    metered_ml: VolumeMl
    """Volume at the last durable meter reading."""
    estimated: bool
    """Closed after a power cut or crash: charged what was reserved."""
    ended_by: Name
    started: UtcTime
    offline: bool
    """No acknowledged link to central when the sale ended."""
    clock: Annotated[str, Meta(pattern="^(good|doubtful)$")]
    boot: Count
    uptime_ms: Count
    override_by: Uid | None = None
    """The supervisor's card that let it draw on the station's grant."""


class SaleRefused(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    code: Name
    """A reason code, e.g. `quota_exhausted`."""
    card: Uid | None
    subject: Name | None


class FlowUnauthorised(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fuel passed while no session had the valve open."""

    pump: PumpNumber
    volume_ml: VolumeMl
    totaliser_end_ml: VolumeMl


class FlowUncounted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After a crash without a co-processor: what may have passed unseen, at most."""

    pump: PumpNumber
    bound_ml: VolumeMl
    why: Text


class PumpFaulted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    fault: Name
    detail: Text


class PumpCleared(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    fault: Name
    by: Text


class EmergencyStopChanged(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pressed: bool


class KeyStatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signer's word that a key may seal for its owner, or may no longer."""

    type: Literal["key-certificate", "key-revocation"]
    owner: Name
    use: Literal["seal"]
    key: PublicKey
    key_id: KeyId
    serial: Sequence
    """Counts what the signer has said of this owner: the highest holds."""
    issued: UtcTime
    signer: KeyId
    signature: Signature
    """Ed25519, over the RFC 8785 form of the other fields."""


class KeyLearned(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """News from the root about central's keys, here after the directives through `through`."""

    statement: KeyStatement
    through: Count
    """A key that this one replaces seals no directive beyond."""


class KeyRotated(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway's own key: the old one seals this entry and none beyond, the new one the rest."""

    old: PublicKey
    new: PublicKey
    by: Text


class LedgerForked(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Central vouched for another history of this ledger. Its incarnation sells no more."""

    detail: Text


class LedgerPruned(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries through `through` left the gateway's disk; central had acknowledged them all."""

    through: Sequence
    content: Hash
    """Of the sealed checkpoint that stands for them."""


class StorageBlocked(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing could be recorded from `since` on; this entry is written when it could again."""

    code: Name
    """A reason code, e.g. `storage_full`."""
    since: UtcTime


FACT_TYPES: dict[str, type[Fact]] = {
    "gateway.initialised": GatewayInitialised,
    "gateway.restored": GatewayRestored,
    "gateway.booted": GatewayBooted,
    "epoch.adopted": EpochAdopted,
    "allocation.applied": AllocationApplied,
    "grant.activated": GrantActivated,
    "grant.requested": GrantRequested,
    "grant.reported": GrantReported,
    "grant.closed": GrantClosed,
    "sale.completed": SaleCompleted,
    "sale.refused": SaleRefused,
    "flow.unauthorised": FlowUnauthorised,
    "flow.uncounted": FlowUncounted,
    "pump.faulted": PumpFaulted,
    "pump.cleared": PumpCleared,
    "emergency_stop.changed": EmergencyStopChanged,
    "key.learned": KeyLearned,
    "key.rotated": KeyRotated,
    "ledger.forked": LedgerForked,
    "ledger.pruned": LedgerPruned,
    "storage.blocked": StorageBlocked,
}
TYPE_OF: dict[type[Fact], str] = {fact: name for name, fact in FACT_TYPES.items()}
