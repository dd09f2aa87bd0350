"""Cost of one counted pulse: our pin and pump beside gpiozero's mock pin and input device.

Both see a rising and a falling edge; ours also stamps the pulse, holds the lock and checks the
limit. The reference counts in `when_activated` and does nothing else.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.clock import MachineClock
from hardware.pump.gpio import GpioPump
from hardware.simulated.client import ForecourtClient
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World
from hardware.simulated.pins import SimulatedFactory
from hardware.wiring import DEMO_WIRING

BENCHMARK = "pulses"
PULSES = 20_000
ROUNDS = 5
PINS = DEMO_WIRING[0].pins


def _best_us(pulse: Callable[[], None]) -> float:
    """Microseconds a pulse in the round least disturbed by the machine."""
    best_ns = None
    for _ in range(ROUNDS):
        began_ns = time.perf_counter_ns()
        for _ in range(PULSES):
            pulse()
        took_ns = time.perf_counter_ns() - began_ns
        best_ns = took_ns if best_ns is None else min(best_ns, took_ns)
    assert best_ns is not None
    return best_ns / PULSES / 1000


@contextmanager
def _forecourt() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        path = Path(folder) / "forecourt.sock"
        server = ForecourtServer(World(ForecourtSettings(time="simulated")), path)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield path
        finally:
            server.stop()
            thread.join()


def ours_us() -> float:
    with _forecourt() as path:
        client = ForecourtClient(path)
        clock = MachineClock()
        pump = GpioPump(PINS, clock, SimulatedFactory(client, clock))
        pump.open(Stops(PULSES * ROUNDS + 1), Contact.ENABLE)

        def pulse() -> None:
            client.deliver(PINS.pulser, 1)
            client.deliver(PINS.pulser, 0)

        cost_us = _best_us(pulse)
        assert pump.read().pulses_total == PULSES * ROUNDS
        pump.close()
        client.close()
        return cost_us


def reference_us() -> float:
    factory = MockFactory()
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    with DigitalInputDevice(PINS.pulser, pin_factory=factory) as pulser:
        pulser.when_activated = count
        pin = pulser.pin

        def pulse() -> None:
            pin.drive_high()
            pin.drive_low()

        cost_us = _best_us(pulse)
    assert counted == PULSES * ROUNDS
    return cost_us


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it.

    `ratio` is reference / ours: above 1 ours takes less.
    """
    ours, reference = ours_us(), reference_us()
    row: dict[str, object] = {
        "what": "one counted pulse, both edges",
        "ours": round(ours, 2),
        "reference": round(reference, 2),
        "reference_name": "gpiozero MockPin + DigitalInputDevice",
        "ratio": round(reference / ours, 2),
        "unit": "us",
    }
    if not as_json:
        print(f"{'what':32}{'unit':6}{'ours':>8}{'reference':>11}{'ratio':>8}  reference is")
        print(
            f"{row['what']:32}{row['unit']:6}{row['ours']:>8}{row['reference']:>11}"
            f"{row['ratio']:>8}  {row['reference_name']}"
        )
    return {"benchmark": BENCHMARK, "rows": [row]}


if __name__ == "__main__":
    run(as_json=False)
