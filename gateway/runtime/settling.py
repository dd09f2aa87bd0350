"""What a start says of each pump's count, and of what its bypass key let through meanwhile."""

from collections.abc import Container, Mapping
from types import MappingProxyType

from gateway.config.types import GatewayConfig
from gateway.core.accounts import Balance
from gateway.core.facts import BypassChanged, CounterReading, Fact
from gateway.core.meters import NEW, Meter
from gateway.core.recounting import Keyed, settled_at_start, unseen_by_key, unseen_while_shut
from gateway.core.units import NS_PER_MS, Calibration
from gateway.runtime.wall import WallClock, utc_ns

NONE_UNCOUNTED: Mapping[int, int] = MappingProxyType({})


class Settling:
    """Once no fill of the pump is open."""

    def __init__(
        self,
        config: GatewayConfig,
        wall: WallClock,
        ratios: Mapping[int, Calibration],
        counters: Mapping[int, CounterReading],
        *,
        keys_on: Container[int],
        last_alive: str | None,
        uncounted_ms: Mapping[int, int] = NONE_UNCOUNTED,
    ) -> None:
        """As Recovery has them; `ratios`: those in force."""
        self._wall = wall
        self._ratios = ratios
        self._counters = counters
        self._keys_on = keys_on
        self._uncounted_ms = uncounted_ms
        self._last_alive = last_alive
        self._tolerance_ml = config.totalisers.tolerance_ml
        self._max_flow = {pump.number: pump.max_flow_ml_per_min for pump in config.pumps}

    def facts(self, pump: int, balance: Balance) -> list[Fact]:
        """By counter and key. That a key is off again, the pump's desk says."""
        meter, counter = balance.meters.get(pump, NEW), self._counters.get(pump)
        facts: list[Fact] = []
        keyed = self._keyed(pump, meter)
        if keyed is not None:
            if meter.bypass_since is None:
                facts.append(BypassChanged(pump=pump, on=True))
            down_ms = max(0, utc_ns(keyed.until) - utc_ns(keyed.since)) // NS_PER_MS
            facts += unseen_by_key(
                pump,
                meter,
                counter,
                keyed,
                down_ms=down_ms,
                max_flow_ml_per_min=self._max_flow[pump],
            )
        facts += unseen_while_shut(
            pump, meter, counter, self._uncounted_ms.get(pump, 0), self._max_flow[pump]
        )
        if counter is None:
            return facts
        return facts + settled_at_start(
            pump,
            meter,
            counter,
            self._ratios[pump],
            totaliser_ml=balance.totaliser_ml.get(pump, 0),
            tolerance_ml=self._tolerance_ml,
            keyed=keyed,
        )

    def _keyed(self, pump: int, meter: Meter) -> Keyed | None:
        now = self._wall.now()
        if meter.bypass_since is not None:
            return Keyed(meter.bypass_until, now)
        return Keyed(self._last_alive or now, now) if pump in self._keys_on else None
