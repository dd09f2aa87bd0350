"""What only a person can know of a station, and the configuration that follows from it."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.config.types import GatewayConfig, MqttSettings, PicoSettings, PumpSettings
from gateway.setup.configurations import gateway_settings
from gateway.setup.station.installed import installed
from gateway.setup.station.places import GATEWAY, Installed

MOST_PUMPS = 2
"""Of the standard wiring; more are written into the file by hand."""


class PumpAnswer(Struct, frozen=True, kw_only=True):
    product: str
    pulses_per_litre: int | None
    """None: as configured; only of a pump that there is already."""


class Answers(Struct, frozen=True, kw_only=True):
    pumps: list[PumpAnswer]
    """In the order of the standard wiring, or of the configuration that is changed."""
    pico: str | None = None
    """Serial number of the co-processor that limits them; None: each has a timer."""
    same_limiters: bool = False
    """Each pump that there is already keeps its limiter, whatever `pico` says; it is said of
    pumps that are added."""
    simulated: bool = False


def new_settings(answers: Answers, places: Installed, root_key: str) -> GatewayConfig:
    """Of a station by the standard wiring. Name, keys and broker are the enrolment's to give."""
    settings = gateway_settings(
        GATEWAY,
        pumps=len(answers.pumps),
        kind="simulated" if answers.simulated else "raspberry-pi",
        mqtt=MqttSettings(),
        reader_poll_ms=100,
        root_key=root_key,
        picos=_picos(answers),
    )
    return replace(installed(settings, places), pumps=_pumps(settings.pumps, answers))


def with_answers(settings: GatewayConfig, answers: Answers) -> GatewayConfig:
    """The settings of a station with other pumps. All that nobody is asked for stays as it is: its
    identity above all, and of each pump that stays its pins, reader, valve and corrected ratio.

    Another kind of hardware has the standard wiring's pins and readers again.
    """
    asked = replace(answers, pumps=answers.pumps[:MOST_PUMPS])
    standard = new_settings(asked, Installed(), settings.keys.root_key)
    kept = [
        _changed(pump, answer, answers)
        for pump, answer in zip(settings.pumps, answers.pumps, strict=False)
    ]
    if standard.hardware.kind != settings.hardware.kind:
        wired = {pump.number: pump for pump in standard.pumps}
        kept = [_rewired(pump, wired.get(pump.number)) for pump in kept]
    pumps = [*kept, *standard.pumps[len(kept) :]]
    return replace(
        settings,
        hardware=replace(settings.hardware, kind=standard.hardware.kind),
        pumps=pumps,
        picos=[*_changed_picos(settings.picos, pumps, answers)],
    )


def _changed(pump: PumpSettings, answer: PumpAnswer, answers: Answers) -> PumpSettings:
    changed = replace(pump, product=answer.product)
    if answer.pulses_per_litre is not None:
        changed = replace(changed, calibration_pulses=answer.pulses_per_litre, calibration_litres=1)
    if answers.same_limiters or pump.mode == "authorise_only":
        return changed
    return replace(changed, limiter="timer" if answers.pico is None else "pico")


def _rewired(pump: PumpSettings, standard: PumpSettings | None) -> PumpSettings:
    if standard is None or pump.mode == "authorise_only":
        return pump
    return replace(pump, pins=standard.pins, reader=standard.reader)


def _changed_picos(
    before: Sequence[PicoSettings], pumps: Sequence[PumpSettings], answers: Answers
) -> Iterator[PicoSettings]:
    """Those that limit any of these pumps; which channel is whose stays as it is."""
    limited = [pump.number for pump in pumps if pump.limiter == "pico"]
    known = [one for one in before if answers.same_limiters or one.serial_number == answers.pico]
    if answers.pico is not None and answers.pico not in [one.serial_number for one in known]:
        known.append(PicoSettings(serial_number=answers.pico, pumps=[]))
    placed = [number for one in known for number in one.pumps]
    for one in known:
        numbers = [number for number in one.pumps if number in limited]
        if answers.pico is not None and one.serial_number == answers.pico:
            numbers += [number for number in limited if number not in placed]
        if numbers:
            yield replace(one, pumps=numbers)


def _picos(answers: Answers) -> dict[str, list[int]]:
    if answers.pico is None:
        return {}
    return {answers.pico: list(range(1, len(answers.pumps) + 1))}


def _pumps(pumps: list[PumpSettings], answers: Answers) -> list[PumpSettings]:
    told = zip(pumps, answers.pumps, strict=True)
    return [_changed(pump, answer, replace(answers, same_limiters=True)) for pump, answer in told]
