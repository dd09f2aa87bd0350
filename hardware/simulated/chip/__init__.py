"""The MFRC522 at register level."""

from hardware.simulated.chip.core import Mfrc522Chip

__all__ = ["Mfrc522Chip"]
