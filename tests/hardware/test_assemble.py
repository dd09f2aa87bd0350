import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from firmware.guard.stops import Stops
from gateway.config.types import PumpSettings
from gateway.core.valve import Contact
from hardware.assemble import Hardware, assemble
from hardware.clock import MachineClock
from hardware.ports import HardwareError, Light, Tag
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.control import ForecourtControl
from hardware.wiring import (
    DEMO_STOP_PIN,
    DEMO_WIRING,
    DisplayBus,
    PumpWiring,
    ReaderBus,
    ReaderWiring,
)

MS = 1_000_000
FIRST, SECOND = DEMO_WIRING


def simulated(path: Path, *pumps: PumpWiring, accept_single_channel: bool = False) -> Hardware:
    return assemble(
        "simulated",
        pumps or DEMO_WIRING,
        DEMO_STOP_PIN,
        path,
        accept_single_channel=accept_single_channel,
    )


def test_a_display_is_fitted_where_it_is_wired(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated")
    fitted = msgspec.structs.replace(FIRST, display=DisplayBus(i2c_bus=8))
    hardware = simulated(path, fitted, SECOND)
    display = hardware.pumps[1].display
    assert display is not None
    assert hardware.pumps[2].display is None
    display.show("ready", "")
    hardware.close()


def test_a_ups_tells_by_its_contact(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated", ups_pin=0)
    without_key = msgspec.structs.replace(
        FIRST, pins=msgspec.structs.replace(FIRST.pins, bypass=None)
    )
    unfitted = simulated(path, without_key)
    assert unfitted.supply is None
    unfitted.close()
    hardware = assemble("simulated", [without_key], DEMO_STOP_PIN, path, ups_pin=0)
    clock = hardware.clock
    assert isinstance(clock, SimulatedClock)
    assert hardware.supply is not None
    with ForecourtControl(path) as control:
        seen = []
        for on in (True, False, True):
            control.ask("mains", on=on)
            clock.advance(clock.monotonic_ns() + MS)
            seen.append(hardware.supply.on_battery)
    assert seen == [False, True, False]
    hardware.close()


def test_a_third_partys_pump_has_a_reader_and_nothing_else(
    start_forecourt: Callable[..., Path],
) -> None:
    bus = ReaderBus(spi_bus=1, spi_device=0)
    theirs = PumpSettings(
        number=1, mode="authorise_only", station="spbu-54", product="dexlite", reader=bus
    )
    path = start_forecourt(wiring=(), readers=(ReaderWiring(number=1, reader=bus),))
    hardware = assemble("simulated", [theirs], DEMO_STOP_PIN, path)
    unit = hardware.pumps[1]
    with ForecourtControl(path) as control:
        control.ask("tap", pump=1, cards=[{"uid": "04A1B2C3D4E5F6"}])
        assert isinstance(unit.reader.poll(), Tag)
        control.ask("stop", pressed=True)
        assert not hardware.emergency_stop.pressed  # it is not wired
        control.ask("lift", pump=1)
        control.ask("squeeze", pump=1, free_ml=500)
        deadline = time.monotonic() + 20
        while control.ask("status")["pumps"][0]["dispensed_ml"] < 500:
            assert time.monotonic() < deadline, "their pump needs nobody's leave"
    assert not unit.nozzle.lifted
    assert unit.pump.read().pulses_total == 0
    with pytest.raises(ValueError, match="no valve is wired here"):
        unit.pump.open(Stops(50), Contact.ENABLE)
    hardware.close()


def test_every_device_of_two_pumps_works(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated")
    hardware = simulated(path)
    clock = hardware.clock
    assert isinstance(clock, SimulatedClock)
    assert list(hardware.pumps) == [1, 2]
    with ForecourtControl(path) as control:
        for number, unit in hardware.pumps.items():
            other = hardware.pumps[3 - number]
            control.ask("tap", pump=number, cards=[{"uid": "04A1B2C3D4E5F6"}])
            tag = unit.reader.poll()
            assert isinstance(tag, Tag)
            assert tag.uid.hex().upper() == "04A1B2C3D4E5F6"
            assert other.reader.poll() is None
            control.ask("remove", pump=number)
            unit.indicator.show(Light.GO)
            control.ask("lift", pump=number)
            control.ask("squeeze", pump=number)
            unit.pump.open(Stops(50), Contact.ENABLE)
            while unit.pump.read().pulses_total < 50:
                clock.advance(clock.monotonic_ns() + 5 * MS)
                unit.pump.renew()
            assert (unit.nozzle.lifted, hardware.emergency_stop.pressed) == (True, False)
            assert control.ask("status")["pumps"][number - 1]["lamps"]["green"] == 1
            assert other.pump.read().pulses_total == (0 if number == 1 else 50)
            control.ask("hang", pump=number)
            clock.advance(clock.monotonic_ns() + 1000 * MS)
            clock.advance(clock.monotonic_ns() + 1000 * MS)
        key = hardware.pumps[1].bypass
        assert key is not None
        assert hardware.pumps[2].bypass is None, "no pin is left for it"
        assert not key.on
        control.ask("bypass", pump=1, on=True)
        clock.advance(clock.monotonic_ns() + 1)
        assert key.on
        control.ask("stop", pressed=True)
        clock.advance(clock.monotonic_ns() + 1)
        assert hardware.emergency_stop.pressed
    hardware.close()


def test_closing_shuts_every_valve_and_frees_everything(
    start_forecourt: Callable[..., Path],
) -> None:
    path = start_forecourt(time="simulated", release="hold")
    hardware = simulated(path)
    for unit in hardware.pumps.values():
        unit.pump.open(Stops(50), Contact.ENABLE)
    assert isinstance(hardware.clock, SimulatedClock)
    hardware.clock.sleep(0.05)
    hardware.close()
    assert "spidev" not in sys.modules
    again = simulated(path)
    assert isinstance(again.clock, SimulatedClock)
    again.clock.sleep(0.5)
    again.clock.advance(again.clock.monotonic_ns() + 1)
    for unit in again.pumps.values():
        reading = unit.pump.read()
        assert (reading.enable_made, reading.limiter_made) == (False, False)
    again.close()


def test_real_time_uses_the_machines_clock(start_forecourt: Callable[..., Path]) -> None:
    hardware = simulated(start_forecourt(time="real"))
    assert isinstance(hardware.clock, MachineClock)
    assert hardware.pumps[1].reader.poll() is None
    hardware.close()


def test_no_forecourt_is_an_error_and_installs_nothing(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="no forecourt at"):
        simulated(tmp_path / "forecourt.sock")
    assert "spidev" not in sys.modules


def test_a_simulator_never_stands_in_for_a_raspberry_pi(
    start_forecourt: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    with pytest.raises(HardwareError, match="GPIO: expected"):
        assemble("raspberry-pi", DEMO_WIRING, DEMO_STOP_PIN, start_forecourt(time="simulated"))
    assert "spidev" not in sys.modules


def test_a_dead_reader_names_itself_and_its_pump(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated")
    with ForecourtControl(path) as control:
        control.ask("fault", name="spi_dead", pump=2)
        with pytest.raises(HardwareError, match=r"^pump 2: tag reader /dev/spidev0\.1: "):
            simulated(path)
        control.ask("fault", name="spi_dead", pump=2, on=False)
    simulated(path).close()


def test_a_reader_that_is_not_wired_names_its_pump(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated")
    elsewhere = msgspec.structs.replace(SECOND, reader=ReaderBus(spi_bus=1, spi_device=2))
    with pytest.raises(HardwareError, match=r"^pump 2: .*spidev1\.2"):
        simulated(path, FIRST, elsewhere)


def test_two_pumps_on_one_pin_are_refused_by_name(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated")
    pins = msgspec.structs.replace(SECOND.pins, nozzle=FIRST.pins.nozzle)
    with pytest.raises(HardwareError, match=r"^pump 2: nozzle switch on GPIO 3: .*already in use"):
        simulated(path, FIRST, msgspec.structs.replace(SECOND, pins=pins))


def test_a_pin_the_forecourt_has_as_an_input_is_refused_by_name(
    start_forecourt: Callable[..., Path],
) -> None:
    path = start_forecourt(time="simulated")
    pins = msgspec.structs.replace(FIRST.pins, buzzer=SECOND.pins.nozzle)
    with pytest.raises(HardwareError, match=r"^pump 1: .*pin 2 is pump 2's nozzle"):
        simulated(path, msgspec.structs.replace(FIRST, pins=pins))


def without_timer(**pins: int) -> PumpWiring:
    fitted = msgspec.structs.replace(
        FIRST.pins, **{"timer_feed": None, "timer_readback": None, **pins}
    )
    return msgspec.structs.replace(FIRST, pins=fitted)


def test_a_single_channel_must_be_accepted(start_forecourt: Callable[..., Path]) -> None:
    path = start_forecourt(time="simulated", wiring=(without_timer(), SECOND))
    with pytest.raises(HardwareError, match=r"^pump 1: .*accept_single_channel = true"):
        simulated(path, without_timer(), SECOND)
    hardware = simulated(path, without_timer(), SECOND, accept_single_channel=True)
    assert hardware.pumps[1].pump.read().limiter_made is None
    assert hardware.pumps[2].pump.read().limiter_made is False
    hardware.close()


@pytest.mark.parametrize("pins", [{"timer_feed": 27}, {"timer_readback": 23}])
@pytest.mark.parametrize("accept", [True, False])
def test_half_a_timer_is_refused(tmp_path: Path, pins: dict[str, int], accept: bool) -> None:
    with pytest.raises(HardwareError, match=r"^pump 1: expected both timer_feed and timer_read"):
        simulated(tmp_path / "none", without_timer(**pins), accept_single_channel=accept)
