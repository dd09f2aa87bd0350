"""A simulated station for the doctor: its configuration, wired as it is or otherwise."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig, MqttSettings, PumpSettings
from gateway.doctor.verdict import Verdict
from gateway.setup.configurations import gateway_settings
from gateway.setup.toml_text import toml_text
from hardware.wiring import PumpPins

ROOT_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
"""Of RFC 8032's first test: any that is one."""
UNWIRED = 7
"""A pin of SPI, to which the forecourt has nothing wired: it reads low."""


def configured(
    socket: Path, *, pumps: int = 1, picos: dict[str, list[int]] | None = None
) -> GatewayConfig:
    settings = gateway_settings(
        "gateway",
        pumps=pumps,
        kind="simulated",
        mqtt=MqttSettings(protocol="3.1.1"),
        reader_poll_ms=100,
        root_key=ROOT_KEY,
        picos=picos or {},
    )
    file = socket.parent / "gateway.toml"
    file.write_text(toml_text(settings))
    return load_gateway(file)


def rewired(config: GatewayConfig, **pins: Any) -> PumpSettings:
    """The first pump with other pins than the forecourt has."""
    pump = config.pumps[0]
    assert isinstance(pump.pins, PumpPins)
    return replace(pump, pins=replace(pump.pins, **pins))


def code_of(verdicts: list[Verdict], check: str, of: str = "pump 1") -> str:
    (one,) = [one for one in verdicts if (one.check, one.of) == (check, of)]
    return one.code
