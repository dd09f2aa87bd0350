"""Which pin does what. Drivers, configuration and the simulated forecourt share these."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Pin = Annotated[int, Meta(ge=0, le=27, description="BCM number")]


class PumpPins(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pins of one pump. Outputs are active high with external pull-downs."""

    enable_relay: Pin
    """Drives the contact that the Pi holds in the valve's circuit."""
    timer_feed: Pin | None = None
    """Feeds the retriggerable timer, whose contact is in series. The timer starts again on each
    rising edge and on nothing else: a feed is one short high pulse, the pin rests low, and
    letting it fall never lengthens the hold."""
    enable_readback: Pin
    """Pulled down: high = the enable relay's contact is made, low = broken (or the wire is)."""
    timer_readback: Pin | None = None
    """The same for the timer's contact. Fitted whenever `timer_feed` is."""
    nozzle: Pin
    """Holster switch to ground, pulled up: low = hung, high = lifted."""
    pulser: Pin
    """One rising edge a pulse."""
    bypass: Pin | None = None
    """Auxiliary contact of the keyed bypass to ground, pulled up: low = off, high = on, or its
    wire broken. None: none is fitted."""
    lamp_green: Pin
    lamp_amber: Pin
    lamp_red: Pin
    buzzer: Pin


class ReaderBus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a pump's MFRC522 is wired: /dev/spidev{bus}.{device}."""

    spi_bus: Annotated[int, Meta(ge=0, le=1)] = 0
    spi_device: Annotated[int, Meta(ge=0, le=2)] = 0
    reset_pin: Pin = 1
    """The chip's RST, held high by the library; readers may share it."""


class DisplayBus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a pump's character display is wired: HD44780 behind a PCF8574 on I2C."""

    i2c_bus: Annotated[int, Meta(ge=0, le=22)]
    """/dev/i2c-N, which several displays share. The README's wiring of two pumps with timers uses
    the pins of buses 0 and 1 for readers and nozzles: put a bus where pins are free, such as those
    of the timers where a co-processor is fitted (dtoverlay=i2c-gpio,bus=8,...)."""
    i2c_address: Annotated[int, Meta(ge=0x03, le=0x77)] = 0x27
    """39 (0x27) as sold with a PCF8574, 63 (0x3f) with a PCF8574A, less by its jumpers."""
    character_set: Literal["A00", "A02"] = "A00"
    """The chip's letters: A00 European and Japanese as most are sold, A02 European."""


class PrinterPort(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a receipt printer is, which speaks ESC/POS, and what it can do."""

    connection: Literal["usb", "network", "serial", "file"]
    usb_vendor_id: Annotated[int, Meta(ge=0, le=0xFFFF)] | None = None
    usb_product_id: Annotated[int, Meta(ge=0, le=0xFFFF)] | None = None
    """As `lsusb` shows them, such as 0x04b8 and 0x0e28."""
    host: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9100
    device: Annotated[str, Meta(pattern="^/", max_length=1000)] | None = None
    """A serial line such as /dev/ttyUSB0; or what takes bytes, such as /dev/usb/lp0."""
    baud_rate: Annotated[int, Meta(ge=1200, le=921_600)] = 9600
    columns: Annotated[int, Meta(ge=32, le=48)] = 32
    """Characters on a line: 32 on paper of 58 mm, 42 or 48 on 80 mm."""
    cuts: bool = True
    asks_paper: bool = True
    """Whether it is asked for paper first. One that does not answer costs a second or two."""


class PumpWiring(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1, le=4)]
    pins: PumpPins
    reader: ReaderBus
    display: DisplayBus | None = None
    timer_hold_ms: Annotated[int, Meta(ge=100, le=1000)] = 300
    """How long the retriggerable timer keeps its contact made unfed."""


class ReaderWiring(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A third party's pump: a reader beside it, and nothing of ours in it."""

    number: Annotated[int, Meta(ge=1, le=4)]
    reader: ReaderBus


class PicoChannelWiring(Struct, frozen=True, kw_only=True):
    """What one of a co-processor's two channels is wired to."""

    pump: int
    pulser_channels: Literal["a", "ab"] = "a"
    least_gap_us: int = 0
    """Two pulses of real flow are never nearer; 0: whatever comes is counted."""


class PicoWiring(Struct, frozen=True, kw_only=True):
    """Which co-processor, by the serial number of its USB or by its port, and what it limits."""

    serial_number: str | None = None
    port: str | None = None
    lease_ms: int = 300
    channels: tuple[PicoChannelWiring, ...]


DEMO_STOP_PIN: int = 4
"""Emergency stop loop, normally closed to ground, pulled up: low = healthy, high = stop."""

DEMO_WIRING: tuple[PumpWiring, ...] = (
    PumpWiring(
        number=1,
        pins=PumpPins(
            enable_relay=17,
            timer_feed=27,
            enable_readback=22,
            timer_readback=23,
            nozzle=3,
            pulser=25,
            bypass=0,
            lamp_green=5,
            lamp_amber=6,
            lamp_red=12,
            buzzer=13,
        ),
        reader=ReaderBus(spi_bus=0, spi_device=0),
    ),
    PumpWiring(
        number=2,
        pins=PumpPins(
            enable_relay=16,
            timer_feed=26,
            enable_readback=20,
            timer_readback=21,
            nozzle=2,
            pulser=19,
            lamp_green=24,
            lamp_amber=15,
            lamp_red=14,
            buzzer=18,
        ),
        reader=ReaderBus(spi_bus=0, spi_device=1),
    ),
)
"""The README's wiring. SPI 0 keeps pins 7 to 11. Whatever may move fuel is on pins that are
pulled low at reset (9 to 27); the switches to ground are on 2 and 3, which are always pulled up.
For a bypass key 0 alone is left (pulled up at reset); where a co-processor has taken the place of a
timer, that timer's pins are free too."""
