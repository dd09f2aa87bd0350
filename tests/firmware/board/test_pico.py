"""The board's memory, pins and port on a faked chip."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware import pins
from firmware.guard.channel import Channel
from firmware.guard.ticks import Ticks

ROOT = Path(__file__).parents[3]
SILICON = re.compile(r"^\s*(import|from) (machine|rp2|micropython)\b", re.MULTILINE)


@pytest.fixture
def memory(chip: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = chip("memory")
    monkeypatch.setattr(made, "SLOTS", str(tmp_path / "slots"))
    monkeypatch.setattr(made, "FITTED", str(tmp_path / "fram"))
    return made


def test_only_the_board_knows_the_silicon() -> None:
    sources = [*(ROOT / "firmware").rglob("*.py"), *(ROOT / "hardware").rglob("*.py")]
    knowing = {path.parent for path in sources if SILICON.search(path.read_text())}
    assert knowing == {ROOT / "firmware/board"}


def test_flash_keeps_what_was_saved(memory: Any) -> None:
    slots = memory.slots()
    assert (slots.kind, slots.load(3)) == ("flash", b"")
    slots.save(3, b"1 kept n1=5 *0000\n")
    assert memory.slots().load(3) == b"1 kept n1=5 *0000\n"


def test_fram_is_found_and_a_shorter_line_ends_at_its_newline(memory: Any) -> None:
    import machine

    machine.I2C.memory[0x50] = bytearray(b"\xff" * 32_768)
    slots = memory.slots()
    assert (slots.kind, slots.memory, slots.load(3)) == ("fram", "", b"")
    slots.save(3, b"a long line\n")
    slots.save(3, b"short\n")
    slots.save(2, b"another\n")
    assert (slots.load(3), slots.load(2)) == (b"short\n", b"another\n")
    assert memory.slots().memory == "known"


def test_fram_that_answered_once_is_missed_and_not_replaced_by_flash(memory: Any) -> None:
    import machine

    fitted = machine.I2C.memory[0x50] = bytearray(b"\xff" * 32_768)
    memory.slots().save(0, b"counts\n")
    machine.I2C.memory.clear()
    slots = memory.slots()
    assert (slots.kind, slots.memory, slots.load(0)) == ("fram", "missing", b"")
    slots.save(0, b"a count from 0\n")
    assert memory.slots().load(0) == b""
    machine.I2C.memory[0x50] = fitted
    assert (memory.slots().memory, memory.slots().load(0)) == ("known", b"counts\n")


def test_which_firmware_runs_is_known_without_fram(memory: Any) -> None:
    import machine

    machine.I2C.memory[0x50] = bytearray(b"\xff" * 32_768)
    memory.slots().save(4, b"boots\n")
    machine.I2C.memory.clear()
    assert memory.slots().load(4) == memory.FlashSlots().load(4) == b"boots\n"


def test_firmware_files_go_where_their_names_say(memory: Any, tmp_path: Path) -> None:
    memory.make_folder(f"{tmp_path}/b/firmware/guard")
    (tmp_path / "b/firmware/guard/x.py").write_bytes(b"pass\n")
    assert memory.read_file(f"{tmp_path}/b/firmware/guard/x.py", 2, 512) == b"ss\n"
    (tmp_path / "b/boot.py").write_bytes(b"pass\n")
    fed: list[None] = []
    for _ in range(2):
        memory.remove_tree(f"{tmp_path}/b", lambda: fed.append(None))
    assert len(fed) >= 2, "the watchdog, after each file"
    assert not (tmp_path / "b").exists()


def test_a_board_starts_with_every_contact_broken_and_reads_its_pins(
    chip: Any, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import machine

    pico = chip("pico")
    monkeypatch.setattr(pico, "Port", lambda: None)
    monkeypatch.setattr(os, "listdir", lambda path: [])
    board = pico.PicoBoard()
    levels = machine.Pin.levels
    assert (board.id, board.reset, board.keeps) == ("e6614c311b7e6f35", "power", "flash")
    assert [levels[its.contact] for its in pins.PUMPS.values()] == [0, 0]
    # Nothing connected: a stop, nozzles lifted, power good, contacts broken.
    assert (board.stop_healthy(), board.nozzle(1), board.power_failing()) == (False, True, False)
    levels[pins.STOP] = levels[pins.PUMPS[2].nozzle] = levels[pins.POWER_GOOD] = 0
    levels[pins.PUMPS[2].readback] = 1
    assert (board.stop_healthy(), board.nozzle(2), board.power_failing()) == (True, False, True)
    assert (board.readback(1), board.readback(2)) == (False, True)
    board.drive(2, contact=True, slow=False)
    assert (levels[pins.PUMPS[2].contact], levels[pins.PUMPS[2].stage]) == (1, 1)
    board.drive(2, contact=False, slow=False)
    assert (levels[pins.PUMPS[2].contact], levels[pins.PUMPS[2].stage]) == (0, 0)
    board.drive(2, contact=True, slow=True)
    assert (levels[pins.PUMPS[2].contact], levels[pins.PUMPS[2].stage]) == (1, 0)


def test_no_two_things_share_a_pin() -> None:
    used = [
        *(pin for its in pins.PUMPS.values() for pin in vars(its).values()),
        *(pins.STOP, pins.POWER_GOOD, pins.FRAM_SDA, pins.FRAM_SCL),
    ]
    assert len(set(used)) == len(used)
    assert set(used) <= set(range(23))


def test_whatever_writes_flash_says_first_that_pulses_will_be_late(
    chip: Any, memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pico = chip("pico")
    monkeypatch.setattr(pico, "Port", lambda: None)
    monkeypatch.setattr(os, "listdir", lambda path: [])
    (tmp_path / "b").mkdir()
    board = pico.PicoBoard()
    channels = {pump: Channel(0, Ticks(0)) for pump in pins.PUMPS}
    board.start(channels)
    writes: list[Callable[[], None]] = [
        lambda: board.save(0, b"line\n"),
        lambda: board.erase(f"{tmp_path}/b"),
        lambda: board.append(f"{tmp_path}"[1:], "a/x.py", b""),
    ]
    for write in writes:
        for channel in channels.values():
            channel.counter.gap_us = 4000
        write()
        assert [channel.counter.gap_us for channel in channels.values()] == [0, 0]
