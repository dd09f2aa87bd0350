"""All that one forecourt has, at one instant: pumps, readers, stop loop, drivers."""

import random
from dataclasses import dataclass, field

from hardware.simulated.forecourt.edges import Edges
from hardware.simulated.forecourt.motorist import Deed, Motorist, Sight
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.forecourt.reader import Reader
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.wiring import PumpPins, ReaderBus


@dataclass(slots=True)
class StopLoop:
    """Normally closed. Pressed or cut, it is open: valves and motors have no current."""

    pressed: bool = False
    wire_broken: bool = False

    @property
    def healthy(self) -> bool:
        return not (self.pressed or self.wire_broken)


@dataclass(slots=True)
class Position:
    """A place to fill at: one pump, its reader, lamps, and whoever stands there."""

    pins: PumpPins | None
    """None at a third party's pump."""
    bus: ReaderBus
    pump: SimulatedPump
    motorist: Motorist
    reader: Reader = field(default_factory=Reader)
    lamps: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("green", "amber", "red", "buzzer"), 0)
    )

    def transfer(self, data: bytes, now_ns: int) -> bytes:
        """One SPI transfer with this position's reader."""
        dead = self.pump.faults.get("spi_dead")
        return bytes([dead]) * len(data) if dead is not None else self.reader.transfer(data, now_ns)

    def set_output(self, pin: int, level: int) -> None:
        """The gateway's pin has this level now."""
        pins, pump = self.pins, self.pump
        if pins is None:
            raise ValueError(f"pin {pin}: nothing is wired at this pump")
        if pin == pins.enable_relay:
            pump.drive_enable(level)
        elif pin == pins.timer_feed:
            pump.drive_timer_feed(level)
        else:
            self._set_lamp(pins, pin, level)

    def _set_lamp(self, pins: PumpPins, pin: int, level: int) -> None:
        lamp_pins = {
            pins.lamp_green: "green",
            pins.lamp_amber: "amber",
            pins.lamp_red: "red",
            pins.buzzer: "buzzer",
        }
        self.lamps[lamp_pins[pin]] = level
        self.let_motorist_act()

    def let_motorist_act(self) -> None:
        """Call when something changed that a driver can see, or when one is due."""
        motorist, pump = self.motorist, self.pump
        while not motorist.done:
            sight = Sight(
                green=bool(self.lamps["green"]),
                red=bool(self.lamps["red"]),
                flowing=pump.flowing,
                squeezed=pump.squeezed,
            )
            visit = motorist.visit
            match motorist.look(pump.now_ns, sight):
                case None:
                    return
                case Deed.TAP:
                    self.reader.tap(visit.cards)
                case Deed.TAKE_CARD:
                    self.reader.remove()
                case Deed.LIFT:
                    pump.lift()
                case Deed.SQUEEZE:
                    pump.squeeze(visit.lever_until_ml)
                case Deed.RELEASE:
                    pump.release()
                case Deed.HANG:
                    pump.hang()


def positions(settings: ForecourtSettings, edges: Edges, now_ns: int) -> dict[int, Position]:
    """Positions by pump number; each draws its delays from a sequence of its own."""
    places: list[tuple[int, PumpPins | None, ReaderBus]] = [
        *((wired.number, wired.pins, wired.reader) for wired in settings.wiring),
        *((place.number, None, place.reader) for place in settings.readers),
    ]
    return {
        number: Position(
            pins,
            bus,
            SimulatedPump(
                pins,
                settings.physics(number),
                _draws(settings.seed, number, "valve"),
                edges,
                now_ns=now_ns,
                with_pico=settings.has_pico(number),
            ),
            Motorist(_draws(settings.seed, number, "motorist")),
        )
        for number, pins, bus in places
    }


def _draws(seed: int, number: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{number}/{what}")  # noqa: S311 - repeatable, guards nothing
