"""What a co-processor finds wrong, and what it senses otherwise than the Pi does."""

from types import MappingProxyType

from gateway.core.reasons import Fault
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Found
from hardware.ports import EmergencyStop, Nozzle

APART_NS = 1000 * NS_PER_MS
"""Both ends debounce a switch, and the chip's word takes up to half a second when one is lost."""
UNCOUNTED = "pulses that nobody counted"
MEMORY_MISSING = "memory_missing"
"""It kept its counts in FRAM, which does not answer: what it tells is no count."""
UNBELIEVABLE = "a count that grew faster than any pulser turns"

_FAULTS = MappingProxyType(
    {
        "limiter_welded": (Fault.LIMITER_WELDED, "a welded or bridged contact"),
        "limiter_not_made": (Fault.LIMITER_NOT_MADE, "its relay and the read-back's wire"),
        "chatter": (Fault.PULSER_CHATTER, "the pulser's wiring and screen"),
        "missing_channel": (Fault.PULSER_CHANNEL, "the wires of the pulser's channels A and B"),
        "not_alternating": (Fault.PULSER_CHANNEL, "the pulser's channels A and B"),
        "reverse": (Fault.REVERSE_FLOW, "the check valve, and that A and B are not exchanged"),
        "not_slow": (Fault.VALVE_NOT_SLOW, "the valve's first stage"),
        UNCOUNTED: (Fault.UNCOUNTED, "the dispenser's own totaliser: it lost power in a fill"),
        UNBELIEVABLE: (Fault.LIMITER_FAULT, "the meter's own totaliser, and its cable"),
        MEMORY_MISSING: (
            Fault.TOTALISER_LOST,
            "its FRAM and the wires to it, then restart it; mended, it counts on; gone for good, "
            "`takar pico prepare --forget-fram`",
        ),
        "totaliser_lost": (Fault.TOTALISER_LOST, "the meter's own totaliser against the sales"),
    }
)


def fault_of(name: str, device: str) -> Found:
    """A chip's fault by the name it is told under."""
    fault, check = _FAULTS.get(name, (Fault.LIMITER_FAULT, "its firmware's version"))
    return Found(fault, f"{device}: expected no fault, found {name}; check {check}")


class Senses:
    """A nozzle and the emergency stop, wired to the Pi and to the co-processor alike."""

    def __init__(self, nozzle: Nozzle, emergency_stop: EmergencyStop) -> None:
        self._nozzle = nozzle
        self._emergency_stop = emergency_stop
        self._apart_since_ns: int | None = None
        self.found: Found | None = None
        """Stands until `clear`."""

    def compare(self, now_ns: int, *, lifted: bool, stop: bool) -> None:
        """With what the chip senses now."""
        apart = [
            f"{name}: the Pi says {here}, the co-processor {there}"
            for name, here, there in (
                ("nozzle lifted", self._nozzle.lifted, lifted),
                ("emergency stop", self._emergency_stop.pressed, stop),
            )
            if here != there
        ]
        if not apart:
            self._apart_since_ns = None
            return
        if self._apart_since_ns is None:
            self._apart_since_ns = now_ns
        elif self.found is None and now_ns - self._apart_since_ns >= APART_NS:
            self.found = Found(Fault.INPUTS_DISAGREE, f"{'; '.join(apart)}; check both wirings")

    def clear(self) -> None:
        self.found = None
        self._apart_since_ns = None
