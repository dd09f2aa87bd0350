"""Exact flow: the volume passed is a whole number of nanolitres, in closed form over time."""

from dataclasses import dataclass
from math import isqrt

NL_PER_ML = 1_000_000
NS_PER_MIN = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of flow whose rate is constant (`change` 0) or changes evenly over `span_ns`.

    Volumes are computed from the stretch's start, never added up step by step, so a stretch
    looked at once or a thousand times gives the same nanolitres.
    """

    start_ns: int
    volume_nl: int
    """Integral at `start_ns`."""
    rate_nl_per_min: int
    change_nl_per_min: int = 0
    """Rate at the end of the span minus rate at its start."""
    span_ns: int = 1

    def volume_at(self, now_ns: int) -> int:
        """Integral at `now_ns`, which lies within the stretch; rounded down."""
        elapsed_ns = now_ns - self.start_ns
        if not self.change_nl_per_min:
            return self.volume_nl + self.rate_nl_per_min * elapsed_ns // NS_PER_MIN
        twice_nl = elapsed_ns * (
            2 * self.span_ns * self.rate_nl_per_min + self.change_nl_per_min * elapsed_ns
        )
        return self.volume_nl + twice_nl // (2 * self.span_ns * NS_PER_MIN)

    def rate_at(self, now_ns: int) -> int:
        """Nanolitres a minute at `now_ns`."""
        elapsed_ns = now_ns - self.start_ns
        return self.rate_nl_per_min + self.change_nl_per_min * elapsed_ns // self.span_ns

    def when(self, volume_nl: int) -> int | None:
        """First instant at which the integral has reached `volume_nl`; None if it never does."""
        missing_nl = volume_nl - self.volume_nl
        if missing_nl <= 0:
            return self.start_ns
        if self.change_nl_per_min:
            return self._when_ramping(volume_nl, missing_nl)
        if self.rate_nl_per_min <= 0:
            return None
        return self.start_ns - (-missing_nl * NS_PER_MIN // self.rate_nl_per_min)

    def when_below(self, volume_nl: int) -> int:
        """First instant at which a stretch that flows back evenly is below `volume_nl`, which
        it is not at its start."""
        over_nl = self.volume_nl - volume_nl
        return self.start_ns + over_nl * NS_PER_MIN // -self.rate_nl_per_min + 1

    def _when_ramping(self, volume_nl: int, missing_nl: int) -> int | None:
        # change·t² + 2·span·rate·t = 2·span·minute·missing, solved for the earlier root.
        slope = self.change_nl_per_min
        linear = 2 * self.span_ns * self.rate_nl_per_min
        discriminant = linear * linear + 8 * slope * self.span_ns * NS_PER_MIN * missing_nl
        if discriminant < 0:
            return None
        at_ns = self.start_ns + max(0, (isqrt(discriminant) - linear) // (2 * slope))
        end_ns = self.start_ns + self.span_ns
        # The root was rounded: step to the first whole nanosecond that qualifies.
        while at_ns > self.start_ns and self.volume_at(at_ns - 1) >= volume_nl:
            at_ns -= 1
        while at_ns <= end_ns and self.volume_at(at_ns) < volume_nl:
            at_ns += 1
        return at_ns if at_ns <= end_ns else None
