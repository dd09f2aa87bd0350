"""Which pins the gateway may drive, and what any other pin is."""

from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.wiring import PumpWiring

OUTPUTS = ("enable_relay", "timer_feed", "lamp_green", "lamp_amber", "lamp_red", "buzzer")
INPUTS = ("enable_readback", "timer_readback", "nozzle", "pulser")


def outputs_of(wiring: PumpWiring) -> list[int]:
    pins = [getattr(wiring.pins, name) for name in OUTPUTS]
    return [pin for pin in pins if pin is not None]


def input_name(settings: ForecourtSettings, pin: int) -> str:
    """Words for a pin that is no output."""
    if pin == settings.emergency_stop_pin:
        return "the emergency stop's"
    for wiring in settings.wiring:
        for name in INPUTS:
            if getattr(wiring.pins, name) == pin:
                return f"pump {wiring.number}'s {name}"
    return "not wired"
