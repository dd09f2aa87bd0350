"""A reader that is unplugged, wrong, reset or stuck says so, and recovers."""

import logging
import re

import pytest

from hardware.ports import HardwareError, Tag, TagTrouble
from hardware.simulated import bus
from hardware.simulated.cards import Field, card_from
from hardware.simulated.chip import Mfrc522Chip
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.reader import MAX_TRANSFERS_PER_POLL, Mfrc522Reader
from hardware.tag_reader.registers import Register


def stuck_at(level: int, bench: Bench, after: int = 0) -> None:
    """From `after` transfers on, all bits read are the same."""
    from_transfer = bench.transfers + after

    def fault(_sent: bytes, answer: bytes) -> bytes:
        return bytes((level,)) * len(answer) if bench.transfers > from_transfer else answer

    bench.fault = fault


def polled(reader: Mfrc522Reader) -> Tag | TagTrouble | str | None:
    """One poll's result, or what its error says was read."""
    try:
        return reader.poll()
    except HardwareError as error:
        found = re.search(r"0x.. read 0x..", str(error))
        return found[0] if found else str(error)


@pytest.mark.parametrize("level", [0x00, 0xFF])
def test_unplugged_at_start(bench: Bench, level: int) -> None:
    stuck_at(level, bench)
    with pytest.raises(HardwareError) as caught:
        Mfrc522Reader(0, 1, bench)
    text = str(caught.value)
    assert "/dev/spidev0.1" in text
    assert f"read 0x{level:02X}, expected 0x91 or 0x92" in text
    assert "check the reader's 3.3 V" in text


@pytest.mark.parametrize("version", [0x91, 0x92, 0x88, 0x89, 0xB2])
def test_known_versions(bench: Bench, version: int) -> None:
    bench.chip = Mfrc522Chip(bench.field, version=version)
    assert Mfrc522Reader(0, 0, bench).poll() is None


@pytest.mark.parametrize("version", [0x12, 0x90, 0x93, 0x37])
def test_another_version_is_no_mfrc522(bench: Bench, version: int) -> None:
    bench.chip = Mfrc522Chip(Field(), version=version)
    with pytest.raises(HardwareError, match=f"0x{version:02X}.*no MFRC522"):
        Mfrc522Reader(0, 0, bench)


@pytest.mark.parametrize("level", [0x00, 0xFF])
@pytest.mark.parametrize("with_card", [False, True])
def test_unplugged_at_each_transfer_of_a_poll(
    bench: Bench, reader: Mfrc522Reader, level: int, with_card: bool
) -> None:
    card = card_from({"uid": "04A1B2C3D4E5F6"})
    if with_card:
        bench.field.place(card)
    expected = Tag(card.uid, card.sak) if with_card else None
    before = bench.transfers
    assert reader.poll() == expected
    for after in range(bench.transfers - before):
        stuck_at(level, bench, after)
        # A cut within an answer may look like a torn card: then the next poll tells.
        assert polled(reader) in (expected, TagTrouble.RETRY, f"0x37 read 0x{level:02X}")
        with pytest.raises(HardwareError, match=rf"/dev/spidev0\.1.*read 0x{level:02X}"):
            reader.poll()
        bench.fault = None
        assert reader.poll() == expected


def test_a_reset_behind_our_back_is_noticed(bench: Bench, reader: Mfrc522Reader) -> None:
    card = card_from({"uid": "04A1B2C3"})
    bench.field.place(card)
    assert isinstance(reader.poll(), Tag)
    bench.chip = Mfrc522Chip(bench.field)
    with pytest.raises(HardwareError, match=r"reset in between.*supply"):
        reader.poll()
    assert reader.poll() == Tag(card.uid, card.sak)


def test_a_chip_that_ends_no_exchange_is_bounded(bench: Bench, reader: Mfrc522Reader) -> None:
    def no_irq(sent: bytes, answer: bytes) -> bytes:
        status = sent[0] == 0x80 | Register.COM_IRQ << 1
        return bytes((answer[0], 0, *answer[2:])) if status else answer

    bench.fault = no_irq
    before, began_ns = bench.transfers, bench.now_ns
    with pytest.raises(HardwareError, match="neither ended nor timed out"):
        reader.poll()
    assert bench.transfers - before <= 20
    assert bench.now_ns - began_ns < 20_000_000
    bench.fault = None
    assert reader.poll() is None


def test_a_clock_that_stands_still_is_bounded_by_counts(
    bench: Bench, reader: Mfrc522Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "sleep", lambda _seconds: None)
    monkeypatch.setattr(bench, "monotonic_ns", lambda: 0)
    bench.fault = lambda sent, answer: (
        bytes((answer[0], 0, *answer[2:])) if sent[0] == 0x88 else answer
    )
    before = bench.transfers
    with pytest.raises(HardwareError):
        reader.poll()
    assert bench.transfers - before <= 20


def test_a_slow_host_ends_by_the_clock(
    bench: Bench, reader: Mfrc522Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_seconds: float) -> None:
        bench.now_ns += 100_000_000

    monkeypatch.setattr(bench, "sleep", slow)
    assert reader.poll() is None, "late, but the chip had ended in time"
    bench.fault = lambda sent, answer: (
        bytes((answer[0], 0, *answer[2:])) if sent[0] == 0x88 else answer
    )
    before = bench.transfers
    with pytest.raises(HardwareError, match="neither ended nor timed out"):
        reader.poll()
    assert bench.transfers - before == 8


def test_errors_of_the_bus_itself_are_named(bench: Bench, reader: Mfrc522Reader) -> None:
    def broken(_sent: bytes, _answer: bytes) -> bytes:
        raise ConnectionResetError(104, "Connection reset by peer")

    bench.fault = broken
    for _ in range(2):
        with pytest.raises(HardwareError, match=r"/dev/spidev0.1.*reset by peer"):
            reader.poll()
    bench.fault = None
    assert reader.poll() is None


@pytest.mark.parametrize(
    ("error", "text"),
    [(FileNotFoundError(2, "No such file"), "enable SPI"), (PermissionError(13, "x"), "groups")],
)
def test_a_device_that_does_not_open(bench: Bench, error: OSError, text: str) -> None:
    def broken(_sent: bytes, _answer: bytes) -> bytes:
        raise error

    bench.fault = broken
    with pytest.raises(HardwareError, match=text):
        Mfrc522Reader(0, 0, bench)


def test_the_reset_pin_is_named_when_it_cannot_be_driven(bench: Bench) -> None:
    with pytest.raises(HardwareError, match="reset pin BCM 99"):
        Mfrc522Reader(0, 0, bench, reset_pin=99)


def test_without_the_two_modules_the_library_does_not_load(bench: Bench) -> None:
    bus.uninstall()
    with pytest.raises(HardwareError, match=r"does not load.*rpi-lgpio"):
        Mfrc522Reader(0, 0, bench)


def test_handlers_of_the_library_do_not_pile_up(bench: Bench) -> None:
    logger = logging.getLogger("mfrc522Logger")
    before = list(logger.handlers)
    for _ in range(3):
        Mfrc522Reader(0, 0, bench).close()
    assert logger.handlers == before


def test_a_closed_reader_closes_twice(reader: Mfrc522Reader) -> None:
    reader.close()
    reader.close()


def test_the_stated_bound_holds_for_the_worst_poll(bench: Bench, reader: Mfrc522Reader) -> None:
    assert MAX_TRANSFERS_PER_POLL <= 170
    reader.close()
    bench.field.place(card_from({"uid": "04A1B2C3D4E5F6071829"}))
    before = bench.transfers
    assert isinstance(reader.poll(), Tag)
    assert bench.transfers - before <= MAX_TRANSFERS_PER_POLL
