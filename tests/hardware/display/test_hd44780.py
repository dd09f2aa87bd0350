"""The display's driver and the real library, over a chip that is simulated byte by byte."""

import threading
from collections.abc import Iterator

import pytest

from hardware.display.hd44780 import Hd44780Display
from hardware.display.library import CharLcd, open_lcd
from hardware.ports import HardwareError
from hardware.simulated.display import Hd44780Chip, SimulatedI2c
from hardware.wiring import DisplayBus

BUS = DisplayBus(i2c_bus=8)
PLACE = BUS.i2c_bus, BUS.i2c_address
DEADLINE_S = 20.0


class Watched(Hd44780Chip):
    """Tells when its lines may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()

    def take(self, port: int) -> None:
        with self.changed:
            super().take(port)
            self.changed.notify_all()

    def shows(self, first: str, second: str) -> None:
        wanted = first.ljust(20), second.ljust(20)
        with self.changed:
            assert self.changed.wait_for(lambda: self.lines() == wanted, DEADLINE_S), self.lines()


@pytest.fixture
def buses() -> Iterator[SimulatedI2c]:
    made = SimulatedI2c()
    made.chips[PLACE] = Watched()
    end = made.install()
    yield made
    end()


@pytest.fixture
def chip(buses: SimulatedI2c) -> Watched:
    chip = buses.chips[PLACE]
    assert isinstance(chip, Watched)
    return chip


@pytest.fixture
def display(chip: Watched) -> Iterator[Hd44780Display]:
    made = Hd44780Display(BUS, "pump 1's display", again_s=0.01)
    yield made
    made.close()
    assert chip.lines() == (" " * 20, " " * 20) or chip.written == 0


def test_it_shows_two_lines(display: Hd44780Display, chip: Watched) -> None:
    display.show("Silakan tempelkan", "kartu kendaraan")
    chip.shows("Silakan tempelkan", "kartu kendaraan")


def test_what_is_longer_is_cut_and_what_was_there_is_wiped(
    display: Hd44780Display, chip: Watched
) -> None:
    display.show("0123456789012345678901234", "second")
    chip.shows("01234567890123456789", "second")
    display.show("ab", "")
    chip.shows("ab", "")


def test_only_what_changes_goes_over_the_bus(display: Hd44780Display, chip: Watched) -> None:
    display.show("           12,34 L", "        Rp 159.186")
    chip.shows("           12,34 L", "        Rp 159.186")
    whole = chip.written
    display.show("           12,35 L", "        Rp 159.186")
    chip.shows("           12,35 L", "        Rp 159.186")
    assert 0 < chip.written - whole <= 2 * 8  # one place and one character


def test_one_that_is_unplugged_is_found_again(
    chip: Watched, buses: SimulatedI2c, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Semaphore(0)

    def opens(bus: DisplayBus) -> CharLcd:
        tried.release()
        return open_lcd(bus)

    display = Hd44780Display(BUS, "pump 1's display", opens, again_s=0.01)
    assert tried.acquire(timeout=DEADLINE_S)
    display.show("one", "")
    chip.shows("one", "")
    buses.unplugged.add(PLACE)
    display.show("two", "")
    assert tried.acquire(timeout=DEADLINE_S)
    fresh = buses.chips[PLACE] = Watched()  # its power went with the cable
    buses.unplugged.clear()
    fresh.shows("two", "")
    display.close()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_an_absent_one_is_said_once_and_holds_nobody_up(
    buses: SimulatedI2c, caplog: pytest.LogCaptureFixture
) -> None:
    del buses.chips[PLACE]
    tried = threading.Semaphore(0)

    def opens(bus: DisplayBus) -> CharLcd:
        tried.release()
        return open_lcd(bus)

    display = Hd44780Display(BUS, "pump 1's display", opens, again_s=0.001)
    for _ in range(3):
        display.show("ready", "")
        assert tried.acquire(timeout=DEADLINE_S)
    display.close()
    said = [record.message for record in caplog.records]
    assert len(said) == 1
    assert "nothing is shown" in said[0]


class Stuck:
    """A library that never comes back from a write until it is let go."""

    def __init__(self) -> None:
        self.cursor_pos = 0, 0
        self.writing = threading.Event()
        self.let_go = threading.Event()

    def write_string(self, _value: str) -> None:
        self.writing.set()
        self.let_go.wait(DEADLINE_S)

    def clear(self) -> None:
        pass


def test_a_write_that_hangs_hangs_nobody_else() -> None:
    stuck = Stuck()
    display = Hd44780Display(BUS, "pump 1's display", lambda _bus: stuck)
    display.show("one", "")
    assert stuck.writing.wait(DEADLINE_S)
    for number in range(1000):
        display.show(str(number), "")  # would never return if it waited for the display
    stuck.let_go.set()
    display.close()


@pytest.mark.parametrize("error", [HardwareError("no library"), ValueError("a bug of its own")])
def test_whatever_the_library_raises_stays_with_the_display(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    opened = threading.Semaphore(0)

    def opens(_bus: DisplayBus) -> CharLcd:
        opened.release()
        raise error

    display = Hd44780Display(BUS, "pump 1's display", opens, again_s=0.001)
    display.show("one", "")
    for _ in range(2):
        assert opened.acquire(timeout=DEADLINE_S)
    display.close()
    assert caplog.records


def test_the_chip_refuses_what_it_does_not_simulate() -> None:
    chip = Hd44780Chip()
    for nibble in (2, 4, 0):
        chip.take(nibble << 4 | 0x04)
        if nibble:
            chip.take(nibble << 4)
    with pytest.raises(ValueError, match="not simulated"):
        chip.take(0)
