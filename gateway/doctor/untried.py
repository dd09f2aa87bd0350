"""What is not known while nothing may be tried: the gateway runs, or there are no pins."""

from collections.abc import Iterator

from gateway.config.types import GatewayConfig
from gateway.doctor.verdict import Verdict, pump_name, verdict


def untried(config: GatewayConfig, why: str) -> Iterator[Verdict]:
    """One for each thing that would be tried. `why`: a code of gateway/words/doctor."""
    for pump in config.pumps:
        of = pump_name(pump.number)
        yield verdict("card_not_tried", of, why=why)
        if pump.pins is None:
            continue
        yield verdict("relay_not_tried", of, why=why)
        if pump.limiter == "pico":
            yield verdict("limiter_not_tried", of, why=why)
        else:
            yield verdict("timer_not_tried", of, why=why)
        yield verdict("killed_not_tried", of, why=why)
        yield verdict("nozzle_not_tried", of, why=why)
        yield verdict("pulser_not_tried", of, why=why)
    if any(pump.pins is not None for pump in config.pumps):
        yield verdict("stop_not_tried", why=why)
