"""The gateway's state as families of metrics, made anew for each scrape."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from gateway.core.units import MS_PER_S, US_PER_S
from gateway.metrics.metric import Metric, pumps_of
from gateway.metrics.table import METRICS
from gateway.runtime.promptness import BUCKETS_MS
from gateway.runtime.status import Snapshot

UP = ("takar_gateway_up", "1 while the gateway's control loop tells its state.")
PROMPTNESS = (
    "takar_tap_to_decision_seconds",
    "From the poll that selected a card until its tap was answered, a reservation included.",
)
"""The two that are not in the table: one is there without a gateway, one is a histogram."""

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class GatewayCollector(Collector):
    def __init__(self, gateway: str, state: Callable[[], Snapshot | None]) -> None:
        """`state`: what the gateway says now; None while it is silent."""
        self._gateway = gateway
        self._state = state

    def describe(self) -> Iterable[Family]:
        """Asks nobody: registering does not wait for a gateway."""
        return []

    def collect(self) -> Iterator[Family]:
        """What a silent gateway said last no longer holds: then `takar_gateway_up` is alone."""
        state = self._state()
        up = GaugeMetricFamily(*UP, labels=["gateway"])
        up.add_metric([self._gateway], float(state is not None))
        yield up
        if state is not None:
            yield from (self._family(metric, state) for metric in METRICS)
            yield self._promptness(state)

    def _family(self, metric: Metric, state: Snapshot) -> Family:
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.help, labels=["gateway", *metric.labels])
        for values, value in metric.samples(state):
            family.add_metric([self._gateway, *values], float(value))
        return family

    def _promptness(self, state: Snapshot) -> Family:
        family = HistogramMetricFamily(*PROMPTNESS, labels=["gateway", "pump"])
        bounds = [*(str(bound_ms / MS_PER_S) for bound_ms in BUCKETS_MS), "+Inf"]
        for at in pumps_of(state):
            answers = at.counts.answers or [0] * len(bounds)
            family.add_metric(
                [self._gateway, str(at.shown.pump)],
                [*zip(bounds, accumulate(answers), strict=True)],
                at.counts.answers_us / US_PER_S,
            )
        return family
