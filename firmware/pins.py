"""The Pico's pins, by GPIO number. docs/pico.svg is drawn from this.

Inputs that a switch pulls to ground have the chip's pull-up. Whatever may move fuel is an output
that the chip leaves floating at reset: 8.2 kΩ to ground at the relay's driver keep it off (a
RP2350's own pull-down is too weak against its leakage, erratum E9; its inputs want 8.2 kΩ too).
"""


class PumpPins:
    """A and B lie side by side, for PIO reads them together."""

    def __init__(self, pulser_a: int, contact: int) -> None:
        self.pulser_a = pulser_a
        self.pulser_b = pulser_a + 1
        """Free where the pulser has one channel."""
        self.contact = contact
        """Relay in the valve's circuit, in series with the Pi's: high makes it."""
        self.stage = contact + 1
        """Second coil of a two-stage valve: high for full flow, low for slow."""
        self.readback = contact + 2
        """Auxiliary contact of that relay to 3.3 V: high is made."""
        self.nozzle = contact + 3
        """Holster switch to ground: low is hung."""


PUMPS = {1: PumpPins(2, 6), 2: PumpPins(4, 10)}
STOP = 14
"""Emergency stop, third contact, normally closed to ground: low is healthy."""
POWER_GOOD = 15
"""Low while the supply fails, from a supervisor; not fitted it reads high."""
FRAM_SDA, FRAM_SCL = 16, 17
"""I2C 0: MB85RC256V or alike at address 0x50; found by itself."""
