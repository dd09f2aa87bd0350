"""A printer on a simulated USB, below the real pyusb: one interface with a maker's endpoints."""

from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
from usb.core import USBError

VENDOR, PRODUCT = 0x04B8, 0x0E28
OUT, BACK = 0x03, 0x84
PRINTER, KEYBOARD = 7, 3


def _described(**fields: int) -> SimpleNamespace:
    common = {"bLength": 9, "bDescriptorType": 0, "extra_descriptors": []}
    return SimpleNamespace(**(common | fields))


class UsbPrinter(usb.backend.IBackend):  # type: ignore[misc]  # pyusb says nothing of types
    """Takes what is written to its endpoint, and says `paper` when it is asked."""

    def __init__(self, kind: int = PRINTER, paper: bytes | None = b"\x12") -> None:
        super().__init__()
        self.taken = b""
        self.plugged_in = True
        self._kind, self._paper = kind, paper
        self._ends = 2 if kind == PRINTER else 0

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.plugged_in else [])

    def get_device_descriptor(self, dev: str) -> SimpleNamespace:
        ids = {"idVendor": VENDOR, "idProduct": PRODUCT, "bNumConfigurations": 1}
        zeros = ("bcdUSB", "bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bcdDevice")
        more = ("bMaxPacketSize0", "iManufacturer", "iProduct", "iSerialNumber", "address", "bus")
        last = ("port_number", "port_numbers", "speed")
        return _described(**ids, **dict.fromkeys((*zeros, *more, *last), 0))

    def get_configuration_descriptor(self, dev: str, config: int) -> SimpleNamespace:
        if config > 0:
            raise IndexError
        zeros = ("wTotalLength", "iConfiguration", "bmAttributes", "bMaxPower")
        return _described(bNumInterfaces=1, bConfigurationValue=1, **dict.fromkeys(zeros, 0))

    def get_interface_descriptor(
        self, dev: str, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if intf > 0 or alt > 0:
            raise IndexError
        zeros = ("bInterfaceNumber", "bAlternateSetting", "bInterfaceSubClass", "iInterface")
        kind = {"bInterfaceClass": self._kind, "bInterfaceProtocol": 2, "bNumEndpoints": self._ends}
        return _described(**kind, **dict.fromkeys(zeros, 0))

    def get_endpoint_descriptor(
        self, dev: str, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if ep > 1:
            raise IndexError
        zeros = ("bInterval", "bRefresh", "bSynchAddress")
        kind = {"bmAttributes": 2, "wMaxPacketSize": 64, "bEndpointAddress": (BACK, OUT)[ep]}
        return _described(**kind, **dict.fromkeys(zeros, 0))

    def bulk_write(self, handle: str, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        assert ep == OUT
        self._there()
        self.taken += data.tobytes()
        return len(data)

    def bulk_read(self, handle: str, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        assert ep == BACK
        self._there()
        if self._paper is None:
            raise USBError("timed out", errno=110)
        buff[: len(self._paper)] = array("B", self._paper)
        return len(self._paper)

    def _there(self) -> None:
        if not self.plugged_in:
            raise USBError("no such device", errno=19)

    def open_device(self, dev: str) -> str:
        self._there()
        return dev

    def _done(self, *_: Any) -> None:
        return None

    close_device = set_configuration = claim_interface = release_interface = _done
    reset_device = detach_kernel_driver = attach_kernel_driver = _done

    def get_configuration(self, handle: str) -> int:
        return 1

    def is_kernel_driver_active(self, handle: str, intf: int) -> bool:
        return False
