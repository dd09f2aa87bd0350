"""A USB printer, below the real python-escpos and pyusb."""

from functools import partial

import pytest
import usb.core

from hardware.ports import HardwareError, NothingPrinted
from hardware.receipt_printer import escpos
from hardware.receipt_printer.escpos import EscposPrinter
from hardware.receipt_printer.library import Library, load_library, open_printer
from hardware.receipt_printer.slip import Slip
from hardware.wiring import PrinterPort
from tests.hardware.receipt_printer.slips import SLIP
from tests.hardware.receipt_printer.usb_printer import KEYBOARD, PRODUCT, VENDOR, UsbPrinter

PAPER_ASKED = b"\x10\x04\x04"
PORT = PrinterPort(connection="usb", usb_vendor_id=VENDOR, usb_product_id=PRODUCT)


def plugged_in(monkeypatch: pytest.MonkeyPatch, device: UsbPrinter) -> UsbPrinter:
    monkeypatch.setattr(usb.core, "find", partial(usb.core.find, backend=device))
    return device


def bytes_of(slip: Slip) -> bytes:
    dummy = load_library().Dummy()
    escpos.write(dummy, slip, columns=32, cuts=True)
    return bytes(dummy.output)


@pytest.mark.parametrize("paper", [b"\x12", None])
def test_it_is_printed_at_the_makers_own_endpoints(
    monkeypatch: pytest.MonkeyPatch, paper: bytes | None
) -> None:
    device = plugged_in(monkeypatch, UsbPrinter(paper=paper))
    EscposPrinter(PORT).print(SLIP)
    assert device.taken == PAPER_ASKED + bytes_of(SLIP)


def test_without_paper_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    device = plugged_in(monkeypatch, UsbPrinter(paper=b"\x72"))
    with pytest.raises(NothingPrinted, match="no paper"):
        EscposPrinter(PORT).print(SLIP)
    assert device.taken == PAPER_ASKED


def test_one_that_is_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged_in(monkeypatch, UsbPrinter()).plugged_in = False
    with pytest.raises(NothingPrinted, match="no USB device 04b8:0e28"):
        EscposPrinter(PORT).print(SLIP)


def test_one_that_is_unplugged_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    device = plugged_in(monkeypatch, UsbPrinter())

    def opened(port: PrinterPort) -> Library:
        printer = open_printer(port)
        printer.text("so far\n")
        device.plugged_in = False
        return printer

    monkeypatch.setattr("hardware.receipt_printer.escpos.open_printer", opened)
    with pytest.raises(HardwareError, match="stopped on the way") as failed:
        EscposPrinter(PORT).print(SLIP)
    assert not isinstance(failed.value, NothingPrinted)


def test_a_device_that_takes_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged_in(monkeypatch, UsbPrinter(kind=KEYBOARD))
    with pytest.raises(NothingPrinted, match="it is no printer"):
        EscposPrinter(PORT).print(SLIP)


def test_without_libusb_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", missing)
    with pytest.raises(NothingPrinted, match=r"apt install libusb-1\.0-0"):
        EscposPrinter(PORT).print(SLIP)
