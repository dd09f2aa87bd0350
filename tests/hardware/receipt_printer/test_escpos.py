"""The real library: its bytes, and what becomes of them on a file, a pty, the network, USB."""

import os
import socket
import struct
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.ports import HardwareError, NothingPrinted, ReceiptPrinter
from hardware.receipt_printer.escpos import QR_DOTS, EscposPrinter, write
from hardware.receipt_printer.library import Library, load_library, open_printer
from hardware.receipt_printer.qr import QUIET, qr_path
from hardware.receipt_printer.slip import Pair, Slip, Text
from hardware.wiring import PrinterPort
from tests.hardware.receipt_printer.slips import SLIP, read

PAPER_ASKED = b"\x10\x04\x04"
PLENTY, NONE = b"\x12", b"\x72"
"""Epson, DLE EOT 4: bits 5 and 6 are set where the roll has ended."""
PRINTED = """\
        BKAD Kota Kupang
--------------------------------
Kendaraan             DH 1932 BH
JUMLAH                Rp 498.575



      kupang-01-1234-K7Q2M
"""


def dummy(slip: Slip, columns: int = 32, *, cuts: bool = True) -> bytes:
    printer = load_library().Dummy()
    write(printer, slip, columns=columns, cuts=cuts)
    return bytes(printer.output)


def test_its_bytes_are_text_a_code_and_a_cut() -> None:
    text, commands, image = read(dummy(SLIP))
    assert text == PRINTED
    assert commands[0] == b"\x1b@"
    assert commands[-1] == b"\x1dV\x01"
    assert (commands.count(b"\x1bE\x01"), commands.count(b"\x1bE\x00")) == (3, 3)
    assert len(image) > 1_500


def test_the_code_is_what_a_reader_sees() -> None:
    """Each module as many dots, black on white, with what the QR library makes of the text."""
    modules, _ = qr_path(SLIP.qr)
    side = (modules - 2 * QUIET + 2) * QR_DOTS  # the printer's library leaves one around it
    code = qrcode.QRCode(border=1, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(SLIP.qr)
    _, _, image = read(dummy(SLIP))
    width = len(image) // side * 8
    dots = [
        f"{int.from_bytes(image[y : y + width // 8], 'big'):0{width}b}"
        for y in range(0, len(image), width // 8)
    ]
    middles = range(QR_DOTS // 2, side, QR_DOTS)
    assert [[dots[y][x] == "1" for x in middles] for y in middles] == code.get_matrix()


def test_without_a_cutter_it_is_fed_out() -> None:
    text, commands, _ = read(dummy(SLIP, cuts=False))
    assert text.endswith("\n" * 5)
    assert not any(command.startswith(b"\x1dV") for command in commands)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_no_name_reaches_the_printer_as_a_command(name: str, value: str) -> None:
    plain_one = Slip(lines=[Pair("a", "b")], qr="a", foot=[])
    hostile = Slip(lines=[Pair(name, value), Text(value)], qr="a", foot=[])
    _, commands, image = read(dummy(hostile))
    assert (commands, image) == read(dummy(plain_one))[1:]


def test_to_a_device_that_takes_bytes(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    device.touch()
    printer: ReceiptPrinter = EscposPrinter(PrinterPort(connection="file", device=str(device)))
    printer.print(SLIP)
    assert device.read_bytes() == dummy(SLIP)


def test_a_device_that_is_unplugged_is_not_made(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    with pytest.raises(NothingPrinted, match="is it on and plugged in"):
        EscposPrinter(PrinterPort(connection="file", device=str(device))).print(SLIP)
    assert not device.exists()


class Sink:
    """A printer at the end of a line: takes what comes, and says how it is off for paper."""

    def __init__(self, take: Callable[[int], bytes], give: Callable[[bytes], Any]) -> None:
        self.taken = b""
        self.paper: bytes | None = PLENTY
        self._take, self._give = take, give
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while part := self._take(4096):
                self.taken += part
                if PAPER_ASKED in part and self.paper is not None:
                    self._give(self.paper)
        except OSError:
            return

    def until_over(self) -> bytes:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.taken


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def network(server: socket.socket, **more: Any) -> EscposPrinter:
    port = server.getsockname()[1]
    return EscposPrinter(PrinterPort(connection="network", host="127.0.0.1", port=port, **more))


def answered(server: socket.socket, paper: bytes | None) -> Sink:
    """Whoever connects next, and is told so of the paper."""
    held: list[socket.socket] = []

    def take(size: int) -> bytes:
        if not held:
            held.append(server.accept()[0])
        part = held[0].recv(size)
        if not part:
            held[0].close()
        return part

    sink = Sink(take, lambda said: held[0].sendall(said))
    sink.paper = paper
    return sink


@pytest.mark.parametrize("paper", [PLENTY, b"\x1e"])
def test_over_the_network(listening: socket.socket, paper: bytes) -> None:
    sink = answered(listening, paper)
    network(listening).print(SLIP)
    assert sink.until_over() == PAPER_ASKED + dummy(SLIP)


def test_one_that_is_not_to_be_asked(listening: socket.socket) -> None:
    sink = answered(listening, NONE)
    network(listening, asks_paper=False).print(SLIP)
    assert sink.until_over() == dummy(SLIP)


def test_one_without_paper_prints_nothing(listening: socket.socket) -> None:
    sink = answered(listening, NONE)
    with pytest.raises(NothingPrinted, match="no paper"):
        network(listening).print(SLIP)
    assert sink.until_over() == PAPER_ASKED


def test_one_that_does_not_say_is_believed_to_have_paper(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.receipt_printer.library.PAPER_S", 0.05)
    sink = answered(listening, None)
    network(listening).print(SLIP)
    assert sink.until_over() == PAPER_ASKED + dummy(SLIP)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library's
def test_one_that_is_not_there(listening: socket.socket) -> None:
    printer = network(listening)
    listening.close()
    with pytest.raises(NothingPrinted, match="no printer answers"):
        printer.print(SLIP)


def test_one_that_goes_away_in_the_middle(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(port: PrinterPort) -> Library:
        printer = open_printer(port)
        held, _ = listening.accept()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        held.close()
        return printer

    monkeypatch.setattr("hardware.receipt_printer.escpos.open_printer", opened)
    with pytest.raises(HardwareError, match="stopped on the way") as failed:
        network(listening, asks_paper=False).print(SLIP)
    assert not isinstance(failed.value, NothingPrinted)


def test_over_a_serial_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.receipt_printer.library.PAPER_S", 0.1)
    ours, theirs = os.openpty()
    tty.setraw(ours)
    sink = Sink(lambda size: os.read(ours, size), lambda said: os.write(ours, said))
    port = PrinterPort(connection="serial", device=os.ttyname(theirs), baud_rate=19_200)
    EscposPrinter(port).print(SLIP)
    os.close(theirs)
    assert sink.until_over() == PAPER_ASKED + dummy(SLIP)
    os.close(ours)


def test_a_serial_line_that_is_not_there(tmp_path: Path) -> None:
    port = PrinterPort(connection="serial", device=str(tmp_path / "ttyUSB0"))
    with pytest.raises(NothingPrinted, match="ttyUSB0"):
        EscposPrinter(port).print(SLIP)


def test_the_library_leaves_no_folder_behind(tmp_path: Path) -> None:
    program = "from hardware.receipt_printer.library import load_library; load_library()"
    subprocess.run([sys.executable, "-c", program], check=True, env={"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
