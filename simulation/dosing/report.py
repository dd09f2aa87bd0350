"""What many fills add up to, and what they may not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulation.dosing.study import Result

NL_PER_ML = 1_000_000


@dataclass
class Report:
    """Counted as they come; results kept only of fills that broke a rule."""

    fills: int = 0
    quotas: int = 0
    quotas_over: list[Result] = field(default_factory=list)
    presets: int = 0
    under: list[Result] = field(default_factory=list)
    over: list[Result] = field(default_factory=list)

    def add(self, results: Iterable[Result]) -> None:
        for result in results:
            self.fills += 1
            if result.done.wish.quota:
                self._quota(result)
            elif result.learned and result.judged:
                self.presets += 1
                if result.too_little:
                    self.under.append(result)
                if result.too_much:
                    self.over.append(result)

    def _quota(self, result: Result) -> None:
        self.quotas += 1
        stop_ml, done = result.done.wish.stop_ml, result.done
        if max(done.sold_ml * NL_PER_ML, done.passed_nl) > stop_ml * NL_PER_ML:
            self.quotas_over.append(result)

    def __str__(self) -> str:
        return (
            f"{self.fills} fills: {self.quotas} quotas, {len(self.quotas_over)} over; "
            f"{self.presets} presets, {len(self.under)} under by more than a pulse, "
            f"{len(self.over)} over by more than 0.05 L or two pulses"
        )
