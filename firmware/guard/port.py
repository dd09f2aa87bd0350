"""What the guard needs of the chip. firmware/board.py and the simulated Pico fit it."""


class Board:
    """One Pico with two pumps, numbered 1 and 2. Nothing here waits.

    Besides these calls the board's interrupts call `Channel.edge` or `Channel.pulse` of
    `Device.channels[pump]` for each change of a pulser, and break that pump's contact at once
    where the answer is `pulses.BREAK`. A board that collects edges instead gives them to
    `edges`; its stop is then as late as the turn that follows.
    """

    id = "none"
    """Serial number: letters, digits, `.`, `_`, `-`; at most 32."""
    firmware = "0"
    """Version of the code that runs, in the same letters."""
    reset = "power"
    """Why the chip started: power, watchdog, asked, fault; one word."""
    keeps = "flash"
    """"fram" where `save` may be called at any time, "flash" where it stalls the chip."""
    memory = ""
    """"known" where this chip has kept counts in FRAM at an earlier start too; "missing" where it
    has, and the FRAM does not answer now: `save` then keeps nothing of the slots below 4."""

    def read_bytes(self) -> bytes:
        """What the host sent since the last call, at most 256 bytes at once; often b""."""
        raise NotImplementedError

    def write_line(self, line: bytes) -> None:
        """Send a line, its end included. Drop it rather than wait where nobody reads."""
        raise NotImplementedError

    def drive(self, pump: int, *, contact: bool, slow: bool) -> None:
        """Make or break the chip's contact; a two-stage valve's second output off (slow)."""
        raise NotImplementedError

    def readback(self, pump: int) -> bool:
        """Whether the contact is made, as its auxiliary contact says."""
        raise NotImplementedError

    def nozzle(self, pump: int) -> bool:
        """Whether it is lifted."""
        raise NotImplementedError

    def stop_healthy(self) -> bool:
        """Whether the emergency stop's loop carries current: a broken wire is a stop."""
        raise NotImplementedError

    def power_failing(self) -> bool:
        """Whether the brown-out input says so; False where none is fitted."""
        return False

    def levels(self, pump: int) -> int:
        """Channel A in bit 0, B in bit 1, now."""
        raise NotImplementedError

    def edges(self, pump: int) -> "list[tuple[int, int]]":  # noqa: ARG002 - a port
        """(ticks, levels) of each change since the last call, where interrupts do not tell."""
        return []

    def load(self, slot: int) -> bytes:
        """What `save` last wrote there, b"" if nothing ever; slots 0 to 5."""
        raise NotImplementedError

    def save(self, slot: int, line: bytes) -> None:
        """Write at most 256 bytes, so that a cut leaves the old, the new, or neither readable."""
        raise NotImplementedError

    def feed_watchdog(self) -> None:
        raise NotImplementedError

    def reboot(self) -> None:
        """Start anew; may return in a simulation."""
        raise NotImplementedError

    def erase(self, folder: str) -> None:
        """Remove every file of firmware folder "a" or "b". OSError if flash fails, as below."""
        raise NotImplementedError

    def append(self, folder: str, name: str, data: bytes) -> None:
        """Write on at the end of a file; it and the folders in its name are made when missing."""
        raise NotImplementedError

    def content(self, folder: str, name: str, at: int) -> bytes:
        """Up to 512 bytes of a file from `at` on; b"" at its end."""
        raise NotImplementedError
