"""Checks between the pumps of a gateway: numbers, pins, readers, contacts, calibration."""

from collections.abc import Iterable, Iterator

from msgspec.structs import asdict

from gateway.config.problems import Problem
from gateway.config.types import GatewayConfig, PumpSettings
from gateway.core.units import Calibration
from hardware.wiring import PumpPins, ReaderBus

I2C_PINS = {0: {0: "SDA", 1: "SCL"}, 1: {2: "SDA", 3: "SCL"}}
"""BCM pins of the buses that every Raspberry Pi has; others are put where an overlay says."""
SPI_PINS = {
    0: {7: "CE1", 8: "CE0", 9: "MISO", 10: "MOSI", 11: "SCLK"},
    1: {16: "CE2", 17: "CE1", 18: "CE0", 19: "MISO", 20: "MOSI", 21: "SCLK"},
}
"""BCM pins of each bus, as the Raspberry Pi's device tree overlays set them by default."""


def pump_problems(config: GatewayConfig) -> Iterator[Problem]:
    """What does not go together among the pumps."""
    pumps = [(f"pumps[no. {count}]", pump) for count, pump in enumerate(config.pumps, start=1)]
    yield from _repeated("a number", ((f"{key}.number", pump.number) for key, pump in pumps))
    yield from _repeated(
        "a reader's bus and device", ((f"{key}.reader", _bus(pump.reader)) for key, pump in pumps)
    )
    yield from _repeated(
        "a display's bus and address",
        (
            (f"{key}.display", f"/dev/i2c-{pump.display.i2c_bus}, {pump.display.i2c_address:#x}")
            for key, pump in pumps
            if pump.display is not None
        ),
    )
    yield from _repeated("a pin", _pins(config, pumps))
    for key, pump in pumps:
        yield from _one_pump(key, pump, accept_single=config.hardware.accept_single_channel)
    yield from _picos(config)


def _repeated(what: str, uses: Iterable[tuple[str, object]]) -> Iterator[Problem]:
    first: dict[object, str] = {}
    for key, value in uses:
        if value in first:
            yield Problem(key, f"{what} of its own", f"{value}, which is {first[value]}")
        first.setdefault(value, key)


def _bus(reader: ReaderBus) -> str:
    return f"/dev/spidev{reader.spi_bus}.{reader.spi_device}"


def _pins(
    config: GatewayConfig, pumps: list[tuple[str, PumpSettings]]
) -> Iterator[tuple[str, object]]:
    # SPI 0 is kept even where no reader is on it: the README's wiring has it there.
    for bus in {0} | {pump.reader.spi_bus for _, pump in pumps}:
        for pin, line in SPI_PINS[bus].items():
            yield f"{line} of SPI {bus}", pin
    for bus in {pump.display.i2c_bus for _, pump in pumps if pump.display is not None}:
        for pin, line in I2C_PINS.get(bus, {}).items():
            yield f"{line} of I2C {bus}", pin
    resets: dict[int, str] = {}
    for key, pump in pumps:
        resets.setdefault(pump.reader.reset_pin, f"{key}.reader.reset_pin")
    yield from ((key, pin) for pin, key in resets.items())
    yield "hardware.emergency_stop_pin", config.hardware.emergency_stop_pin
    if config.hardware.ups_pin is not None:
        yield "hardware.ups_pin", config.hardware.ups_pin
    for key, pump in pumps:
        for name, pin in asdict(pump.pins).items() if pump.pins is not None else ():
            if pin is not None:
                yield f"{key}.pins.{name}", pin


def _picos(config: GatewayConfig) -> Iterator[Problem]:
    picos = [(f"picos[no. {count}]", pico) for count, pico in enumerate(config.picos, start=1)]
    for key, pico in picos:
        if (pico.serial_number is None) == (pico.port is None):
            yield Problem(
                f"{key}.serial_number",
                "serial_number or port, one of them",
                "both" if pico.port else "neither",
                "`takar pico status` lists what is plugged in.",
            )
    yield from _repeated(
        "a serial number",
        ((key, p.serial_number.casefold()) for key, p in picos if p.serial_number),
    )
    yield from _repeated("a port", ((key, p.port) for key, p in picos if p.port))
    at_picos = [(f"{key}.pumps", f"pump {number}") for key, p in picos for number in p.pumps]
    yield from _repeated("a pump", at_picos)
    limited = {f"pump {pump.number}" for pump in config.pumps if pump.limiter == "pico"}
    for key, name in at_picos:
        if name not in limited:
            yield Problem(key, 'pumps with limiter = "pico"', name)
    for name in sorted(limited - {name for _, name in at_picos}):
        yield Problem(
            "picos",
            f"the co-processor of {name}",
            "none that names it",
            "Add a section [[picos]] with its serial_number and pumps.",
        )


def _one_pump(key: str, pump: PumpSettings, *, accept_single: bool) -> Iterator[Problem]:
    yield from _authorise_only(key, pump) if pump.mode == "authorise_only" else _valve(key, pump)
    if pump.pins is not None:
        yield from _second_contact(key, pump, pump.pins, accept_single=accept_single)
    if pump.slow_flow_ml_per_min is not None and pump.limiter != "pico":
        yield Problem(
            f"{key}.slow_flow_ml_per_min",
            'a pump with limiter = "pico"',
            f'limiter = "{pump.limiter}"',
            "Only a co-processor drives a two-stage valve. Leave the key out, or fit a Pico.",
        )
    if pump.reader.spi_bus == 0 and pump.reader.spi_device == 2:
        yield Problem(f"{key}.reader.spi_device", "0 or 1, for SPI 0 has two", "2")
    try:
        Calibration(pump.calibration_pulses, pump.calibration_litres)
    except ValueError:
        yield Problem(
            f"{key}.calibration_pulses",
            "1 to 250 pulses per litre",
            f"{pump.calibration_pulses} pulses for {pump.calibration_litres} L",
        )


def _valve(key: str, pump: PumpSettings) -> Iterator[Problem]:
    if pump.pins is None:
        yield Problem(
            f"{key}.pins",
            f"a section [{key}.pins]",
            "nothing",
            'Only a pump with mode = "authorise_only", a third party\'s, has none.',
        )
    if pump.station is not None:
        yield Problem(
            f"{key}.station",
            'a pump with mode = "authorise_only"',
            f'mode = "{pump.mode}"',
            "It names the third party whose invoice is matched. Leave the key out.",
        )


def _authorise_only(key: str, pump: PumpSettings) -> Iterator[Problem]:
    if pump.station is None:
        yield Problem(
            f"{key}.station",
            "the third party's station, such as spbu-54.851.01",
            "nothing",
            "Its invoices are matched by this name.",
        )
    if pump.pins is not None:
        yield Problem(
            f"{key}.pins",
            "no pins, for nothing of ours may be fitted to a third party's pump",
            "a section",
            'Leave it out, or set mode = "valve".',
        )
    if pump.limiter != "timer":
        yield Problem(
            f"{key}.limiter",
            'a pump with mode = "valve"',
            f'mode = "{pump.mode}"',
            "There is no valve to limit. Leave the key out.",
        )


def _second_contact(
    key: str, pump: PumpSettings, pins: PumpPins, *, accept_single: bool
) -> Iterator[Problem]:
    has_feed, has_readback = pins.timer_feed is not None, pins.timer_readback is not None
    if has_feed != has_readback:
        yield Problem(
            f"{key}.pins.{'timer_readback' if has_feed else 'timer_feed'}",
            "timer_feed and timer_readback, or neither",
            "nothing",
        )
    if not has_feed and not accept_single and pump.limiter == "timer":
        yield Problem(
            f"{key}.pins.timer_feed",
            "the pin that feeds the retriggerable timer",
            "nothing",
            "Without a second contact a crash can leave the valve open. Fit the timer, or set "
            "hardware.accept_single_channel = true and give up safe quotas after a crash.",
        )
