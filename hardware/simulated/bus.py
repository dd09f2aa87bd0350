"""Stand where `spidev` and `RPi.GPIO` stand, so that the real library talks to simulated chips."""

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeAlias

READ_BIT = 0x80
"""Set in the address byte of a read (MFRC522 data sheet, 8.1.2.3); a write's answer is void."""

Write: TypeAlias = Callable[[int, int, bytes], object]
"""(bus, device, bytes out): one SPI transaction whose answer nobody reads."""
Transfer: TypeAlias = Callable[[int, int, bytes], bytes]
"""(bus, device, bytes out) -> as many bytes in: one SPI transaction. It may raise OSError."""

_NAMES = ("spidev", "RPi", "RPi.GPIO")
_USERS = ("mfrc522", "mfrc522.MFRC522", "mfrc522.SimpleMFRC522")
"""Modules that hold on to ours once imported."""
_MAX_BYTES = 4096

_installed: list[ModuleType] = []


def install(transfer: Transfer, write: Write | None = None) -> None:
    """Put both modules into sys.modules; SPI reads go through `transfer`, writes to `write`,
    or through `transfer` too where there is none.

    RuntimeError when the real ones, or ours, are imported already: a simulator never replaces
    hardware behind anyone's back.
    """
    for name in _NAMES:
        if name in sys.modules:
            whose = "the simulated one: call uninstall first" if _installed else "the real one"
            raise RuntimeError(f"module {name} is imported already and is {whose}")
    spidev = ModuleType("spidev", "Simulated SPI.")
    spidev.SpiDev = _spi_class(transfer, write or transfer)  # type: ignore[attr-defined]
    package = ModuleType("RPi", "Simulated Raspberry Pi.")
    package.__path__ = []
    gpio = _gpio_module()
    package.GPIO = gpio  # type: ignore[attr-defined]
    for name, module in zip(_NAMES, (spidev, package, gpio), strict=True):
        sys.modules[name] = module
        _installed.append(module)


def uninstall() -> None:
    """Take our modules out again, with those that imported them. Nothing when not installed."""
    if not _installed:
        return
    _installed.clear()
    for name in (*_NAMES, *_USERS):
        sys.modules.pop(name, None)


def _spi_class(transfer: Transfer, write: Write) -> type:
    class SpiDev:
        """As much of spidev.SpiDev as mfrc522 uses, with its errors."""

        def __init__(self) -> None:
            self.max_speed_hz = 500_000
            self.mode = 0
            self._at: tuple[int, int] | None = None

        def open(self, bus: int, device: int) -> None:
            self._at = (bus, device)

        def close(self) -> None:
            self._at = None

        def xfer2(self, values: Sequence[int]) -> list[int]:
            if self._at is None:
                raise OSError(9, "Bad file descriptor")
            if not 1 <= len(values) <= _MAX_BYTES:
                raise ValueError(f"{len(values)} bytes, expected 1 to {_MAX_BYTES}")
            if values[0] & READ_BIT:
                return list(transfer(*self._at, bytes(values)))
            write(*self._at, bytes(values))
            return [0] * len(values)

        def xfer(self, values: Sequence[int]) -> list[int]:
            """Chip select falls between bytes on real hardware: one transaction each."""
            return [self.xfer2([value])[0] for value in values]

    return SpiDev


def _gpio_module() -> ModuleType:
    """RPi.GPIO for what mfrc522 does with it: hold the chip's reset pin high."""
    gpio = ModuleType("RPi.GPIO", "Simulated pins; nothing is wired to them.")
    modes: list[int] = []
    constants = {"BOARD": 10, "BCM": 11, "OUT": 0, "IN": 1, "LOW": 0, "HIGH": 1}
    for name, value in constants.items():
        setattr(gpio, name, value)

    def getmode() -> int | None:
        return modes[-1] if modes else None

    def setmode(mode: int) -> None:
        if modes and modes[-1] != mode:
            raise ValueError("A different mode has already been set!")
        modes.append(mode)

    def setup(channel: int, direction: int) -> None:
        if not modes:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode")
        if channel not in range(41) or direction not in (0, 1):
            raise ValueError(f"pin {channel}, direction {direction}: no such pin or direction")

    def output(channel: int, value: int) -> None:
        if channel not in range(41) or value not in (0, 1):
            raise ValueError(f"pin {channel}, level {value}: no such pin or level")

    def cleanup() -> None:
        modes.clear()

    def setwarnings(flag: bool) -> None:  # noqa: FBT001
        bool(flag)

    for function in (getmode, setmode, setup, output, cleanup, setwarnings):
        setattr(gpio, function.__name__, function)
    return gpio
