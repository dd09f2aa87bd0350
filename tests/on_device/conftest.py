"""A real Raspberry Pi with a real Pico on its USB, on a bench without fuel, valve or relays.

Wires, by the names of docs/pico.svg and docs/wiring.svg: the Pi's pulser pin of pump 1 (as an
output here) to GP2; the Pi's enable relay pin to its own read-back pin; GP6 to GP8; GP14 to
ground; GP9 open, which is a lifted nozzle; ground to ground.

    TAKAR_PICO=SERIAL ./takar test tests/on_device

In every run the same tests try the rig itself, on wired.py's simulation of this bench.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiozero.pins import Factory

from hardware.clock import MachineClock
from hardware.pump.pico import PicoChannel, PicoPump
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import by_path, by_serial
from hardware.wiring import DEMO_WIRING
from tests.on_device.wired import Wired

PINS = DEMO_WIRING[0].pins
EDGE_S = 0.005
ORDERED_NS = 50_000_000
SERIAL = os.environ.get("TAKAR_PICO")


class DeviceRig:
    """Fits the contract's PumpRig; time is the world's, and passes by itself."""

    def __init__(self, factory: Factory, find: Callable[[], str], serial_number: str) -> None:
        self.factory = factory
        self.pulser = self.factory.pin(PINS.pulser)
        self.pulser.function = "output"
        self.pulser.state = 0
        self.clock = MachineClock()
        self.link = PicoLink(find, self.clock, serial_number)
        self.pump = PicoPump(PINS, PicoChannel(self.link, 1), self.clock, self.factory)

    def pulse(self, count: int) -> None:
        # What was ordered just now is on its way, and the chip counts at once.
        self.pass_time(ORDERED_NS)
        for _ in range(count):
            self.pulser.state = 1
            time.sleep(EDGE_S)
            self.pulser.state = 0
            time.sleep(EDGE_S)
            self.pump.renew()
        for _ in range(3):
            time.sleep(0.05)
            self.pump.renew()

    def pass_time(self, duration_ns: int) -> None:
        end_ns = self.clock.monotonic_ns() + duration_ns
        while self.clock.monotonic_ns() < end_ns:
            time.sleep(EDGE_S)
            self.pump.read()

    def now_ns(self) -> int:
        return self.clock.monotonic_ns()

    def current_flows(self) -> bool:
        reading = self.pump.read()
        return reading.enable_made and bool(reading.limiter_made)

    def close(self) -> None:
        self.pump.close()
        self.link.close()
        self.pulser.close()
        self.factory.close()


@pytest.fixture
def device() -> Iterator[DeviceRig]:
    if SERIAL is None:
        pytest.skip("not run here: needs a Pi, and TAKAR_PICO=SERIAL of the Pico on its USB")
    from gpiozero.pins.lgpio import LGPIOFactory

    rig = DeviceRig(LGPIOFactory(), by_serial(SERIAL), SERIAL)
    yield rig
    rig.close()


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[DeviceRig]:
    wired = Wired(tmp_path, PINS)
    with wired.powered():
        rig = DeviceRig(wired.factory, by_path(wired.path), wired.id)
        yield rig
        rig.close()


@pytest.fixture(params=["device", "simulated"])
def rig(request: pytest.FixtureRequest) -> DeviceRig:
    found: DeviceRig = request.getfixturevalue(request.param)
    return found
