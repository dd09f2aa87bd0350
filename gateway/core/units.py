"""Quantities as integers, and the two conversions that money and volume need.

Volumes are millilitres (ml), money whole rupiah (idr), meter readings pulses.
"""

from dataclasses import dataclass

ML_PER_L = 1000
NS_PER_US = 1000
US_PER_MS = 1000
MS_PER_S = 1000
US_PER_S = 1_000_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer every JSON reader keeps exactly (RFC 8785, section 3.2.2.3)."""


def amount_idr(volume_ml: int, price_idr_per_l: int) -> int:
    """Price of a volume in whole rupiah, rounded half up once."""
    if volume_ml < 0 or price_idr_per_l < 0:
        raise ValueError(f"volume {volume_ml} ml and price {price_idr_per_l} must not be negative")
    return (volume_ml * price_idr_per_l + ML_PER_L // 2) // ML_PER_L


@dataclass(frozen=True, slots=True)
class Calibration:
    """An exact ratio: `pulses` of the pulser for `litres` of fuel, e.g. 100 for 1."""

    pulses: int
    litres: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.litres <= 1000 or not self.litres <= self.pulses <= 250 * self.litres:
            raise ValueError(
                f"calibration {self.pulses} pulses / {self.litres} L: expected 1 to 250 pulses "
                "per litre with litres from 1 to 1000"
            )

    def volume_ml(self, total_pulses: int) -> int:
        """Millilitres of a cumulative count, rounded down.

        A sale is the difference of two such volumes, so roundings never accumulate.
        """
        return total_pulses * ML_PER_L * self.litres // self.pulses

    def last_pulse_within(self, start_pulses: int, volume_ml: int) -> int:
        """Largest cumulative count whose volume since `start_pulses` is at most `volume_ml`."""
        target_ml = self.volume_ml(start_pulses) + volume_ml
        return ((target_ml + 1) * self.pulses - 1) // (ML_PER_L * self.litres)

    @property
    def pulse_ml(self) -> int:
        """Volume of one pulse, rounded up."""
        return -(-ML_PER_L * self.litres // self.pulses)
