"""What is particular to the pump on GPIO pins: its feed, its callback, threads, exit."""

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.pump.gpio import GpioPump
from hardware.wiring import DEMO_WIRING
from tests.hardware.pump.opening import opened

if TYPE_CHECKING:
    from tests.hardware.pump.conftest import Bench

PINS = DEMO_WIRING[0].pins


def test_both_outputs_fall_inside_the_pulses_own_callback(bench: "Bench") -> None:
    opened(bench, 1)
    bench.feed.state = True
    bench.drive(PINS.pulser, True)
    assert (bench.relay.state, bench.feed.state) == (False, False)


def test_only_rising_edges_count(bench: "Bench") -> None:
    opened(bench, 3)
    for _ in range(2):
        bench.drive(PINS.pulser, True)
        assert bench.relay.state
        bench.drive(PINS.pulser, False)
    assert bench.pump.read().pulses_total == 2


def test_a_feed_is_one_rising_edge_that_leaves_the_pin_low(bench: "Bench") -> None:
    opened(bench, 100)
    bench.feed.clear_states()
    bench.pump.renew()
    bench.feed.assert_states([False, True, False])
    assert len(bench.feed.states) == 3


def test_shutting_gives_the_timer_no_edge(bench: "Bench") -> None:
    opened(bench, 100)
    bench.feed.clear_states()
    bench.pump.shut()
    assert len(bench.feed.states) == 1


def test_without_a_timer_the_relay_alone_is_used(bench: "Bench") -> None:
    factory = MockFactory()
    pins = msgspec.structs.replace(PINS, timer_feed=None, timer_readback=None)
    pump = GpioPump(pins, bench.clock, factory)
    pump.open(Stops(1), Contact.LIMITER)
    pump.renew()
    assert factory.pin(PINS.enable_relay).state
    assert pump.read().limiter_made is None
    factory.pin(PINS.pulser).drive_high()
    assert not factory.pin(PINS.enable_relay).state
    pump.close()
    factory.close()


def test_closing_releases_the_pins_and_forgets_the_exit_hook(bench: "Bench") -> None:
    bench.pump.close()
    for number in (PINS.enable_relay, PINS.timer_feed):
        assert bench.input(number).function == "input"
    pump = GpioPump(PINS, bench.clock, bench.factory)
    forgotten = weakref.ref(pump)
    pump.close()
    del pump
    gc.collect()
    assert forgotten() is None


def test_no_pulse_is_lost_between_gpiozeros_thread_and_the_loops(bench: "Bench") -> None:
    pulses = 5000
    opened(bench, pulses)

    def flow() -> None:
        pin = bench.input(PINS.pulser)
        for _ in range(pulses + 3):
            pin.drive_high()
            pin.drive_low()

    meter = threading.Thread(target=flow)
    meter.start()
    seen = []
    while meter.is_alive():
        bench.pump.renew()
        seen.append(bench.pump.read().pulses_total)
    meter.join()
    assert seen == sorted(seen)
    assert bench.pump.read().pulses_total == pulses + 3
    assert not bench.relay.state
    assert not bench.feed.state


EXIT_PROGRAM = """
import sys
from gpiozero.pins.mock import MockFactory, MockPin
from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.clock import MachineClock
from hardware.pump.gpio import GpioPump
from hardware.wiring import DEMO_WIRING

class Loud(MockPin):
    def _change_state(self, value):
        if super()._change_state(value):
            print(self._number, int(value), flush=True)

pump = GpioPump(DEMO_WIRING[0].pins, MachineClock(), MockFactory(pin_class=Loud))
pump.open(Stops(10), Contact.ENABLE)
print("open", flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["sys.exit(3)", "1 / 0", ""])
def test_the_valve_is_shut_when_the_interpreter_exits(end: str) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", EXIT_PROGRAM.format(end=end)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    before, _, after = done.stdout.partition("open\n")
    assert f"{PINS.enable_relay} 1" in before.splitlines()
    assert f"{PINS.enable_relay} 0" in after.splitlines()
    assert f"{PINS.timer_feed} 1" not in after.splitlines()
