"""One co-processor on the forecourt: its process, its cable, and what its wires are tied to."""

import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path

from firmware.guard.ticks import MASK, PERIOD, since
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.pico.link import Link
from hardware.simulated.pico.memory import Memory
from hardware.simulated.pico.process import Answer, ChipProcess
from hardware.simulated.pico.settings import PicoSettings

NEVER = 2**63 - 1
NS_PER_US = 1000
TICKS_AT_BOOT = PERIOD - 30_000_000
"""MicroPython promises no first value: this one starts again 30 s after each boot."""
BOOT_NS = 300_000_000
"""From power on until the firmware runs."""
IDLE_NS = 50_000_000
"""With nothing armed and nothing changed, turns that would do nothing are left out so long."""
WATCHDOG_NS = 1_000_000_000
NAME = "usb-MicroPython_Board_in_FS_mode_{serial}-if00"
"""As udev names the port in /dev/serial/by-id."""
STRANGER = b"$GPRMC,120000,A,1010.00,S,12336.00,E,0.0,0.0,221126,,*0B\r\n"
"""What a GPS receiver says, in case it is on the port."""
STRANGER_NS = 1_000_000_000


class SimulatedPico:
    """`look` at `next_ns` at the latest, and whenever something may have changed."""

    def __init__(
        self,
        settings: PicoSettings,
        pumps: Sequence[SimulatedPump],
        stop_healthy: Callable[[], bool],
        folder: Path,
        rng: random.Random,
        now_ns: int,
    ) -> None:
        """The port appears in `folder`; `pumps` are those of its first and second channel."""
        self.settings = settings
        self.link = Link(folder / NAME.format(serial=settings.serial))
        self.next_ns = now_ns
        self.faults: dict[str, int] = {}
        self._memory = Memory(folder / f"pico-{settings.serial}.memory")
        self._chip = ChipProcess(settings.interpreter)
        self._pumps = pumps
        self._stop_healthy = stop_healthy
        self._rng = rng
        self._boot_at_ns: int | None = now_ns
        self._why = "power"
        self._booted_ns = 0
        self._turn_ns = NEVER
        self._stranger_ns = now_ns
        self._levels = [0, 0]
        self._inputs = -1
        self._busy = False
        self._power_fails = False
        self._late: deque[tuple[int, bytes]] = deque()
        self._plan(now_ns)

    def look(self, now_ns: int) -> None:
        """Let the chip do what is due by now."""
        if self._boot_at_ns is not None and now_ns >= self._boot_at_ns:
            self._boot(now_ns)
        if "pico_other_product" in self.faults and now_ns >= self._stranger_ns:
            self._stranger_ns = now_ns + STRANGER_NS
            self.link.write(STRANGER)
        if self._chip.runs and "pico_hangs" in self.faults:
            if now_ns >= self._turn_ns + WATCHDOG_NS:
                self.faults.pop("pico_hangs")
                self._restart(now_ns, "watchdog")
        elif self._chip.runs:
            received = self._hear(now_ns)
            due = now_ns >= self._turn_ns or received or self._inputs != self._input_bits()
            if due or (self._busy and any(pump.pico_edges for pump in self._pumps)):
                self._turn(now_ns, received)
        self._plan(now_ns)

    def hear_over(self, from_ns: int, to_ns: int) -> None:
        """What was said during this time, while this process did not get to run: nobody knows
        when in it, so the lines lie evenly over it, lest a lease lapse that was renewed."""
        lines = self._link_bytes().splitlines(keepends=True)
        for place, line in enumerate(lines):
            self._late.append((from_ns + (to_ns - from_ns) * place // len(lines), line))
        self._plan(from_ns)

    def set_fault(self, name: str, value: int | None, now_ns: int) -> None:
        """Break something (the forecourt's faults.py), or mend it: None."""
        before = name in self.faults
        if value is None:
            self.faults.pop(name, None)
        else:
            self.faults[name] = value
        if name == "pico_unplugged":
            (self.link.plug if value is None else self.link.unplug)()
        elif name == "pico_off" and value is not None:
            self._lose_power(now_ns)
        elif name == "pico_off" and before:
            self._boot_at_ns = now_ns + BOOT_NS
            self._why = "power"
        self._plan(now_ns)

    def close(self) -> None:
        self._chip.cut()
        self.link.unplug()

    def _plan(self, now_ns: int) -> None:
        if self._boot_at_ns is not None:
            self.next_ns = self._boot_at_ns
        elif not self._chip.runs:
            self.next_ns = NEVER
        elif "pico_hangs" in self.faults:
            self.next_ns = self._turn_ns + WATCHDOG_NS
        else:
            moments = [self._turn_ns, *(at_ns for at_ns, _ in islice(self._late, 1))]
            if self._busy:
                moments += [pump.next_edge_ns() for pump in self._pumps]
            self.next_ns = max(now_ns + NS_PER_US, min(moments))
        if "pico_other_product" in self.faults:
            self.next_ns = min(self.next_ns, self._stranger_ns)

    def _boot(self, now_ns: int) -> None:
        self._boot_at_ns = None
        self._booted_ns = now_ns
        for pump in self._pumps:
            pump.pico_edges.clear()  # nobody counted them
        first = {
            "t": self._raw(now_ns),
            "id": self.settings.serial,
            "why": self._why,
            "keeps": "fram" if self.settings.fram else "flash",
            **self._memory.kept,
        }
        self._turn_ns = now_ns
        self._do(now_ns, self._chip.boot(first))

    def _turn(self, now_ns: int, received: bytes) -> None:
        edges = self._take_edges()
        self._inputs = self._input_bits()
        request = {"t": self._raw(now_ns), "in": self._inputs, "levels": self._levels}
        if edges:
            request["edges"] = edges
        if received:
            request["rx"] = received.hex()
        answer = self._chip.turn(request)
        self._busy = bool(answer.busy)
        wait_ns = answer.wait * NS_PER_US
        self._turn_ns = now_ns + (wait_ns if self._busy else max(wait_ns, IDLE_NS))
        self._do(now_ns, answer)

    def _do(self, now_ns: int, answer: Answer) -> None:
        for raw_us, number, contact, slow in answer.drives:
            if number <= len(self._pumps):
                ago_ns = since(self._raw(now_ns), raw_us) * NS_PER_US
                self._pumps[number - 1].drive_pico(
                    now_ns - ago_ns, contact=bool(contact), slow=bool(slow)
                )
        for slot, data in answer.saves:
            self._memory.save(slot, data)
        for change in answer.files:
            self._memory.change_file(*change)
        if "pico_other_product" not in self.faults:
            for line in answer.tx:
                self.link.write(self._disturb(bytes.fromhex(line)))
        if answer.reboot:
            self._restart(now_ns, "asked")

    def _restart(self, now_ns: int, why: str) -> None:
        self._cut(now_ns)
        self._why = why
        self._boot_at_ns = now_ns + BOOT_NS

    def _cut(self, now_ns: int) -> None:
        """Its memory is gone, its pins float, and a resistor pulls each relay off."""
        self._chip.cut()
        self._late.clear()
        self._busy = False
        for pump in self._pumps:
            pump.drive_pico(now_ns, contact=False, slow=False)

    def _lose_power(self, now_ns: int) -> None:
        self._boot_at_ns = None
        if self.settings.brown_out and self._chip.runs:
            self._power_fails = True
            self._turn(now_ns, b"")
            self._power_fails = False
        self._cut(now_ns)

    def _take_edges(self) -> list[tuple[int, int, int]]:
        taken: list[tuple[int, int, int]] = []
        for place, pump in enumerate(self._pumps):
            for at_ns, channel, level in pump.pico_edges:
                bit = 1 << channel
                self._levels[place] = self._levels[place] & ~bit | level * bit
                if taken and taken[-1][:2] == (at_ns, place + 1):
                    taken.pop()  # both lines at once
                taken.append((at_ns, place + 1, self._levels[place]))
            pump.pico_edges.clear()
            self._levels[place] = sum(
                level << channel for channel, level in enumerate(pump.channels.levels)
            )
        taken.sort(key=itemgetter(0))
        return [(self._raw(at_ns), number, levels) for at_ns, number, levels in taken]

    def _input_bits(self) -> int:
        bits = int(self._stop_healthy()) << 2 | int(self._power_fails) << 5
        for place, pump in enumerate(self._pumps):
            bits |= int(pump.lifted) << place | int(pump.limiter.made) << (place + 3)
        return bits

    def _hear(self, now_ns: int) -> bytes:
        received = b""
        while self._late and self._late[0][0] <= now_ns:
            received += self._late.popleft()[1]
        return received if self._late else received + self._link_bytes()

    def _link_bytes(self) -> bytes:
        said = self.link.read()
        # Another product hears it: the chip, powered on, hears nothing and loses its lease.
        return b"" if "pico_other_product" in self.faults else self._disturb(said)

    def _disturb(self, data: bytes) -> bytes:
        """Noise on the cable: so many bytes of a thousand come out as others."""
        rate = self.faults.get("pico_noise", 0)
        if not rate:
            return data
        return bytes(
            self._rng.randrange(256) if self._rng.randrange(1000) < rate else byte for byte in data
        )

    def _raw(self, at_ns: int) -> int:
        return (TICKS_AT_BOOT + (at_ns - self._booted_ns) // NS_PER_US) & MASK
