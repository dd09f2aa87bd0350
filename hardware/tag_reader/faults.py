"""What can be wrong between the Pi and the chip, in words a technician can act on."""

_CHECK_WIRES = (
    "check the reader's 3.3 V, ground, SCK, MOSI, MISO, chip select and RST wires, "
    "and that SPI is enabled (dtparam=spi=on)"
)


class BusFault(Exception):
    """The chip did not do as expected: what was found and what to check, without its name."""

    def __init__(self, found: str, check: str) -> None:
        super().__init__(f"{found}; {check}")


def no_version(found: int) -> BusFault:
    meaning = "nothing answers on the bus" if found in (0x00, 0xFF) else "this is no MFRC522"
    return BusFault(
        f"the version register 0x37 read 0x{found:02X}, expected 0x91 or 0x92 "
        f"(or a clone's 0x88, 0x89, 0xB2): {meaning}",
        _CHECK_WIRES,
    )


def silent_chip(irq: int) -> BusFault:
    return BusFault(
        "an exchange neither ended nor timed out "
        f"(ComIrqReg 0x04 read 0x{irq:02X}, expected bit 5 or bit 0 set)",
        "the chip's timer does not run: cycle the reader's power, then replace the reader",
    )
