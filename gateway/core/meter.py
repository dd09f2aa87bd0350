"""One pump's count, as the ledger leaves it."""

from msgspec import Struct

from gateway.core.facts import Charge, CounterReading, Ratio
from gateway.core.units import Calibration


class Estimated(Struct, frozen=True):
    """A sale that was charged what it had reserved; a reading of its own run proves less."""

    sale: str
    subject: str
    volume_ml: int
    metered_ml: int
    price_idr_per_l: int
    charges: tuple[Charge, ...]
    totaliser_start_ml: int
    counter_start: CounterReading
    started: str


class Entered(Struct, frozen=True):
    """The newest reading of the dispenser's own totaliser, and what was not counted since."""

    reading_ml: int
    resolution_ml: int
    totaliser_ml: int
    time: str
    uncounted_ml: int = 0


class Meter(Struct, frozen=True):
    """What the ledger says of one pump's count since `since`. Volumes in ml."""

    base: CounterReading | None = None
    """Explained up to here; None: to be read, for something was not counted."""
    since: str = ""
    recorded_ml: int = 0
    """Sold, drawn, unauthorised or bypassed since then."""
    former_ml: int = 0
    """Counted since then at ratios that are no longer in force; `base` is where the present one
    begins."""
    estimated: Estimated | None = None
    entered: Entered | None = None
    alarm: str | None = None
    """Whose count was not ours at the last comparison."""
    ratio: Ratio | None = None
    """In force; None: the configuration's, for it was never changed."""
    calibrations: int = 0
    """How often it was changed; never lower."""
    bypass_since: str | None = None
    """Since when its bypass key has been turned on; None: it is off."""
    bypass_until: str = ""
    """So far what flowed by that key has been written down."""
    unpapered_ml: int = 0
    """Of that flow, what no voucher has been entered for yet."""


NEW = Meter()


def in_force(meter: Meter, configured: Calibration) -> Calibration:
    """The ledger's ratio; the configuration's is only the first one."""
    ratio = meter.ratio
    return configured if ratio is None else Calibration(ratio.pulses, ratio.litres)
