"""The solenoid valve: after a command it waits, then moves evenly to its new place."""

from dataclasses import dataclass

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Valve:
    """Opening in parts per million: held until `from_ns`, moving until `to_ns`, held after."""

    from_ns: int
    from_ppm: int
    to_ns: int
    to_ppm: int

    @classmethod
    def shut(cls, now_ns: int) -> "Valve":
        return cls(now_ns, 0, now_ns, 0)

    def opening_at(self, now_ns: int) -> int:
        if now_ns >= self.to_ns:
            return self.to_ppm
        if now_ns <= self.from_ns:
            return self.from_ppm
        moved = (self.to_ppm - self.from_ppm) * (now_ns - self.from_ns)
        return self.from_ppm + moved // (self.to_ns - self.from_ns)

    def command(self, now_ns: int, *, to_ppm: int, lag_ns: int) -> "Valve":
        """Be so far open `lag_ns` from now: half of that is dead time, half movement."""
        return Valve(
            from_ns=now_ns + lag_ns // 2,
            from_ppm=self.opening_at(now_ns),
            to_ns=now_ns + lag_ns,
            to_ppm=to_ppm,
        )

    def next_change_ns(self, now_ns: int) -> int | None:
        """When it next starts or stops moving."""
        if now_ns < self.from_ns:
            return self.from_ns
        return self.to_ns if now_ns < self.to_ns else None
