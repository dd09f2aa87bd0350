"""What only a person can know of a station, and the configuration that follows from it."""

from msgspec import Struct
from msgspec.structs import replace

from gateway.config.types import GatewayConfig, MqttSettings, PumpSettings
from gateway.setup.configurations import gateway_settings
from gateway.setup.station.places import CONSOLE, GATEWAY, Installed

MOST_PUMPS = 2
"""Of the standard wiring; more are written into the file by hand."""


class PumpAnswer(Struct, frozen=True, kw_only=True):
    product: str
    pulses_per_litre: int


class Answers(Struct, frozen=True, kw_only=True):
    pumps: list[PumpAnswer]
    """In the order of the standard wiring."""
    pico: str | None = None
    """Serial number of the co-processor that limits them; None: each has a timer."""
    simulated: bool = False


def new_settings(answers: Answers, places: Installed, root_key: str) -> GatewayConfig:
    """Of a station by the standard wiring. Name, keys and broker are the enrolment's to give."""
    state = places.state(GATEWAY)
    settings = gateway_settings(
        GATEWAY,
        pumps=len(answers.pumps),
        kind="simulated" if answers.simulated else "raspberry-pi",
        mqtt=MqttSettings(),
        reader_poll_ms=100,
        root_key=root_key,
        picos=_picos(answers),
    )
    return replace(
        settings,
        gateway=replace(
            settings.gateway, state_dir=str(state), status_socket=str(places.status_socket)
        ),
        hardware=replace(settings.hardware, forecourt_socket=str(places.forecourt_socket)),
        keys=replace(
            settings.keys,
            private_file=str(places.private(GATEWAY)),
            statements_dir=str(places.statements),
        ),
        console=replace(settings.console, receipts_dir=str(places.state(CONSOLE))),
        pumps=_pumps(settings.pumps, answers),
    )


def with_answers(settings: GatewayConfig, answers: Answers) -> GatewayConfig:
    """The settings of a station with other pumps: all else stays as it is, its identity above
    all."""
    fresh = new_settings(answers, Installed(), settings.keys.root_key)
    kind = fresh.hardware.kind
    return replace(
        settings,
        hardware=replace(settings.hardware, kind=kind),
        pumps=fresh.pumps,
        picos=fresh.picos,
    )


def _picos(answers: Answers) -> dict[str, list[int]]:
    if answers.pico is None:
        return {}
    return {answers.pico: list(range(1, len(answers.pumps) + 1))}


def _pumps(pumps: list[PumpSettings], answers: Answers) -> list[PumpSettings]:
    return [
        replace(
            pump,
            product=answer.product,
            calibration_pulses=answer.pulses_per_litre,
            calibration_litres=1,
        )
        for pump, answer in zip(pumps, answers.pumps, strict=True)
    ]
