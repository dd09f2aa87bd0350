"""One place to fill at: its reader, and what else is wired there."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from gpiozero.pins import Factory

from gateway.core.units import NS_PER_MS
from hardware.display.hd44780 import Hd44780Display
from hardware.gpio.bypass import GpioBypassKey
from hardware.gpio.indicator import GpioIndicator
from hardware.gpio.nozzle import GpioNozzle
from hardware.ports import (
    BypassKey,
    CharacterDisplay,
    Clock,
    EmergencyStop,
    HardwareError,
    Indicator,
    Nozzle,
    Pump,
    TagReader,
)
from hardware.pump.gpio import GpioPump
from hardware.pump.pico import PicoChannel, PicoPump
from hardware.pump.pico_faults import Senses
from hardware.tag_reader.reader import Mfrc522Reader
from hardware.unfitted import NoIndicator, NoNozzle, NoPump
from hardware.wiring import DisplayBus, PumpPins, ReaderBus


class PumpParts(Protocol):
    """What must be known of a pump to open it: PumpWiring, or a pump's settings."""

    @property
    def number(self) -> int: ...
    @property
    def pins(self) -> PumpPins | None:
        """None: a third party's pump, with nothing of ours but the reader."""

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
    bypass: BypassKey | None = None


def open_unit(
    parts: PumpParts,
    channel: PicoChannel | None,
    stop: EmergencyStop,
    clock: Clock,
    factory: Factory,
    opened: ExitStack,
) -> PumpUnit:
    """HardwareError names the pump; `opened` closes what was opened until then."""
    with _of_pump(parts.number):
        # The valve first: whatever fails after it, both contacts have been told to break.
        pump: Pump = NoPump()
        nozzle: Nozzle = NoNozzle()
        indicator: Indicator = NoIndicator()
        if parts.pins is not None:
            hold_ns = parts.timer_hold_ms * NS_PER_MS
            pump, nozzle = _open_pump(parts.pins, hold_ns, channel, stop, clock, factory, opened)
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
        bypass = _open_bypass(parts.pins, factory, opened)
        return PumpUnit(reader, pump, nozzle, indicator, display, bypass)


def _open_pump(
    pins: PumpPins,
    hold_ns: int,
    channel: PicoChannel | None,
    stop: EmergencyStop,
    clock: Clock,
    factory: Factory,
    opened: ExitStack,
) -> tuple[Pump, Nozzle]:
    pump: GpioPump | PicoPump
    if channel is None:
        pump = GpioPump(pins, clock, factory, hold_ns)
    else:
        pump = PicoPump(pins, channel, clock, factory)
    opened.callback(pump.close)
    nozzle = GpioNozzle(pins.nozzle, factory)
    opened.callback(nozzle.close)
    if isinstance(pump, PicoPump):
        pump.compare_with(Senses(nozzle, stop))
    return pump, nozzle


def _open_bypass(pins: PumpPins | None, factory: Factory, opened: ExitStack) -> BypassKey | None:
    if pins is None or pins.bypass is None:
        return None
    key = GpioBypassKey(pins.bypass, factory)
    opened.callback(key.close)
    return key


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


def check_channels(number: int, pins: PumpPins, *, accept_single: bool) -> None:
    """HardwareError where a second contact in series is missing, and that was not accepted."""
    fitted = {pins.timer_feed is not None, pins.timer_readback is not None}
    if fitted == {True, False}:
        raise HardwareError(
            f"pump {number}: expected both timer_feed and timer_readback, or neither; "
            "found one of them: add the other pin"
        )
    if fitted == {False} and not accept_single:
        raise HardwareError(
            f"pump {number}: expected a retriggerable timer in series with the relay, found "
            "no timer_feed; fit one, or set accept_single_channel = true and accept that quotas "
            "are not safe after a crash"
        )
