"""One metric: its name by Prometheus' conventions, its labels, and where its samples come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.runtime.counts import PumpCounts
from gateway.runtime.status import PumpSnapshot, Snapshot

Sample = tuple[tuple[str, ...], float]
"""Values of the metric's own labels, and its value."""


class AtPump(NamedTuple):
    """What the status socket says of one pump."""

    shown: PumpSnapshot
    counts: PumpCounts


@dataclass(frozen=True, slots=True)
class Metric:
    """`labels`: besides `gateway`, which all have, and `pump`, which those of a pump have."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: Callable[[Snapshot], Iterable[Sample]]
    labels: tuple[str, ...] = ()


def gauge(name: str, help: str, of: Callable[[Snapshot], float | None]) -> Metric:  # noqa: A002
    """No sample where the value is not known."""

    def samples(state: Snapshot) -> Iterable[Sample]:
        value = of(state)
        return [] if value is None else [((), value)]

    return Metric(name, "gauge", help, samples)


def of_pumps(
    name: str,
    kind: Literal["gauge", "counter"],
    help: str,  # noqa: A002
    of: Callable[[AtPump], Iterable[Sample]],
    *labels: str,
) -> Metric:
    def samples(state: Snapshot) -> Iterable[Sample]:
        return [
            ((str(at.shown.pump), *values), value)
            for at in pumps_of(state)
            for values, value in of(at)
        ]

    return Metric(name, kind, help, samples, ("pump", *labels))


def pumps_of(state: Snapshot) -> Iterable[AtPump]:
    """Pumps with their counts, which a gateway of an older version does not tell."""
    counts = {each.pump: each for each in state.counts}
    for pump in state.pumps:
        yield AtPump(pump, counts.get(pump.pump, PumpCounts(pump=pump.pump)))
