"""Opening the chip through the mfrc522 library, which brings its own ways of failing."""

import logging
from importlib import import_module
from typing import cast

from hardware.tag_reader.exchange import ChipAccess
from hardware.tag_reader.faults import BusFault

MAX_TRANSFERS_TO_OPEN = 12
"""The library's soft reset, timer, modulation and antenna settings cost 11."""

_GPIO_BCM = 11
_LOGGER = "mfrc522Logger"


def open_chip(bus: int, device: int, reset_pin: int) -> ChipAccess:
    """The library's MFRC522 for /dev/spidev{bus}.{device}, soft reset and with its field on.

    Nothing has been read yet: a missing chip shows only when its version is. Raises BusFault when
    the library cannot be loaded or refuses; OSError when there is no such device.
    """
    try:
        # Loaded here, for it wants spidev and RPi.GPIO, real or simulated, at once.
        library = import_module("mfrc522")
    except (ImportError, RuntimeError) as error:
        raise BusFault(
            f"the mfrc522 library does not load ({error})",
            "on a Raspberry Pi install python3-spidev and rpi-lgpio; elsewhere set "
            'hardware kind = "simulated"',
        ) from error
    logger = logging.getLogger(_LOGGER)
    handlers = list(logger.handlers)
    try:
        chip = library.MFRC522(bus=bus, device=device, pin_mode=_GPIO_BCM, pin_rst=reset_pin)
    except FileNotFoundError as error:
        raise BusFault(
            f"there is no such device ({error})", "enable SPI (dtparam=spi=on) and restart the Pi"
        ) from error
    except PermissionError as error:
        raise BusFault(
            f"this user may not open it ({error})", "add the user to the groups spi and gpio"
        ) from error
    except OSError:
        raise
    # rpi-lgpio raises lgpio.error, RPi.GPIO RuntimeError; the former exists only on a Pi.
    except Exception as error:
        raise BusFault(
            f"the reset pin BCM {reset_pin} cannot be driven ({error})",
            "see that nothing else uses this pin",
        ) from error
    finally:
        # The library adds one more handler each time, and each would repeat every line.
        for handler in logger.handlers[:]:
            if handler not in handlers:
                logger.removeHandler(handler)
    return cast(ChipAccess, chip)
