"""A forecourt whose pump 1 has a co-processor, and a host on its port that speaks plainly."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from firmware.guard import protocol
from firmware.guard.codec import Fields, read, text
from firmware.guard.messages import TO_CHIP, TO_HOST
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.forecourt.settings import ForecourtSettings, PumpPhysics
from hardware.simulated.forecourt.world import World
from hardware.simulated.pico.pico import SimulatedPico
from hardware.simulated.pico.settings import PicoSettings

MS = 1_000_000
RENEW_MS = 100


class Station:
    """Simulated time moves by `wait`, in which a lease that is held is renewed."""

    def __init__(self, folder: Path, pico: dict[str, Any], physics: dict[str, Any]) -> None:
        self.folder = folder
        settings = ForecourtSettings(
            time="simulated",
            picos=(PicoSettings(**pico),),
            pumps=(PumpPhysics(number=1, **physics),),
        )
        self.world = World(settings, folder=folder)
        self.port: serial.Serial | None = None
        self.heard: list[tuple[str, Fields]] = []
        self.session = 0
        self.holding = False
        self._parser = protocol.Parser()
        self._sequence = 0
        self._renew_ns = 0

    @property
    def pump(self) -> SimulatedPump:
        return self.world.positions[1].pump

    @property
    def pico(self) -> SimulatedPico:
        return self.world.picos[0]

    def connect(self, host: int = 7) -> None:
        self.port = serial.Serial(str(self.pico.link.path), timeout=0, write_timeout=1)
        self.say("hello", v=1, host=host)
        self.wait(20)

    def say(self, verb: str, **fields: Any) -> None:
        self.say_only(verb, **fields)
        self.world.listen()

    def say_only(self, verb: str, **fields: Any) -> None:
        """Without a look at it in the same instant."""
        assert self.port is not None
        self.port.write(protocol.frame(self._sequence, text(TO_CHIP, verb, fields)))
        self._sequence = (self._sequence + 1) % protocol.SEQUENCES

    def wait(self, ms: float) -> None:
        end_ns = self.world.now_ns + round(ms * MS)
        while self.world.now_ns < end_ns:
            if self.holding and self.world.now_ns >= self._renew_ns:
                self._renew_ns = self.world.now_ns + RENEW_MS * MS
                self.say("renew", s1=self.session, s2=0)
            self.world.run(min(end_ns, self.world.now_ns + RENEW_MS * MS))
            self.hear()

    def hear(self) -> None:
        if self.port is None:
            return
        for _, line in self._parser.feed(self.port.read(65_536)):
            self.heard.append(read(TO_HOST, line))

    def last(self, verb: str) -> Fields:
        """The newest message of its kind; of `state`, pump 1's."""
        return next(
            fields
            for said, fields in reversed(self.heard)
            if said == verb and fields.get("p", 1) == 1
        )

    def fill(self, limit: int, **stops: Any) -> None:
        """Lift, squeeze, arm and make both contacts, holding the lease from then on."""
        self.pump.lift()
        self.pump.squeeze()
        self.wait(50)
        self.session += 1
        self.say("arm", p=1, s=self.session, lim=limit, **stops)
        self.holding = True
        self.pump.drive_enable(1)
        self.say("make", p=1, s=self.session)

    def end(self) -> None:
        """Stop holding, and hang up when the valve has closed; seconds later all has settled."""
        self.holding = False
        self.pump.drive_enable(0)
        self.wait(600)
        self.pump.hang()
        self.wait(3000)

    def close(self) -> None:
        if self.port is not None:
            self.port.close()
            self.port = None
        self.world.close()


@pytest.fixture
def station() -> Iterator[Callable[..., Station]]:
    """Makes stations; `pico` are PicoSettings, everything else is PumpPhysics."""
    made: list[Station] = []
    with tempfile.TemporaryDirectory(prefix="pico") as folder:

        def make(pico: dict[str, Any] | None = None, **physics: Any) -> Station:
            if made:
                made[-1].close()
            made.append(Station(Path(folder), pico or {}, physics))
            made[-1].world.run(1)
            return made[-1]

        yield make
        for each in made:
            each.close()
