"""The firmware's own code in simulated microseconds: from the limit's pulse to the output."""

from firmware.guard import protocol
from firmware.guard.codec import text
from firmware.guard.device import TICK_US, Device
from firmware.guard.messages import TO_CHIP, VERSION
from firmware.guard.port import Board
from firmware.guard.pulses import BREAK

STEP_US = 7
"""Between the phases, against the main loop's tick, at which the limit's pulse is tried."""
CLOCK_US = 1


class _Bench(Board):
    """Pump 1 with all in order; `broke_us` is when its contact was last told to break."""

    def __init__(self) -> None:
        self.now_us = 0
        self.broke_us: int | None = None
        self.made = False
        self.waiting: list[tuple[int, int]] = []
        self.received = b""
        self.device = Device(self)

    def read_bytes(self) -> bytes:
        received, self.received = self.received[:256], self.received[256:]
        return received

    def write_line(self, line: bytes) -> None: ...

    def drive(self, pump: int, *, contact: bool, slow: bool) -> None:  # noqa: ARG002 - a port
        if pump == 1:
            if self.made and not contact:
                self.broke_us = self.now_us
            self.made = contact

    def readback(self, pump: int) -> bool:
        return pump == 1 and self.made

    def nozzle(self, pump: int) -> bool:  # noqa: ARG002 - a port
        return True

    def stop_healthy(self) -> bool:
        return True

    def power_failing(self) -> bool:
        return False

    def levels(self, pump: int) -> int:  # noqa: ARG002 - a port
        return 0

    def edges(self, pump: int) -> list[tuple[int, int]]:
        if pump != 1:
            return []
        edges, self.waiting = self.waiting, []
        return edges

    def load(self, slot: int) -> bytes:  # noqa: ARG002 - a port
        return b""

    def save(self, slot: int, line: bytes) -> None: ...

    def feed_watchdog(self) -> None: ...

    def say(self, verb: str, **fields: int) -> None:
        self.received += protocol.frame(0, text(TO_CHIP, verb, fields))
        while self.received:
            self.device.turn(self.now_us)

    def limit_to_output_us(self, phase_us: int, *, interrupt: bool) -> int:
        """Open for one pulse, which comes `phase_us` after a turn of the main loop."""
        self.say("hello", v=VERSION, host=7)
        self.now_us += TICK_US
        self.device.turn(self.now_us)
        self.say("arm", p=1, s=5, lim=1, lease=1000)
        self.say("make", p=1, s=5)
        self.now_us += TICK_US
        next_us = self.now_us + self.device.turn(self.now_us)
        if not self.made:
            raise RuntimeError("the firmware opened no valve for a fill in order")
        self.now_us += phase_us
        pulse_us = self.now_us
        if interrupt:
            if self.device.channels[1].pulse(pulse_us) == BREAK:
                self.drive(1, contact=False, slow=False)
        else:
            self.waiting.append((pulse_us, 1))
        while self.broke_us is None:
            self.now_us = max(self.now_us, next_us)
            next_us = self.now_us + self.device.turn(self.now_us)
        return self.broke_us - pulse_us


def longest_us(*, interrupt: bool) -> int:
    """Over every phase of the main loop, with the pulse taken by interrupt, or by that loop."""
    return max(
        _Bench().limit_to_output_us(phase_us, interrupt=interrupt) + CLOCK_US
        for phase_us in range(1, TICK_US, STEP_US)
    )
