"""A co-processor that says what cannot be, or is none: nothing is believed, the valve shuts."""

from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from firmware.guard import orders, protocol
from firmware.guard.boots import Boots
from firmware.guard.codec import Fields, text
from firmware.guard.messages import COUNT_MAX, TO_HOST, VERSION
from gateway.core.reasons import Fault
from hardware.ports import HardwareError
from hardware.pump.pico_faults import APART_NS, Senses
from hardware.pump.pico_flash import flash
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_meter import PicoMeter
from hardware.pump.pico_port import by_path, by_serial
from hardware.pump.pico_witness import PicoWitness
from hardware.simulated.pico.pico import STRANGER
from tests.hardware.pump.opening import opened
from tests.hardware.pump.pico_bench import MS, PicoBench


def counted(pico: PicoBench, total: int) -> None:
    """Wait for the count; a pseudo-terminal is no faster than the machine lets it be."""
    for _ in range(200):
        if pico.pump.read().pulses_total == total:
            return
        pico.pump.renew()
        pico.pass_time(10 * MS)
    raise AssertionError(pico.pump.read())


def say_count(pico: PicoBench, count: int) -> None:
    """A line that is whole, in bounds, and cannot be true."""
    state = dict(pico.link.state(1)) | {"n": count}
    pico.board.write(protocol.frame(9, text(TO_HOST, "state", state)))


@pytest.mark.parametrize("count", [20_000, 1 << 32, COUNT_MAX])
def test_a_count_that_cannot_be_is_not_believed(pico: PicoBench, count: int) -> None:
    opened(pico, 100)
    pico.pulse(7)
    counted(pico, 7)
    say_count(pico, count)
    for _ in range(20):
        if not pico.relay.state:
            break
        pico.pump.renew()
    reading = pico.pump.read()
    assert reading.pulses_total == 7
    assert not pico.relay.state
    assert reading.found is not None
    assert reading.found.fault is Fault.LIMITER_FAULT
    assert "grew faster" in reading.found.detail
    # The next line is true again: what ran on is counted, and the fault stays.
    pico.turn_meter()
    counted(pico, 8)
    assert pico.pump.read().found is not None
    pico.pump.clear()
    pico.pass_time(600 * MS)
    opened(pico, 10)
    pico.pulse(2)
    counted(pico, 10)
    assert not pico.current_flows()


def test_one_that_is_said_again_and_again_is_believed_no_sooner(pico: PicoBench) -> None:
    for _ in range(50):
        pico.pass_time(500 * MS)
        say_count(pico, 20_000)
        assert pico.pump.read().pulses_total == 0


@pytest.mark.parametrize(("more", "total"), [(0, 5500), (1, 0)])
def test_a_count_may_grow_as_fast_as_the_chip_counts(more: int, total: int) -> None:
    """For the time that passed, and a second more: how old the line before may have been."""
    meter = PicoMeter(1)
    birth: Fields = {"id": "E66", "boot": 4}
    meter.see(birth, {"n": 700, "unc": 0}, 50 * MS)
    meter.see(birth, {"n": 700 + 5500 + more, "unc": 0}, 150 * MS)
    assert (meter.total, meter.unbelievable is None) == (total, not more)


@pytest.mark.parametrize(("boot", "total", "of_pump"), [(4, 410, "E66.2.4"), (5, 420, "E66.2.5")])
def test_a_count_that_falls(boot: int, total: int, of_pump: str) -> None:
    """While the chip runs no pulse counts twice; after its restart what it had saved goes on."""
    meter = PicoMeter(2)
    for at_ms, told, count in ((50, 4, 700), (150, 4, 1100), (250, boot, 1090), (350, boot, 1110)):
        meter.see({"id": "E66", "boot": told}, {"n": count, "unc": 0}, at_ms * MS)
    assert (meter.total, meter.run) == (total, of_pump)
    assert meter.uncounted is (boot == 4)


class Sensed:
    """Both of the Pi's inputs."""

    lifted = True
    pressed = False

    def on_change(self, call: Callable[[bool], None]) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize(("input_name", "says"), [("lifted", False), ("pressed", True)])
def test_inputs_that_disagree_for_a_second_lock(
    pico: PicoBench, input_name: str, says: bool
) -> None:
    sensed = Sensed()
    pico.pump.compare_with(Senses(sensed, sensed))
    opened(pico, 100)
    pico.pulse(3)
    setattr(sensed, input_name, says)

    def seen_for(duration_ns: int) -> None:
        for _ in range(duration_ns // (50 * MS)):
            pico.pass_time(50 * MS)
            pico.pump.renew()

    seen_for(APART_NS - 100 * MS)
    assert pico.pump.read().found is None
    assert pico.current_flows()
    seen_for(200 * MS)
    found = pico.pump.read().found
    assert found is not None
    assert found.fault is Fault.INPUTS_DISAGREE
    assert "check both wirings" in found.detail
    assert not pico.relay.state
    setattr(sensed, input_name, not says)
    seen_for(200 * MS)
    assert pico.pump.read().found is found
    pico.pump.clear()
    assert pico.pump.read().found is None


def plugged(monkeypatch: pytest.MonkeyPatch, *ports: tuple[str, str | None]) -> None:
    found = [SimpleNamespace(device=device, serial_number=number) for device, number in ports]
    monkeypatch.setattr(list_ports, "comports", lambda: found)


def test_it_is_found_by_its_serial_number_whatever_its_port_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = by_serial("e6614c311b000001")
    for device in ("/dev/ttyACM0", "/dev/ttyACM3"):
        plugged(
            monkeypatch, ("/dev/ttyS0", None), ("/dev/ttyUSB0", "A50"), (device, "E6614C311B000001")
        )
        assert find() == device


def test_others_that_are_plugged_in_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find = by_serial("e6614c311b000001")
    plugged(monkeypatch, ("/dev/ttyS0", None), ("/dev/ttyUSB0", "A50"))
    with pytest.raises(HardwareError, match=r"1b000001: .* found A50 at /dev/ttyUSB0; check the"):
        find()
    plugged(monkeypatch)
    with pytest.raises(HardwareError, match="found none; check the cable"):
        find()


def test_another_product_that_talks_is_no_co_processor(pico: PicoBench) -> None:
    pico.pump.close()
    pico.link.close()
    pico.board.write_line = lambda line: pico.board.write(STRANGER)  # type: ignore[method-assign]
    with pytest.raises(
        HardwareError, match=r"found \d+ lines that are none|no answer; check the cable"
    ):
        PicoLink(by_path(pico.board.path), pico.clock)


@pytest.mark.parametrize("states", ["ours", "others"])
def test_a_chip_of_another_version_is_refused_and_can_be_flashed(
    pico: PicoBench, monkeypatch: pytest.MonkeyPatch, states: str
) -> None:
    """Of all that it says, only what never changes its meaning need be ours."""
    board = pico.board
    monkeypatch.setattr(orders, "VERSION", VERSION + 1)
    if states == "others":
        board.write_line = lambda line: board.write(  # type: ignore[method-assign]
            b"0 state *0000\n" if b" state " in line else line
        )
    pico.pump.close()
    pico.link.close()
    pico.pass_time(3000 * MS)
    find = by_path(board.path)
    with pytest.raises(HardwareError, match=r"version_1_expected_2; .*takar pico flash"):
        PicoLink(find, pico.clock, board.id)

    def reboot() -> None:
        monkeypatch.undo()
        board.write_line = board.write  # type: ignore[method-assign, assignment]
        Boots(board).choose()
        pico.restart()

    board.reboot = reboot  # type: ignore[method-assign]
    with closing(PicoLink(find, pico.clock, board.id, to_flash=True)) as link:
        after = flash(link, {"firmware/new.py": b"new"}, lambda *_: None)
    assert (after["slot"], after["v"]) == ("b", VERSION)
    assert board.files == {("b", "firmware/new.py"): b"new"}


def test_one_of_another_version_on_trial_goes_back_to_its_good_firmware_first(
    pico: PicoBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spare folder is the good one then: nothing is written over it."""
    board, good = pico.board, {("a", "firmware/good.py"): b"good"}
    monkeypatch.setattr(orders, "VERSION", VERSION + 1)
    pico.pump.close()
    pico.link.close()
    board.files = dict(good)
    Boots(board).try_spare()
    Boots(board).choose()
    pico.restart()
    pico.pass_time(3000 * MS)
    starts: list[str] = []

    def reboot() -> None:
        if starts:
            monkeypatch.undo()
        starts.append(Boots(board).choose())
        pico.restart()
        pico.pass_time(3000 * MS)

    board.reboot = reboot  # type: ignore[method-assign]
    with closing(PicoLink(by_path(board.path), pico.clock, board.id, to_flash=True)) as link:
        assert link.birth["slot"] == "b"
        after = flash(link, {"firmware/new.py": b"new"}, lambda *_: None)
    assert (starts, after["slot"]) == (["a", "b"], "b")
    assert board.files == good | {("b", "firmware/new.py"): b"new"}


def test_one_whose_fram_is_gone_is_no_counter_no_witness_and_opens_nothing(
    pico: PicoBench,
) -> None:
    def restarted(memory: str, slots: dict[int, bytes]) -> None:
        before = pico.link.connections
        pico.board.memory, pico.board.slots = memory, dict(slots)
        pico.restart()
        for _ in range(200):
            pico.pass_time(50 * MS)
            pico.link.listen()
            if pico.link.ready and pico.link.connections > before:
                return
        raise AssertionError("the driver does not reconnect")

    restarted("", pico.board.slots)
    opened(pico, 10)
    pico.pulse(10)
    counted(pico, 10)
    pico.pass_time(8000 * MS)
    known, run = dict(pico.board.slots), pico.pump.read().totaliser_run
    restarted("missing", {})
    reading = pico.pump.read()
    assert reading.found is not None
    assert reading.found.fault is Fault.TOTALISER_LOST
    assert "its FRAM" in reading.found.detail
    assert (reading.pulses_total, reading.totaliser_run) == (10, run), "what it tells is no count"
    with pytest.raises(HardwareError, match="found memory_missing; check its cable, its FRAM"):
        PicoWitness(pico.link, "1").read()
    restarted("known", known)
    counted(pico, 10)
    opened(pico, 20)
    pico.pulse(10)
    counted(pico, 20)
