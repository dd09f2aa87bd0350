"""The README's table of the Pico's pins and what the configuration says of each; scripts/diagram.py
puts it into README.md."""

from wiring_picture import PICO_DEVICES, PICO_SHARED

from firmware import pins

SETTINGS = {
    "pulser_a": "`calibration_pulses`, `calibration_litres`",
    "pulser_b": '`pulser_channels = "ab"`',
    "contact": '`limiter = "pico"`',
    "stage": "`slow_flow_ml_per_min`, `slow_ml`",
    "readback": "",
    "nozzle": "wired to the Pi's `nozzle` too",
    "stop": "wired to the Pi's `emergency_stop_pin` too",
    "power_good": "",
    "fram": "found by itself",
    "usb": "`serial_number` (or `port`) and `lease_ms` of `[[picos]]`",
}


def markdown() -> str:
    first, second = pins.PUMPS.values()
    rows = [
        "| first pump in `pumps` | second | what is wired there | in `gateway.toml` |",
        "|---|---|---|---|",
    ]
    for name, (device, _) in PICO_DEVICES.items():
        places = f"GP{getattr(first, name)} | GP{getattr(second, name)}"
        rows.append(f"| {places} | {device} | {SETTINGS[name]} |")
    for name, (place, device, _) in PICO_SHARED.items():
        rows.append(f"| {place} | | {device} | {SETTINGS[name]} |")
    return "\n".join(rows)
