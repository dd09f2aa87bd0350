"""What lamps and buzzer say for each code."""

from gateway.core.reasons import Reason, Status
from hardware.ports import Indicator, Light

BEEP_MS = {Light.GO: 120, Light.REFUSED: 600, Light.FAULT: 1000}

_LIGHTS: dict[Status | Reason, Light] = {
    Status.READY: Light.READY,
    Status.BALANCE: Light.READY,
    Status.AUTHORISED: Light.GO,
    Status.ASKING: Light.WAIT,
    Status.RESERVED: Light.GO,
    Status.OVERRIDE: Light.WAIT,
    Status.ODOMETER: Light.WAIT,
    Status.HOUR_METER: Light.WAIT,
    Status.METER_AGAIN: Light.WAIT,
    Status.DRIVER_CARD: Light.WAIT,
    Status.VEHICLE_CARD: Light.WAIT,
    Status.CALIBRATION_DRAW: Light.WAIT,
    Status.CALIBRATION_FILL: Light.WAIT,
    Status.CALIBRATION_ACCEPT: Light.WAIT,
    Reason.PUMP_FAULT: Light.FAULT,
    Reason.EMERGENCY_STOP: Light.FAULT,
}


def light(code: Status | Reason) -> Light:
    """The light for a code; a reason without one of its own is a refusal."""
    return _LIGHTS.get(code, Light.REFUSED)


def indicate(indicator: Indicator, code: Status | Reason) -> None:
    shown = light(code)
    indicator.show(shown)
    if shown in BEEP_MS:
        indicator.beep(BEEP_MS[shown])
