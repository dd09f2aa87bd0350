"""On the chip as /main.py: choose the firmware folder, /a or /b, and run it.

It lives outside both, with the few files below /loader that it needs, so that no transfer that
goes wrong can take it away. Press BOOTSEL in the first second after power on for MicroPython's own
prompt instead; pressed while it is plugged in, the Pico shows itself as a drive.
"""

import sys
from time import sleep_ms

import machine
import rp2

LOADER = "loader"
"""Below /, where MicroPython starts."""
START_MS = 8000
"""From here to the firmware's own watchdog: importing it takes a second or two."""
LOOKS, LOOK_MS = 20, 50


def run() -> None:
    """Run what Boots chooses; whatever ends it starts the chip anew, with its contacts off."""
    machine.WDT(timeout=START_MS)
    try:
        sys.path.insert(0, LOADER)
        from firmware.board.memory import FlashSlots
        from firmware.guard.boots import Boots

        folder = Boots(FlashSlots()).choose()
        for name in [name for name in sys.modules if name.startswith("firmware")]:
            del sys.modules[name]
        sys.path[0] = folder
        from firmware.board.main import main

        main()
    finally:
        machine.reset()


def wanted() -> bool:
    """Whether somebody presses BOOTSEL. After another reset than power on nobody does."""
    if machine.reset_cause() != machine.PWRON_RESET:
        return False
    for _ in range(LOOKS):
        if rp2.bootsel_button():
            return True
        sleep_ms(LOOK_MS)
    return False


if not wanted():
    run()
