"""What does not change of a pump while it runs: its meter's bounds, and its time-outs."""

from dataclasses import dataclass

from gateway.core.declaring import ThirdParty
from gateway.core.dosing import Dosing
from gateway.core.units import NS_PER_MS, NS_PER_S

UNAUTHORISED_ML = 100
"""Flow while shut that is an alarm and an entry; less waits until there is so much."""
BYPASSED_ML = 10_000
BYPASSED_NS = 30 * NS_PER_S
PAUSE_NS = 5 * NS_PER_S
"""Flow by the bypass key is written down when it is so much, after so long, and once nothing has
flowed for so long: without a co-processor no more than that is lost with the power."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not change while a pump runs. Defaults: the field's usual time-outs."""

    pump: int
    dosing: Dosing
    start_ns: int = 30 * NS_PER_S
    """Nozzle not lifted, or no first pulse."""
    no_flow_ns: int = 60 * NS_PER_S
    fill_ns: int = 900 * NS_PER_S
    settle_ns: int = 2 * NS_PER_S
    refused_ns: int = 4 * NS_PER_S
    """How long a refusal stays on the display."""
    reserved_ns: int = 20 * NS_PER_S
    """The same of what a third party's attendant may serve."""
    third_party: ThirdParty | None = None
    """Whose pump it is, where the tap only reserves; None: ours."""
    contact_ns: int = 300 * NS_PER_MS
    """Relay noise, and the time a contact may take; its read-back is ignored that long."""
    turn_ns: int = 300 * NS_PER_MS
    """The second contact follows the first within this."""
    run_on_ns: int = 5 * NS_PER_S
    """Flow that goes on this long after the valve was told to shut: it does not shut."""
    silent_ns: int = 60 * NS_PER_S
    """A shut fill waits so long for a limiter that counts and is silent."""
    told_late_ns: int = 0
    """So late a count may be told: a co-processor tells it from time to time, and not at once."""
    store_ns: int = 10 * NS_PER_S
    """A reservation that takes longer is a fault of the store."""
    retry_ns: int = 5 * NS_PER_S
    """Pause before a sale that could not be recorded is tried again."""
    unauthorised_ml: int = UNAUTHORISED_ML
    left_on_ns: int = 3600 * NS_PER_S
    """A bypass key that is on for so long was forgotten: an alarm."""

    @property
    def shuts_ns(self) -> int:
        """Longest from a valve's losing its current until its last pulse is told of."""
        late_ms = self.dosing.valve_lag_ms + self.dosing.timer_hold_ms
        return late_ms * NS_PER_MS + self.told_late_ns

    @property
    def stop_bound_ml(self) -> int:
        """Most that can pass after a stop is due. What a third party's attendant gives beyond
        the reservation is no lag of a valve of ours."""
        return 0 if self.third_party is not None else self.dosing.stop_bound_ml

    @property
    def final_bound_ml(self) -> int:
        """The same at the end of a fill."""
        return 0 if self.third_party is not None else self.dosing.final_bound_ml
