"""One co-processor at the other end of a cable that may be pulled: both its pumps share it.

No thread: whoever uses a pump also listens, so that a control loop that stands still renews no
lease. Pulling the cable, another product on the port, a second program: each makes `check` raise
HardwareError with what to look at, and the port is tried again, at most 2 s later each time.
"""

import secrets
import time
from collections.abc import Callable
from threading import RLock

from firmware.guard.codec import Fields
from firmware.guard.messages import NUMBER_32, PUMPS
from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.ports import Clock, HardwareError, LinkLost
from hardware.pump.pico_port import CHECK, Port
from hardware.pump.pico_talk import Order, Talk

LEASE_MS = 300
SILENT_NS = 1500 * NS_PER_MS
"""An idle chip tells each pump's state twice a second."""
GREETING_NS = 2 * NS_PER_S
"""Nothing on the port for so long that makes sense: it is something else."""
AGAIN_FIRST_NS, AGAIN_MOST_NS = 100 * NS_PER_MS, 2 * NS_PER_S
START_LOOKS, LOOK_S = 300, 0.01
"""For the first greeting; of the machine's time, also where another is simulated."""


class PicoLink:
    """Open and greeted when created; HardwareError if not, LinkLost later. Any thread may call."""

    def __init__(
        self,
        find: Callable[[], str],
        clock: Clock,
        serial_number: str | None = None,
        lease_ms: int = LEASE_MS,
        *,
        to_flash: bool = False,
    ) -> None:
        """`find` answers where the port is now; `serial_number`: None takes whichever is there.
        `to_flash`: one that refuses our version may stay too, for new firmware alone."""
        self.lock = RLock()
        self.lease_ms = lease_ms
        self.connections = 0
        """Rises with each greeting: what was set up, or armed, before it is over."""
        self._find = find
        self._clock = clock
        self._serial_number = serial_number
        self._to_flash = to_flash
        self._host = 1 + secrets.randbelow(NUMBER_32)
        self._port: Port | None = None
        self._talk: Talk | None = None
        self._births = 0
        self._opened_ns = 0
        self._again_ns = clock.monotonic_ns()
        self._pause_ns = AGAIN_FIRST_NS
        self._why = "not opened yet"
        self._closed = False
        self._leases: dict[int, tuple[int, int]] = dict.fromkeys(PUMPS, (0, 0))
        """Session and until when its pump's own renewal counts."""
        self._greet_first()

    @property
    def ready(self) -> bool:
        talk = self._talk
        return talk is not None and (talk.ready or (self._to_flash and talk.of_another_version))

    @property
    def refused(self) -> str:
        """Why the chip does not talk to this version, or "": one that is opened `to_flash`."""
        return "" if self._talk is None else self._talk.refused

    @property
    def birth(self) -> Fields:
        """Who it says it is; LinkLost while it is not there."""
        talk = self._ready_talk()
        assert talk.birth is not None  # noqa: S101 - ready says so
        return talk.birth

    def check(self) -> None:
        """LinkLost while nobody answers."""
        self._ready_talk()

    def state(self, pump: int) -> Fields:
        return self._ready_talk().states[pump]

    def heard(self, verb: str) -> Fields | None:
        """The newest message of that kind on this connection."""
        return self._ready_talk().heard.get(verb)

    def order(self, verb: str, fields: Fields, pump: int = 0) -> Order:
        """Say it once what was ordered before is answered, and until it is answered."""
        with self.lock:
            order = self._ready_talk().order(verb, fields, pump)
            self.listen()
            return order

    def shut(self, pump: int) -> None:
        """Shut a pump; one that cannot be told shuts when its lease ends."""
        with self.lock:
            self._leases[pump] = (0, 0)
            if self._talk is not None:
                self._talk.shut(pump)
                self.listen()

    def hold(self, pump: int, session: int) -> None:
        """Renew a pump's lease. Its neighbour's is renewed in the same line, if that one has
        asked for it itself within a lease; otherwise the chip is told that nobody holds it."""
        with self.lock:
            now_ns = self._clock.monotonic_ns()
            self.claim(pump, session)
            live = {of: s for of, (s, until_ns) in self._leases.items() if now_ns < until_ns}
            self._ready_talk().say("renew", {f"s{of}": live.get(of, 0) for of in PUMPS})
            self.listen()

    def claim(self, pump: int, session: int) -> None:
        """The pump's next session: its neighbour's renewals name it too, for one lease."""
        until_ns = self._clock.monotonic_ns() + self.lease_ms * NS_PER_MS
        self._leases[pump] = (session, until_ns)

    def listen(self) -> None:
        """Take what has come, say what is due, connect anew where that is due. Never raises."""
        with self.lock:
            if self._closed:
                return
            try:
                self._listen()
            except HardwareError as error:
                self._lose(str(error))

    def close(self) -> None:
        with self.lock:
            self.listen()
            self._closed = True
            self._lose("closed")

    def _listen(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if self._port is None or self._talk is None:
            if now_ns < self._again_ns:
                return
            self._port = Port(self._find())
            self._opened_ns = now_ns
            self._talk = Talk(self._host, now_ns)
            self._births = -1
        port, talk = self._port, self._talk
        talk.receive(port.read(), now_ns)
        if outgoing := talk.take():
            port.write(outgoing)
        self._judge(port, talk, now_ns)

    def _judge(self, port: Port, talk: Talk, now_ns: int) -> None:
        """HardwareError for whatever is wrong with who is there."""
        if talk.birth is not None:
            found = talk.birth["id"]
            wanted = self._serial_number
            if wanted is not None and found.casefold() != wanted.casefold():
                raise HardwareError(
                    f"{port.path}: expected co-processor {wanted}, found {found}; check which "
                    "cable goes where, and `picos` in the configuration"
                )
        if talk.refused and not (self._to_flash and talk.of_another_version):
            raise HardwareError(
                f"{port.path}: the co-processor refuses to talk: {talk.refused}; bring its "
                "firmware up to date with `takar pico flash`"
            )
        if talk.ready:
            if self._births != talk.births:
                self._births = talk.births
                self.connections += 1
                self._pause_ns = AGAIN_FIRST_NS
            if now_ns - talk.heard_ns >= SILENT_NS:
                raise HardwareError(f"{port.path}: the co-processor is silent; {CHECK}")
        elif now_ns - max(self._opened_ns, talk.heard_ns) >= GREETING_NS:
            raise HardwareError(
                f"{port.path}: expected a co-processor's answer, found "
                f"{talk.parser.bad + talk.strange} lines that are none; {CHECK}"
            )

    def _lose(self, why: str) -> None:
        self._why = why
        if self._port is not None:
            self._port.close()
        self._port = self._talk = None
        self._again_ns = self._clock.monotonic_ns() + self._pause_ns
        self._pause_ns = min(2 * self._pause_ns, AGAIN_MOST_NS)

    def _ready_talk(self) -> Talk:
        if self._talk is None or not self.ready:
            raise LinkLost(
                self._why if self._talk is None else "the co-processor has not answered yet"
            )
        return self._talk

    def _greet_first(self) -> None:
        for _ in range(START_LOOKS):
            self.listen()
            if self.ready:
                return
            if self._port is None:
                break
            time.sleep(LOOK_S)
        why = self._why if self._port is None else f"{self._port.path}: no answer; {CHECK}"
        self.close()
        raise HardwareError(why)
