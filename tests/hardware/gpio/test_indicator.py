from collections.abc import Iterator

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from hardware.gpio.indicator import PATTERNS, GpioIndicator
from hardware.ports import HardwareError, Light
from hardware.wiring import DEMO_WIRING

PINS = DEMO_WIRING[0].pins
MS = 1_000_000


class ManualClock:
    now_ns = 7_000 * MS

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        raise AssertionError("an indicator never waits")


class Panel:
    def __init__(self, factory: MockFactory) -> None:
        self.clock = ManualClock()
        self.factory = factory
        self.indicator = GpioIndicator(PINS, self.clock, factory)

    def lit(self) -> str:
        lamps = {"green": PINS.lamp_green, "amber": PINS.lamp_amber, "red": PINS.lamp_red}
        return "+".join(name for name, pin in lamps.items() if self.factory.pin(pin).state)

    def sounds(self) -> bool:
        return bool(self.factory.pin(PINS.buzzer).state)

    def tick_after(self, duration_ms: int) -> int | None:
        """Tick; in how many ms it wants to be called again."""
        self.clock.now_ns += duration_ms * MS
        due_ns = self.indicator.tick()
        return None if due_ns is None else (due_ns - self.clock.now_ns) // MS


@pytest.fixture
def panel(factory: MockFactory) -> Iterator[Panel]:
    panel = Panel(factory)
    yield panel
    panel.indicator.close()


def test_is_dark_and_silent_at_first(panel: Panel) -> None:
    assert panel.lit() == ""
    assert not panel.sounds()
    assert panel.tick_after(0) is None


def test_every_light_has_a_pattern_of_its_own() -> None:
    assert set(PATTERNS) == set(Light)
    assert len(set(PATTERNS.values())) == len(Light)


@pytest.mark.parametrize(
    ("light", "lamp"),
    [
        (Light.READY, "amber"),
        (Light.WAIT, "amber"),
        (Light.GO, "green"),
        (Light.REFUSED, "red"),
        (Light.FAULT, "red"),
    ],
)
def test_shows_at_once_one_lamp_and_no_other(panel: Panel, light: Light, lamp: str) -> None:
    for before in Light:
        panel.indicator.show(before)
        panel.indicator.show(light)
        assert panel.lit() == lamp
    panel.indicator.show(Light.OFF)
    assert panel.lit() == ""


@pytest.mark.parametrize(("light", "lamp"), [(Light.WAIT, "amber"), (Light.FAULT, "red")])
def test_blinks_once_a_second_when_told_the_time(panel: Panel, light: Light, lamp: str) -> None:
    panel.indicator.show(light)
    assert panel.tick_after(499) == 1
    assert panel.lit() == lamp
    assert panel.tick_after(1) == 500
    assert panel.lit() == ""
    assert panel.tick_after(700) == 500
    assert panel.lit() == lamp


@pytest.mark.parametrize("light", [Light.READY, Light.GO, Light.REFUSED])
def test_a_steady_light_needs_no_tick(panel: Panel, light: Light) -> None:
    panel.indicator.show(Light.FAULT)
    panel.indicator.show(light)
    lit = panel.lit()
    assert panel.tick_after(5000) is None
    assert panel.lit() == lit


def test_showing_the_same_light_again_does_not_disturb_its_blinking(panel: Panel) -> None:
    panel.indicator.show(Light.WAIT)
    panel.tick_after(500)
    panel.clock.now_ns += 400 * MS
    panel.indicator.show(Light.WAIT)
    assert panel.lit() == ""
    assert panel.tick_after(0) == 100


def test_the_buzzer_ends_at_its_time(panel: Panel) -> None:
    panel.indicator.beep(120)
    assert panel.sounds()
    assert panel.tick_after(119) == 1
    assert panel.sounds()
    assert panel.tick_after(1) is None
    assert not panel.sounds()


def test_a_longer_beep_takes_over_and_blinking_goes_on(panel: Panel) -> None:
    panel.indicator.show(Light.FAULT)
    panel.indicator.beep(100)
    panel.clock.now_ns += 50 * MS
    panel.indicator.beep(1000)
    assert panel.tick_after(449) == 1
    assert panel.tick_after(1) == 500
    assert panel.tick_after(500) == 50
    assert panel.sounds()
    assert panel.tick_after(50) == 450
    assert not panel.sounds()


def test_a_pin_in_use_is_named_and_the_others_are_released(factory: MockFactory) -> None:
    with (
        OutputDevice(PINS.buzzer, pin_factory=factory),
        pytest.raises(HardwareError, match=r"^buzzer on GPIO 13: .*already in use"),
    ):
        GpioIndicator(PINS, ManualClock(), factory)
    GpioIndicator(PINS, ManualClock(), factory).close()


def test_closing_darkens_and_then_refuses(panel: Panel) -> None:
    panel.indicator.show(Light.GO)
    panel.indicator.close()
    assert panel.lit() == ""
    with pytest.raises(HardwareError, match=r"on GPIO \d+: .*closed"):
        panel.indicator.show(Light.READY)
