"""Where gpiozero gets a Raspberry Pi's pins: the kernel's GPIO character device, by lgpio."""

from pathlib import Path

from gpiozero.exc import PinUnknownPi
from gpiozero.pins import Factory

from hardware.ports import HardwareError


def raspberry_pi_factory() -> Factory:
    """Open the header's GPIO chip. HardwareError says what is missing and what to install."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise HardwareError(
            f"GPIO: expected the Python library lgpio, found none ({error}); on a Raspberry Pi "
            "run `sudo apt install python3-lgpio` and make .venv with --system-site-packages"
        ) from error
    try:
        return LGPIOFactory()
    except PinUnknownPi as error:
        raise HardwareError(
            f"GPIO: expected a Raspberry Pi, found another machine ({error}); for the simulated "
            'forecourt set kind = "simulated" in [hardware]'
        ) from error
    except Exception as error:
        chips = ", ".join(sorted(str(path) for path in Path("/dev").glob("gpiochip*"))) or "none"
        raise HardwareError(
            f"GPIO: expected to open the header's chip /dev/gpiochip0 (/dev/gpiochip4 on older "
            f"kernels of a Pi 5), found {chips} ({error}); check that it exists and that this "
            "user is in the group gpio"
        ) from error
