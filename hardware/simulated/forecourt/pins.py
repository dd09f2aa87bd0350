"""Which pins the gateway may drive, and what any other pin is."""

from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.wiring import PumpPins

OUTPUTS = ("enable_relay", "timer_feed", "lamp_green", "lamp_amber", "lamp_red", "buzzer")
INPUTS = ("enable_readback", "timer_readback", "nozzle", "pulser", "bypass")


def outputs_of(pins: PumpPins | None) -> list[int]:
    """None at a third party's pump, where nothing is wired."""
    wired = [getattr(pins, name) for name in OUTPUTS] if pins is not None else []
    return [pin for pin in wired if pin is not None]


def input_name(settings: ForecourtSettings, pin: int) -> str:
    """Words for a pin that is no output."""
    if pin == settings.emergency_stop_pin:
        return "the emergency stop's"
    if pin == settings.ups_pin:
        return "the UPS's"
    for wiring in settings.wiring:
        for name in INPUTS:
            if getattr(wiring.pins, name) == pin:
                return f"pump {wiring.number}'s {name}"
    return "not wired"
