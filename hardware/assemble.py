"""Open every device of a gateway: the real ones, or those of a simulated forecourt."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gpiozero.pins import Factory

from gateway.core.units import NS_PER_MS
from hardware.clock import MachineClock
from hardware.display.hd44780 import Hd44780Display
from hardware.gpio.emergency_stop import GpioEmergencyStop
from hardware.gpio.factory import raspberry_pi_factory
from hardware.gpio.indicator import GpioIndicator
from hardware.gpio.nozzle import GpioNozzle
from hardware.ports import (
    CharacterDisplay,
    Clock,
    EmergencyStop,
    HardwareError,
    Indicator,
    Nozzle,
    Pump,
    TagReader,
    Witness,
)
from hardware.pump.gpio import GpioPump
from hardware.pump.pico import PicoChannel, PicoPump
from hardware.pump.pico_faults import Senses
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import by_path, by_serial
from hardware.pump.pico_witness import PicoWitness
from hardware.simulated.bus import install, uninstall
from hardware.simulated.client import ForecourtClient
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.display import simulate_displays
from hardware.simulated.pins import SimulatedFactory
from hardware.tag_reader.reader import Mfrc522Reader
from hardware.wiring import DisplayBus, PicoWiring, PumpPins, ReaderBus


class PumpParts(Protocol):
    """What must be known of a pump to open it: PumpWiring, or a pump's settings."""

    @property
    def number(self) -> int: ...
    @property
    def pins(self) -> PumpPins: ...
    @property
    def reader(self) -> ReaderBus: ...
    @property
    def display(self) -> DisplayBus | None: ...
    @property
    def timer_hold_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PumpUnit:
    reader: TagReader
    pump: Pump
    nozzle: Nozzle
    indicator: Indicator
    display: CharacterDisplay | None = None


@dataclass(frozen=True, slots=True)
class Hardware:
    """All devices, by pump number. In simulated time `clock` is a SimulatedClock."""

    clock: Clock
    emergency_stop: EmergencyStop
    pumps: dict[int, PumpUnit]
    devices: ExitStack
    witnesses: tuple[Witness, ...] = ()
    """Co-processors that remember how far the ledger is."""

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
) -> Hardware:
    """Open the devices, valves shut. One that fails names itself in a HardwareError, and none
    stays open then; a simulator never stands in for an absent device."""
    limited = {channel.pump for pico in picos for channel in pico.channels}
    for parts in pumps:
        if parts.number not in limited:
            _check_channels(parts, accept_single_channel=accept_single_channel)
    with ExitStack() as opened:
        clock, factory = _ground(kind, forecourt_socket, opened)
        stop = GpioEmergencyStop(emergency_stop_pin, factory)
        opened.callback(stop.close)
        if kind == "simulated":
            opened.callback(simulate_displays(parts.display for parts in pumps))
        folder = forecourt_socket.absolute().parent if kind == "simulated" else None
        witnesses, channels = _open_picos(picos, folder, clock, opened)
        units = {
            parts.number: _open_unit(
                parts, channels.get(parts.number), stop, clock, factory, opened
            )
            for parts in pumps
        }
        for unit in units.values():
            opened.callback(unit.pump.shut)
        return Hardware(clock, stop, units, opened.pop_all(), witnesses)


def _ground(kind: str, socket: Path, opened: ExitStack) -> tuple[Clock, Factory]:
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


def _open_unit(
    parts: PumpParts,
    channel: PicoChannel | None,
    stop: EmergencyStop,
    clock: Clock,
    factory: Factory,
    opened: ExitStack,
) -> PumpUnit:
    with _of_pump(parts.number):
        # The valve first: whatever fails after it, both contacts have been told to break.
        pump: GpioPump | PicoPump
        if channel is None:
            pump = GpioPump(parts.pins, clock, factory, parts.timer_hold_ms * NS_PER_MS)
        else:
            pump = PicoPump(parts.pins, channel, clock, factory)
        opened.callback(pump.close)
        nozzle = GpioNozzle(parts.pins.nozzle, factory)
        opened.callback(nozzle.close)
        if isinstance(pump, PicoPump):
            pump.compare_with(Senses(nozzle, stop))
        indicator = GpioIndicator(parts.pins, clock, factory)
        opened.callback(indicator.close)
        reader = Mfrc522Reader(
            parts.reader.spi_bus,
            parts.reader.spi_device,
            clock,
            reset_pin=parts.reader.reset_pin,
        )
        opened.callback(reader.close)
        display = _open_display(parts, opened)
        return PumpUnit(reader, pump, nozzle, indicator, display)


def _open_display(parts: PumpParts, opened: ExitStack) -> CharacterDisplay | None:
    """In the background: one that is absent or broken keeps no pump from starting."""
    if parts.display is None:
        return None
    display = Hd44780Display(parts.display, f"pump {parts.number}'s display")
    opened.callback(display.close)
    return display


@contextmanager
def _of_pump(number: int) -> Iterator[None]:
    try:
        yield
    except HardwareError as error:
        raise HardwareError(f"pump {number}: {error}") from error


def _check_channels(parts: PumpParts, *, accept_single_channel: bool) -> None:
    fitted = {parts.pins.timer_feed is not None, parts.pins.timer_readback is not None}
    if fitted == {True, False}:
        raise HardwareError(
            f"pump {parts.number}: expected both timer_feed and timer_readback, or neither; "
            "found one of them: add the other pin"
        )
    if fitted == {False} and not accept_single_channel:
        raise HardwareError(
            f"pump {parts.number}: expected a retriggerable timer in series with the relay, found "
            "no timer_feed; fit one, or set accept_single_channel = true and accept that quotas "
            "are not safe after a crash"
        )
