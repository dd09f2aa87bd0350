"""How a ledger begins, and each start of its gateway."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.core.facts.calibration import KeptRatio
from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, Hash, Incarnation, Sequence, Text


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
    witnessed: Annotated[tuple[Incarnation, ...], Meta(max_length=4)] = ()
    """Of which ledgers the co-processors knew that were there: those are followed too."""
    ratios: Annotated[tuple[KeptRatio, ...], Meta(max_length=4)] = ()
    """Of pumps that were calibrated, as far as is known here: they stay in force, and the count
    of their changes goes on."""


class GatewayBooted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    boot: Sequence
    version: Text
    uptime_ms: Count
    clock: Annotated[str, Meta(pattern="^(good|rtc|doubtful)$")]
    configuration_hash: Hash
    unwitnessed: bool
    """No co-processor held the ledger's head while power was off."""
    challenge: Incarnation | None = None
    """A random number, where nothing is sold before central has acknowledged this very start."""
    single_channel: bool
    """Only one contact breaks the load: `accept_single_channel` is set."""


class WitnessDiffered(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A co-processor's memory of the ledger's head is not of the ledger that was started.

    `behind` and `fork`: the disk holds an older copy, or another history; `other`: the
    co-processor, or the disk, is another gateway's. Nothing is then sold. `blank`: a new
    co-processor; `restored`: this ledger follows the one that was witnessed.
    """

    co_processor: Text
    found: Literal["blank", "restored", "behind", "fork", "other"]
    incarnation: Text
    """Of the ledger that was witnessed, as are the rest; empty where none was."""
    sequence: Count
    hash_start: Text
    high_water: Count
