"""The configurations of a new city, as plain defaults for one machine."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from msgspec.structs import replace

from gateway.config.types import (
    CentralConfig,
    CentralIdentity,
    ConsoleCode,
    ConsoleSettings,
    GatewayConfig,
    GatewayKeySettings,
    HardwareSettings,
    Identity,
    KeySettings,
    MqttSettings,
    PicoSettings,
    PumpSettings,
)
from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING

PRODUCTS = ("pertamax", "dexlite")
"""Of pumps 1 and 2."""
NO_PICOS: Mapping[str, Sequence[int]] = MappingProxyType({})
DEFAULT_CONSOLE = ConsoleSettings()
HOLD_MS = 300
CITY = "kota-kupang"
ZONE = "Asia/Makassar"


def gateway_names(count: int) -> list[str]:
    """`gateway`, `gateway-02`, ...: also the names of their files and folders."""
    return ["gateway", *(f"gateway-{number:02}" for number in range(2, count + 1))]


def gateway_settings(
    name: str,
    *,
    pumps: int,
    kind: Literal["raspberry-pi", "simulated"],
    mqtt: MqttSettings,
    reader_poll_ms: int,
    root_key: str,
    picos: Mapping[str, Sequence[int]] = NO_PICOS,
    hold_ms: int = HOLD_MS,
    station: str | None = None,
    console: ConsoleSettings = DEFAULT_CONSOLE,
    console_codes: Sequence[ConsoleCode] = (),
) -> GatewayConfig:
    """A gateway wired as the README shows, with `pumps` (1 or 2) pumps.

    `picos`: the pumps that each co-processor limits, by its serial number. `hold_ms`: how long a
    limiter lets fuel flow that hears nothing of the gateway. `station`: a third party's, where
    there is one pump of theirs, and nothing of ours but its reader."""
    limited = {number for numbers in picos.values() for number in numbers}
    suffix = name.removeprefix("gateway")
    pump_settings = [
        PumpSettings(
            number=wiring.number,
            product=product,
            limiter="pico" if wiring.number in limited else "timer",
            timer_hold_ms=hold_ms,
            reader_poll_ms=reader_poll_ms,
            reader=wiring.reader,
            # A key that nobody has fitted would read as turned.
            pins=wiring.pins if kind == "simulated" else replace(wiring.pins, bypass=None),
        )
        for wiring, product in zip(DEMO_WIRING[:pumps], PRODUCTS, strict=False)
    ]
    if station is not None:
        pump_settings = [_theirs(station, reader_poll_ms)]
    return GatewayConfig(
        gateway=Identity(
            name=name, city_timezone=ZONE, state_dir=name, status_socket=f"{name}.sock"
        ),
        hardware=HardwareSettings(
            kind=kind,
            forecourt_socket=f"forecourt{suffix}.sock",
            emergency_stop_pin=DEMO_STOP_PIN,
        ),
        pumps=pump_settings,
        picos=[
            PicoSettings(serial_number=serial, pumps=[*numbers], lease_ms=hold_ms)
            for serial, numbers in picos.items()
            if station is None
        ],
        keys=GatewayKeySettings(
            private_file=_private_file(name),
            root_key=root_key,
            statements_dir=f"keys/{name}/central",
        ),
        mqtt=mqtt,
        console=console,
        console_codes=[*console_codes],
    )


def _theirs(station: str, reader_poll_ms: int) -> PumpSettings:
    return PumpSettings(
        number=1,
        mode="authorise_only",
        product=PRODUCTS[0],
        station=station,
        reader_poll_ms=reader_poll_ms,
        reader=DEMO_WIRING[0].reader,
    )


def central_settings(mqtt: MqttSettings, root_key: str) -> CentralConfig:
    return CentralConfig(
        central=CentralIdentity(city=CITY, city_timezone=ZONE),
        keys=KeySettings(private_file=_private_file("central"), root_key=root_key),
        mqtt=mqtt,
    )


def _private_file(owner: str) -> str:
    return f"keys/{owner}/{owner}.pem"
