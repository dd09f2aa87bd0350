"""The real driver over pyserial, the firmware under MicroPython, the pump's physics below both.

Time is simulated: whatever the machine does, the same pulses fall at the same instants.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.assemble import Hardware, assemble
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings, PumpPhysics
from hardware.simulated.forecourt.world import World
from hardware.simulated.pico.settings import DEMO_SERIAL, PicoSettings
from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING, PicoChannelWiring, PicoWiring

MS = 1_000_000


class Station:
    """A forecourt on a thread of its own, looked into while its time stands still."""

    def __init__(self, folder: Path, channels: int = 1, **physics: Any) -> None:
        settings = ForecourtSettings(
            time="simulated",
            wiring=DEMO_WIRING[:1],
            picos=(PicoSettings(pumps=(1,), interpreter="micropython"),),
            pumps=(PumpPhysics(number=1, channels=channels, **physics),),
        )
        self.world = World(settings, folder=folder)
        self._server = ForecourtServer(self.world, folder / "f.sock")
        self._thread = Thread(target=self._server.serve, name="forecourt", daemon=True)
        self._thread.start()
        wired = PicoChannelWiring(pump=1, pulser_channels="a" if channels == 1 else "ab")
        self.devices: Hardware = assemble(
            "simulated",
            DEMO_WIRING[:1],
            DEMO_STOP_PIN,
            folder / "f.sock",
            picos=(PicoWiring(serial_number=DEMO_SERIAL, channels=(wired,)),),
        )
        self.driver = self.devices.pumps[1].pump

    @property
    def pump(self) -> SimulatedPump:
        return self.world.positions[1].pump

    def wait(self, ms: int) -> None:
        """What a control loop does, every 20 ms."""
        clock = self.devices.clock
        assert isinstance(clock, SimulatedClock)
        end_ns = clock.monotonic_ns() + ms * MS
        while clock.monotonic_ns() < end_ns:
            clock.advance(min(end_ns, clock.monotonic_ns() + 20 * MS))
            self.driver.renew()
            self.driver.read()

    def world_runs(self, ms: int) -> None:
        """Time passes and the host does nothing."""
        clock = self.devices.clock
        assert isinstance(clock, SimulatedClock)
        end_ns = clock.monotonic_ns() + ms * MS
        while clock.monotonic_ns() < end_ns:
            clock.advance(end_ns)

    def start(self, limit: int, **stops: Any) -> None:
        self.pump.lift()
        self.pump.squeeze()
        self.wait(100)
        total = self.driver.read().pulses_total
        self.driver.open(Stops(total + limit, **stops), Contact.ENABLE)

    def close(self) -> None:
        self.devices.close()
        self._server.stop()
        self._thread.join(20)


@pytest.fixture
def make() -> Iterator[Any]:
    made: list[Station] = []
    with tempfile.TemporaryDirectory(prefix="pico") as folder:

        def build(**settings: Any) -> Station:
            made.append(Station(Path(folder), **settings))
            return made[-1]

        yield build
        for each in made:
            each.close()


@pytest.mark.parametrize("channels", [1, 2])
def test_a_fill_stops_at_its_pulse_and_is_counted_whole(make: Any, channels: int) -> None:
    station = make(channels=channels)
    station.start(150)
    station.wait(4000)
    station.pump.hang()
    station.wait(1000)
    reading = station.driver.read()
    assert (reading.enable_made, reading.limiter_made) == (False, False)
    assert (reading.stopped.why, reading.stopped.at_millipulses) == ("limit", 150_000)
    assert reading.pulses_total == reading.totaliser_pulses == station.pump.pulses > 150


def test_a_host_that_stands_still_loses_its_lease(make: Any) -> None:
    station = make()
    station.start(5000)
    station.wait(1500)
    assert station.pump.flowing
    station.world_runs(320)
    assert not station.pump.limiter.made
    station.wait(1000)
    reading = station.driver.read()
    assert (reading.enable_made, reading.stopped.why) == (False, "lease")
    assert reading.pulses_total == station.pump.pulses
