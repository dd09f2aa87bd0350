"""Time that moves only when the simulated forecourt moves it."""

from gateway.core.units import NS_PER_S
from hardware.simulated.client import ForecourtClient


class SimulatedClock:
    """Fits hardware.ports.Clock over a forecourt in simulated time.

    Every instant is the forecourt's, so that a run depends on nothing else.
    """

    def __init__(self, client: ForecourtClient) -> None:
        if client.time != "simulated":
            raise ValueError(f"forecourt runs in {client.time} time: use the machine's clock")
        self._client = client

    def monotonic_ns(self) -> int:
        return self._client.now_ns

    def utc_ns(self) -> int:
        return self._client.now_ns + self._client.utc_offset_ns

    def sleep(self, seconds: float) -> None:
        self._client.sleep(round(seconds * NS_PER_S))

    def advance(self, until_ns: int) -> None:
        """Run time forward, delivering edges to the pins, each at its own instant.

        It ends at `until_ns`, or earlier: right after the first edge that is no pulse. Ask for
        no later than a pump's limit can be reached at full flow, for pulses come in batches.
        """
        self._client.advance(until_ns)
