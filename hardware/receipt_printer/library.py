"""Opening a printer through the python-escpos library."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol, cast

from hardware.ports import HardwareError
from hardware.wiring import PrinterPort

ANSWER_S = 5
"""Of the network: to be connected, and for each write."""
PAPER_S = 1.0
"""For a printer's word on its paper; many have none."""
PRINTER_CLASS, BULK, INWARDS = 7, 2, 0x80
"""Of USB: an interface's class, an endpoint's kind, an address's bit."""


class Library(Protocol):
    """What is used of python-escpos's printers."""

    device: Any

    def open(self) -> None: ...
    def hw(self, hw: str) -> None: ...
    def set(self, **style: Any) -> None: ...
    def text(self, txt: str) -> None: ...
    def qr(self, content: str, *, ec: int, size: int) -> None: ...
    def cut(self, mode: str) -> None: ...
    def ln(self, count: int) -> None: ...
    def paper_status(self) -> int: ...
    def close(self) -> None: ...


def load_library() -> Any:
    """The package's printers. As it is loaded it makes a folder for its own use, and leaves it
    behind: here in one that is removed."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        tempfile.tempdir = folder
        try:
            return import_module("escpos.printer")
        except ImportError as error:
            raise HardwareError(
                f"the python-escpos library does not load ({error}); ./takar sets it up with all "
                "others"
            ) from error
        finally:
            tempfile.tempdir = before


def open_printer(port: PrinterPort) -> Library:
    """A printer that takes bytes now. OSError where none does."""
    library = load_library()
    printer = cast(Library, _made(library, port))
    refused = import_module("escpos.exceptions").Error
    try:
        printer.open()
    except refused as error:
        raise OSError(" ".join(str(error).split())) from error
    return printer


@contextmanager
def patient(printer: Library, port: PrinterPort) -> Iterator[None]:
    """While an answer is waited for that may never come."""
    if port.connection != "network":
        yield
        return
    printer.device.settimeout(PAPER_S)
    try:
        yield
    finally:
        printer.device.settimeout(ANSWER_S)


def _made(library: Any, port: PrinterPort) -> Any:
    match port.connection:
        case "network":
            return library.Network(port.host, port.port, timeout=ANSWER_S)
        case "serial":
            return library.Serial(port.device, port.baud_rate, timeout=PAPER_S, dsrdtr=False)
        case "usb":
            ends = usb_ends(port)
            timeout_ms = ANSWER_S * 1000
            ids = port.usb_vendor_id, port.usb_product_id
            return library.Usb(*ids, timeout=timeout_ms, in_ep=ends[0], out_ep=ends[1])
        case "file":
            # The library would make a file where a printer's should be.
            if port.device is None or not os.path.exists(port.device):  # noqa: PTH110
                raise FileNotFoundError(f"{port.device} is not there")
            return library.File(port.device)


def usb_ends(port: PrinterPort) -> tuple[int, int]:
    """Addresses of the endpoints from and to a printer: they differ by maker. OSError where there
    is no such printer."""
    core = import_module("usb.core")
    try:
        device = core.find(idVendor=port.usb_vendor_id, idProduct=port.usb_product_id)
    except core.NoBackendError as error:
        raise OSError("libusb is missing: apt install libusb-1.0-0") from error
    if device is None:
        raise FileNotFoundError(
            f"no USB device {port.usb_vendor_id:04x}:{port.usb_product_id:04x}; `lsusb` lists them"
        )
    interfaces = [one for configuration in device for one in configuration]
    printers = [one for one in interfaces if one.bInterfaceClass == PRINTER_CLASS] or interfaces
    ends = [end for one in printers[:1] for end in one if end.bmAttributes & 3 == BULK]
    out = [end.bEndpointAddress for end in ends if not end.bEndpointAddress & INWARDS]
    back = [end.bEndpointAddress for end in ends if end.bEndpointAddress & INWARDS]
    if not out:
        raise OSError("that USB device takes no bytes: it is no printer")
    return (back[0] if back else 0x82), out[0]
