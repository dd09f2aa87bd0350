"""Open every device of a gateway: the real ones, or those of a simulated forecourt."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gpiozero.pins import Factory

from hardware.board import Board
from hardware.clock import MachineClock
from hardware.gpio.emergency_stop import GpioEmergencyStop
from hardware.gpio.factory import raspberry_pi_factory
from hardware.gpio.supply import GpioSupply
from hardware.ports import Clock, EmergencyStop, HardwareError, Supply, Witness
from hardware.pump.pico import PicoChannel
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import by_path, by_serial
from hardware.pump.pico_witness import PicoWitness
from hardware.simulated.bus import install, uninstall
from hardware.simulated.client import ForecourtClient
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.display import simulate_displays
from hardware.simulated.pins import SimulatedFactory
from hardware.unfitted import NoEmergencyStop
from hardware.unit import PumpParts, check_channels, open_unit
from hardware.unit import PumpUnit as PumpUnit
from hardware.wiring import PicoWiring


@dataclass(frozen=True, slots=True)
class Hardware:
    """All devices, by pump number. In simulated time `clock` is a SimulatedClock."""

    clock: Clock
    emergency_stop: EmergencyStop
    pumps: dict[int, PumpUnit]
    devices: ExitStack
    witnesses: tuple[Witness, ...] = ()
    """Co-processors that remember how far the ledger is."""
    board: Board | None = None
    """None: there is none, as in a simulation that has no time of its own."""
    supply: Supply | None = None
    """None: no UPS tells."""

    def close(self) -> None:
        """Shut every valve, then release everything. One that fails does not spare the rest."""
        self.devices.close()


def assemble(
    kind: Literal["raspberry-pi", "simulated"],
    pumps: Sequence[PumpParts],
    emergency_stop_pin: int,
    forecourt_socket: Path,
    *,
    accept_single_channel: bool = False,
    picos: Sequence[PicoWiring] = (),
    ups_pin: int | None = None,
) -> Hardware:
    """Open the devices, valves shut. One that fails names itself in a HardwareError, and none
    stays open then; a simulator never stands in for an absent device."""
    limited = {channel.pump for pico in picos for channel in pico.channels}
    for parts in pumps:
        if parts.pins is not None and parts.number not in limited:
            check_channels(parts.number, parts.pins, accept_single=accept_single_channel)
    with ExitStack() as opened:
        clock, factory = open_ground(kind, forecourt_socket, opened)
        stop = _open_stop(pumps, emergency_stop_pin, factory)
        opened.callback(stop.close)
        supply = _open_supply(ups_pin, factory, opened)
        if kind == "simulated":
            opened.callback(simulate_displays(parts.display for parts in pumps))
        folder = forecourt_socket.absolute().parent if kind == "simulated" else None
        witnesses, channels = _open_picos(picos, folder, clock, opened)
        units = {
            parts.number: open_unit(parts, channels.get(parts.number), stop, clock, factory, opened)
            for parts in pumps
        }
        for unit in units.values():
            opened.callback(unit.pump.shut)
        board = Board() if folder is None else Board(folder / "sys", folder / "synchronized")
        return Hardware(clock, stop, units, opened.pop_all(), witnesses, board, supply)


def open_ground(kind: str, socket: Path, opened: ExitStack) -> tuple[Clock, Factory]:
    """What every device of a station stands on: time and pins, and the buses of a simulated one.
    `opened` closes them. HardwareError where there are none."""
    if kind == "raspberry-pi":
        factory = raspberry_pi_factory()
        opened.callback(factory.close)
        return MachineClock(), factory
    client = ForecourtClient(socket)
    opened.callback(client.close)
    install(client.spi, client.spi_write)
    opened.callback(uninstall)
    clock = SimulatedClock(client) if client.time == "simulated" else MachineClock()
    factory = SimulatedFactory(client, clock)
    opened.callback(factory.close)
    return clock, factory


def _open_picos(
    picos: Sequence[PicoWiring], simulated: Path | None, clock: Clock, opened: ExitStack
) -> tuple[tuple[Witness, ...], dict[int, PicoChannel]]:
    """Each of them, and its channels by pump. `simulated`: the folder of the forecourt's ports,
    instead of the machine's."""
    witnesses: list[Witness] = []
    channels: dict[int, PicoChannel] = {}
    for wiring in picos:
        link = open_link(wiring.serial_number, wiring.port, wiring.lease_ms, simulated, clock)
        opened.callback(link.close)
        witnesses.append(PicoWitness(link, wiring.serial_number or str(wiring.port)))
        for place, channel in enumerate(wiring.channels, start=1):
            channels[channel.pump] = PicoChannel(
                link, place, channel.pulser_channels, channel.least_gap_us
            )
    return tuple(witnesses), channels


def open_link(
    serial_number: str | None,
    port: str | None,
    lease_ms: int,
    simulated: Path | None,
    clock: Clock,
    *,
    to_flash: bool = False,
) -> PicoLink:
    """A co-processor, found and greeted. HardwareError names it and says what to check.
    `to_flash`: of another version too."""
    if port is not None:
        find = by_path(Path(port))
    elif serial_number is not None:
        find = by_serial(serial_number, simulated)
    else:
        raise HardwareError("a co-processor: expected its serial_number or its port, found neither")
    return PicoLink(find, clock, serial_number, lease_ms, to_flash=to_flash)


def _open_stop(pumps: Sequence[PumpParts], pin: int, factory: Factory) -> EmergencyStop:
    """Where there is nothing to stop, its loop is not wired, and an open loop would read as one
    that is pressed."""
    if all(parts.pins is None for parts in pumps):
        return NoEmergencyStop()
    return GpioEmergencyStop(pin, factory)


def _open_supply(pin: int | None, factory: Factory, opened: ExitStack) -> Supply | None:
    if pin is None:
        return None
    supply = GpioSupply(pin, factory)
    opened.callback(supply.close)
    return supply
