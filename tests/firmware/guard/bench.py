"""A board and a host in a few lines, for tests of the whole device in simulated microseconds."""

from typing import Any

from firmware.guard import messages, protocol
from firmware.guard.codec import read, text
from firmware.guard.device import TICK_US, Device
from firmware.guard.port import Board
from firmware.guard.ticks import MASK

HOST = 77


class Bench(Board):
    """Contacts follow at once, unless told not to; the record of each call is kept."""

    id = "E6614C775B4C2A21"

    def __init__(self, keeps: str = "flash") -> None:
        self.keeps = keeps
        self.slots: dict[int, bytes] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.contact = {1: False, 2: False}
        self.slow = {1: False, 2: False}
        self.stuck: dict[int, bool] = {}
        self.lifted = {1: False, 2: False}
        self.healthy = True
        self.failing = False
        self.to_chip = b""
        self.sent: list[bytes] = []
        self.saves: list[tuple[int, bool]] = []
        """Slot, and whether every contact was broken then."""
        self.fed = self.reboots = 0
        self.collected: list[tuple[int, int]] = []
        """Edges of pump 1 that wait to be asked for."""
        self.interrupt = 0
        """Pulses of pump 1 that come in the middle of the next drive."""
        self.device: Device
        self.now_us = 0

    def read_bytes(self) -> bytes:
        data, self.to_chip = self.to_chip[:256], self.to_chip[256:]
        return data

    def write_line(self, line: bytes) -> None:
        self.sent.append(line)

    def drive(self, pump: int, *, contact: bool, slow: bool) -> None:
        for _ in range(self.interrupt):
            self.device.channels[1].pulse(self.now_us & MASK)
        self.interrupt = 0
        self.contact[pump], self.slow[pump] = contact, slow

    def readback(self, pump: int) -> bool:
        return self.stuck.get(pump, self.contact[pump])

    def nozzle(self, pump: int) -> bool:
        return self.lifted[pump]

    def stop_healthy(self) -> bool:
        return self.healthy

    def power_failing(self) -> bool:
        return self.failing

    def levels(self, pump: int) -> int:
        return 0

    def edges(self, pump: int) -> list[tuple[int, int]]:
        if pump == 2:
            return []
        edges, self.collected = self.collected, []
        return edges

    def load(self, slot: int) -> bytes:
        return self.slots.get(slot, b"")

    def save(self, slot: int, line: bytes) -> None:
        assert len(line) <= protocol.LINE_MAX
        self.slots[slot] = line
        self.saves.append((slot, not any(self.contact.values())))

    def feed_watchdog(self) -> None:
        self.fed += 1

    def reboot(self) -> None:
        self.reboots += 1

    def erase(self, folder: str) -> None:
        self.files = {key: data for key, data in self.files.items() if key[0] != folder}

    def append(self, folder: str, name: str, data: bytes) -> None:
        assert not any(self.contact.values())
        self.files[folder, name] = self.files.get((folder, name), b"") + data

    def content(self, folder: str, name: str, at: int) -> bytes:
        return self.files.get((folder, name), b"")[at : at + 512]

    # The test's side ----------------------------------------------------------------------

    def start(self, at_us: int = 0) -> "Bench":
        """Power on, at a reading of the chip's counter."""
        self.now_us = at_us
        self.device = Device(self, at_us & MASK)
        self.run(TICK_US)
        return self

    def run(self, duration_us: int) -> None:
        """Turn as often as the device asks for."""
        end_us = self.now_us + duration_us
        while True:
            wait_us = self.device.turn(self.now_us & MASK)
            assert 0 < wait_us <= TICK_US
            if self.now_us + wait_us > end_us:
                break
            self.now_us += wait_us
        self.now_us = end_us

    def pulse(self, pump: int = 1, number: int = 1, every_us: int = 10_000) -> None:
        """Pulses by interrupt, the valve's contact broken where the interrupt says so."""
        for _ in range(number):
            self.run(every_us)
            if self.device.channels[pump].pulse(self.now_us & MASK) == 2:
                self.contact[pump] = False

    def hold(self, duration_us: int) -> None:
        """Run with every lease renewed."""
        for _ in range(duration_us // 100_000):
            sessions = {
                f"s{pump}": channel.lease.session for pump, channel in self.device.channels.items()
            }
            self.line("renew", **sessions)
            self.run(100_000)

    def line(self, verb: str, sequence: int = 0, **fields: Any) -> None:
        self.to_chip += protocol.frame(sequence, text(messages.TO_CHIP, verb, fields))

    def ask(self, verb: str, **fields: Any) -> str:
        """Send an order and turn once; "" or why it was refused."""
        self.line(verb, 9, **fields)
        self.sent.clear()
        while self.to_chip:
            self.device.turn(self.now_us & MASK)
        answers = [said for said in self.heard() if said[0] in ("ok", "no")]
        assert len(answers) == 1
        assert answers[0][1]["re"] == 9
        return str(answers[0][1].get("why", ""))

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Every message sent since `ask` or `hear` last forgot them."""
        parser = protocol.Parser()
        lines = parser.feed(b"".join(self.sent))
        assert parser.bad == 0
        return [read(messages.TO_HOST, line) for _, line in lines]

    def state(self, pump: int = 1) -> dict[str, Any]:
        """The pump's state, asked for."""
        self.ask("ask", what="state")
        states = [fields for verb, fields in self.heard() if verb == "state"]
        return next(fields for fields in reversed(states) if fields["p"] == pump)

    def open(self, pump: int = 1, session: int = 5, pulses: int = 100, **stops: Any) -> None:
        """Greet, arm, lift and make, all of it accepted."""
        self.lifted[pump] = True
        self.run(TICK_US)
        assert self.ask("hello", v=messages.VERSION, host=HOST) == ""
        limit = self.device.channels[pump].limiter.pulses_total + pulses
        assert self.ask("arm", p=pump, s=session, lim=limit, lease=1000, **stops) == ""
        assert self.ask("make", p=pump, s=session) == ""
        self.run(TICK_US)
        assert self.contact[pump]
