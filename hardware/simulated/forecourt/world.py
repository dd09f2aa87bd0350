"""The forecourt in time: pins in, edges out, and what happens between."""

import random
import time
from pathlib import Path

from hardware.simulated.forecourt.edges import Edge, Edges
from hardware.simulated.forecourt.faults import FAULTS, fault_value
from hardware.simulated.forecourt.pins import input_name, outputs_of
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.station import Position, StopLoop, positions
from hardware.simulated.forecourt.totalisers import Totalisers
from hardware.simulated.pico.pico import SimulatedPico

NS_PER_MIN = 60_000_000_000
SPI_NS_PER_BYTE = 8_000
"""At the 1 MHz that the mfrc522 library sets."""
BATCH_PULSES = 64
"""No pump passes more than about this many pulses in one step."""
EDGES_PER_ANSWER = 800
"""An advance that gathered this many stops early, so that its answer fits a line."""


class World:
    """Knows no socket. Times are ns; `now_ns` never runs backwards. Bad requests: ValueError."""

    def __init__(
        self,
        settings: ForecourtSettings,
        kept: Totalisers | None = None,
        folder: Path | None = None,
    ) -> None:
        """`kept`: totalisers that are to outlive this process; `folder`: where co-processors
        have their ports and their memories."""
        self.settings = settings
        self._kept = kept
        self.simulated = settings.time == "simulated"
        self.now_ns = 0 if self.simulated else time.monotonic_ns()
        self.stop = StopLoop()
        self.mains = True
        self.edges = Edges()
        self.positions = positions(settings, self.edges, self.now_ns)
        self._all = tuple(self.positions.values())
        self._by_bus = {
            (position.bus.spi_bus, position.bus.spi_device): position for position in self._all
        }
        self._by_output = {
            pin: position for position in self._all for pin in outputs_of(position.pins)
        }
        self._driven: dict[int, int] = {}
        self.picos = self._make_picos(folder)
        self._batch_ns = min(
            BATCH_PULSES
            * position.pump.physics.calibration.pulse_ml
            * NS_PER_MIN
            // position.pump.physics.flow_ml_per_min
            for position in self._all
        )

    def _make_picos(self, folder: Path | None) -> list[SimulatedPico]:
        if folder is None:
            if self.settings.picos:
                raise ValueError("picos: expected a folder for their ports")
            return []
        return [
            SimulatedPico(
                settings,
                [self.positions[number].pump for number in settings.pumps],
                lambda: self.stop.healthy,
                folder,
                random.Random(f"{self.settings.seed}/{settings.serial}"),  # noqa: S311
                self.now_ns,
            )
            for settings in self.settings.picos
        ]

    def close(self) -> None:
        """End the co-processors' processes."""
        for pico in self.picos:
            pico.close()

    @property
    def utc_ns(self) -> int:
        return self.settings.start_utc_ns + self.now_ns if self.simulated else time.time_ns()

    @property
    def levels(self) -> dict[int, int]:
        """What every input pin of the gateway reads now."""
        levels = {self.settings.emergency_stop_pin: int(not self.stop.healthy)}
        if self.settings.ups_pin is not None:
            levels[self.settings.ups_pin] = int(not self.mains)
        for position in self._all:
            levels |= position.pump.levels
        return levels

    def position(self, number: int) -> Position:
        if number not in self.positions:
            raise ValueError(f"no pump {number} here; there are {sorted(self.positions)}")
        return self.positions[number]

    def catch_up(self) -> None:
        """In real time, let everything happen that is due by the machine's clock."""
        if not self.simulated:
            until_ns = max(self.now_ns, time.monotonic_ns())
            for pico in self.picos:
                pico.hear_over(self.now_ns, until_ns)
            self.run(until_ns)

    def advance(self, until_ns: int) -> list[Edge]:
        """Simulated time: run on, but stop right after any edge that is not a pulse.

        The answer's edges include those that earlier requests caused.
        """
        if not self.simulated:
            raise ValueError("advance: this forecourt runs in real time, which nobody moves")
        self.listen()
        self.run(until_ns, stop_at_signal=True)
        return self.edges.take()

    def listen(self) -> None:
        """Let co-processors hear what was said to them."""
        for pico in self.picos:
            pico.look(self.now_ns)

    def dispensed_nl(self, number: int) -> int:
        """By a pump, in this life and in those before that the totalisers knew."""
        start_nl = self._kept.start_nl[number] if self._kept is not None else 0
        return start_nl + self.positions[number].pump.dispensed_nl

    def run(self, until_ns: int, *, stop_at_signal: bool = False) -> None:
        """Let time pass. What flowed is kept before anybody is told of it."""
        self._run(until_ns, stop_at_signal=stop_at_signal)
        if self._kept is not None:
            self._kept.keep({n: place.pump.dispensed_nl for n, place in self.positions.items()})

    def _run(self, until_ns: int, *, stop_at_signal: bool) -> None:
        edges, everyone = self.edges, self._all
        while not (stop_at_signal and (edges.signals or len(edges.pulses) >= EDGES_PER_ANSWER)):
            to_ns = min(until_ns, self.now_ns + self._batch_ns)
            for position in everyone:
                if position.pump.next_ns < to_ns:
                    to_ns = position.pump.next_ns
                if position.motorist.wake_ns < to_ns:
                    to_ns = position.motorist.wake_ns
            for pico in self.picos:
                if pico.next_ns < to_ns:
                    to_ns = max(self.now_ns, pico.next_ns)
            if to_ns < self.now_ns:
                return
            for position in everyone:
                happened = position.pump.advance(to_ns)
                if happened or position.motorist.wake_ns <= to_ns:
                    position.let_motorist_act()
            self.now_ns = to_ns
            self.listen()
            if to_ns >= until_ns:
                return

    def next_ns(self) -> int:
        """When the next thing happens, pulses included, if nobody does anything before."""
        at_pumps = min(
            min(position.pump.next_ns, position.pump.next_edge_ns(), position.motorist.wake_ns)
            for position in self._all
        )
        return min([at_pumps, *(pico.next_ns for pico in self.picos)])

    def transfer(self, bus: int, device: int, data: bytes) -> bytes:
        """One SPI transfer with the reader there; in simulated time it takes its time."""
        position = self._by_bus.get((bus, device))
        if position is None:
            wired = ", ".join(f"spidev{bus}.{device}" for bus, device in sorted(self._by_bus))
            raise ValueError(f"no reader is wired to spidev{bus}.{device}; there are {wired}")
        if self.simulated:
            self.run(self.now_ns + len(data) * SPI_NS_PER_BYTE)
        return position.transfer(data, self.now_ns)

    def make_output(self, pin: int) -> None:
        """The pin keeps the level it was left at, as on the Pi."""
        if pin not in self._by_output:
            raise ValueError(
                f"pin {pin} is {input_name(self.settings, pin)}, expected an output: one of "
                f"{sorted(self._by_output)}; compare the wiring on both sides"
            )
        self._driven.setdefault(pin, 0)

    def drive(self, pin: int, level: int) -> None:
        if pin not in self._driven:
            raise ValueError(f"pin {pin} is not an output yet: send `output` first")
        if self._driven[pin] != level:
            self._driven[pin] = level
            self._by_output[pin].set_output(pin, level)

    def make_input(self, pin: int) -> None:
        """An output given back properly: its external resistor pulls it low."""
        if pin in self._driven:
            self.drive(pin, 0)
            del self._driven[pin]

    def gateway_gone(self) -> None:
        """Its outputs do what the setting says; fuel, meters and cards stay."""
        if self.settings.release == "low":
            for pin in list(self._driven):
                self.make_input(pin)

    def press_stop(self, *, pressed: bool) -> None:
        before = self.stop.healthy
        self.stop.pressed = pressed
        self._stop_changed(before)

    def switch_mains(self, *, on: bool) -> None:
        """Mains power as the UPS tells of it."""
        pin = self.settings.ups_pin
        if pin is None:
            raise ValueError("mains: no UPS is fitted here: see `ups_pin` of the settings")
        if on != self.mains:
            self.mains = on
            self.edges.signals.append((self.now_ns, pin, int(not on)))

    def set_fault(self, number: int, name: str, *, on: bool, value: int | None = None) -> None:
        """Break or mend; faults.py lists names and values."""
        checked = fault_value(name, value)
        if FAULTS[name].station_wide:
            before = self.stop.healthy
            self.stop.wire_broken = on
            self._stop_changed(before)
            return
        position = self.position(number)
        if name.startswith("pico_"):
            self._pico_of(number).set_fault(name, checked if on else None, self.now_ns)
            return
        position.pump.set_fault(name, checked if on else None)
        position.let_motorist_act()

    def _pico_of(self, number: int) -> SimulatedPico:
        for pico in self.picos:
            if number in pico.settings.pumps:
                return pico
        raise ValueError(f"pump {number} has no co-processor: see `picos` of the settings")

    def _stop_changed(self, before: bool) -> None:  # noqa: FBT001 - a level, not an option
        healthy = self.stop.healthy
        if healthy == before:
            return
        self.edges.signals.append((self.now_ns, self.settings.emergency_stop_pin, int(not healthy)))
        for position in self._all:
            position.pump.set_stop(healthy=healthy)
            position.let_motorist_act()
