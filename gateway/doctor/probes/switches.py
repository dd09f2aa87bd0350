"""Watches switches while somebody moves them, and the pulser while nobody does."""

from collections.abc import Callable
from contextlib import ExitStack, closing

from gpiozero import InputDevice
from gpiozero.pins import Factory

from gateway.config.types import PumpSettings
from gateway.core.units import NS_PER_S
from gateway.doctor.hands import Deed, Hands
from gateway.doctor.judging.switches import PulserFinding, SwitchFinding
from gateway.doctor.probes.bench import Bench
from hardware.gpio.naming import named
from hardware.gpio.switch import GroundSwitch
from hardware.ports import HardwareError

QUIET_S = 3


def try_nozzle(
    bench: Bench, pump: PumpSettings, hands: Hands, while_lifted: Callable[[], None]
) -> SwitchFinding:
    """Have it lifted and hung. `while_lifted` is called in between, if it reads so."""
    assert pump.pins is not None  # noqa: S101 - only pumps with a valve are tried
    number = pump.number
    try:
        with closing(GroundSwitch("nozzle switch", pump.pins.nozzle, bench.factory)) as switch:
            before = switch.is_open
            asked = hands.do(Deed.LIFT, number)
            lifted = asked and bench.until(lambda: switch.is_open, hands.patience_ns) is not None
            if lifted:
                while_lifted()
            hung = hands.do(Deed.HANG, number) and (
                bench.until(lambda: not switch.is_open, hands.patience_ns) is not None
            )
            stuck_open = before if not asked else lifted and not hung
            return SwitchFinding(
                pump=number, open_before=stuck_open, asked=asked, changed=lifted and hung
            )
    except HardwareError as error:
        return SwitchFinding(pump=number, error=str(error))


def try_stop(bench: Bench, pin: int, hands: Hands) -> SwitchFinding:
    """Have the emergency stop pressed and released, if it is healthy now."""
    try:
        with closing(GroundSwitch("emergency stop loop", pin, bench.factory)) as switch:
            if switch.is_open:
                return SwitchFinding(open_before=True)
            asked = hands.do(Deed.PRESS, 0)
            pressed = asked and bench.until(lambda: switch.is_open, hands.patience_ns) is not None
            if asked:
                hands.do(Deed.RELEASE, 0)
                bench.until(lambda: not switch.is_open, hands.patience_ns)
            return SwitchFinding(asked=asked, changed=pressed, open_before=switch.is_open)
    except HardwareError as error:
        return SwitchFinding(error=str(error))


def look_at_switch(bench: Bench, device: str, pin: int, number: int = 0) -> SwitchFinding:
    """One that nobody is asked to move. `number`: of its pump; 0: the station's."""
    try:
        with closing(GroundSwitch(device, pin, bench.factory)) as switch:
            return SwitchFinding(pump=number, open_before=switch.is_open)
    except HardwareError as error:
        return SwitchFinding(pump=number, error=str(error))


def listen_to_pulsers(bench: Bench, pumps: list[PumpSettings]) -> list[PulserFinding]:
    """Count what comes on the Pi's own pulser pins while every valve is shut."""
    listening: dict[int, Listening] = {}
    errors: dict[int, str] = {}
    with ExitStack() as opened:
        for pump in pumps:
            assert pump.pins is not None  # noqa: S101 - only pumps with a valve are tried
            try:
                one = listening[pump.number] = Listening(pump.pins.pulser, bench.factory)
                opened.callback(one.close)
            except HardwareError as error:
                errors[pump.number] = str(error)
        bench.wait(QUIET_S * NS_PER_S)
    return [
        PulserFinding(pump=pump.number, error=errors[pump.number])
        if pump.number in errors
        else PulserFinding(pump=pump.number, pulses=listening[pump.number].pulses, seconds=QUIET_S)
        for pump in pumps
    ]


class Listening:
    """Counts the rising edges of one pin. gpiozero holds a callback weakly: keep this."""

    def __init__(self, pin: int, factory: Factory) -> None:
        self.pulses = 0
        with named(f"pulser on GPIO {pin}"):
            self._device = InputDevice(pin, pin_factory=factory)
            self._device.pin.edges = "rising"
            self._device.pin.when_changed = self._count

    def close(self) -> None:
        self._device.close()

    def _count(self, _ticks: float, _level: int) -> None:
        self.pulses += 1
