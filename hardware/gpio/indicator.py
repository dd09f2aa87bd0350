"""Three lamps and a buzzer, told the time instead of keeping it."""

from contextlib import ExitStack
from dataclasses import dataclass

from gpiozero import OutputDevice
from gpiozero.pins import Factory

from gateway.core.units import NS_PER_MS
from hardware.gpio.naming import named
from hardware.ports import Clock, Light
from hardware.wiring import PumpPins

BLINK_HALF_NS = 500 * NS_PER_MS
"""Once a second: seen at a glance, and well under the 3 a second that disturb people."""


@dataclass(frozen=True, slots=True)
class Pattern:
    lamp: str | None
    blinks: bool = False


PATTERNS: dict[Light, Pattern] = {
    Light.OFF: Pattern(None),
    Light.READY: Pattern("amber"),
    Light.WAIT: Pattern("amber", blinks=True),
    Light.GO: Pattern("green"),
    Light.REFUSED: Pattern("red"),
    Light.FAULT: Pattern("red", blinks=True),
}


class GpioIndicator:
    """Fits hardware.ports.Indicator. One lamp at a time; for the control loop's thread alone."""

    def __init__(self, pins: PumpPins, clock: Clock, factory: Factory) -> None:
        self._clock = clock
        self._light = Light.OFF
        self._flip_ns: int | None = None
        self._quiet_ns: int | None = None
        numbers = {
            "green": pins.lamp_green,
            "amber": pins.lamp_amber,
            "red": pins.lamp_red,
            "buzzer": pins.buzzer,
        }
        self._names = {key: f"{key} on GPIO {pin}" for key, pin in numbers.items()}
        self._outputs: dict[str, OutputDevice] = {}
        with ExitStack() as made:
            for key, pin in numbers.items():
                with named(self._names[key]):
                    self._outputs[key] = made.enter_context(OutputDevice(pin, pin_factory=factory))
            self._devices = made.pop_all()

    def show(self, light: Light) -> None:
        """Change the lamps at once; the light shown already goes on undisturbed."""
        if light is self._light:
            return
        self._light = light
        pattern = PATTERNS[light]
        for lamp in ("green", "amber", "red"):
            self._set(lamp, on=lamp == pattern.lamp)
        self._flip_ns = self._clock.monotonic_ns() + BLINK_HALF_NS if pattern.blinks else None

    def beep(self, duration_ms: int) -> None:
        self._set("buzzer", on=True)
        self._quiet_ns = self._clock.monotonic_ns() + duration_ms * NS_PER_MS

    def tick(self) -> int | None:
        now_ns = self._clock.monotonic_ns()
        if self._quiet_ns is not None and now_ns >= self._quiet_ns:
            self._set("buzzer", on=False)
            self._quiet_ns = None
        lamp = PATTERNS[self._light].lamp
        if self._flip_ns is not None and lamp is not None and now_ns >= self._flip_ns:
            with named(self._names[lamp]):
                self._outputs[lamp].toggle()
            # From now, not from when it was due: a loop that was held up does not flicker.
            self._flip_ns = now_ns + BLINK_HALF_NS
        return min(
            (due for due in (self._flip_ns, self._quiet_ns) if due is not None), default=None
        )

    def close(self) -> None:
        """Darken, silence and release the pins."""
        with named("lamps and buzzer"), self._devices:
            for output in self._outputs.values():
                if not output.closed:
                    output.off()

    def _set(self, key: str, *, on: bool) -> None:
        with named(self._names[key]):
            self._outputs[key].value = on
