"""Everything the demo runs, set up in a folder: broker, central, forecourt, gateway, cable."""

import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, MappingProxyType, TracebackType
from typing import Literal

from gateway.config.types import ConsoleCode, ConsoleSettings, MqttSettings
from gateway.console.access.codes import hashed, new_code
from gateway.demo.neighbour import (
    THEIR_NAME,
    THEIR_PUMP,
    THEIR_STATION,
    Neighbour,
)
from gateway.demo.network import Cable, free_port
from gateway.demo.parts import Part, PartFailed
from gateway.demo.watch import Watch
from gateway.setup.folder import Wanted, make_folder
from hardware.simulated.control import ForecourtControl
from hardware.simulated.pico.settings import DEMO_SERIAL

NAME = "gateway"
BROKER_S = 5.0
PERSON = "demo"
"""Who signs in at the console by a code."""
CODE_COST = (13, 8, 1)
"""Of a code that is printed: a start need not wait for a slow hash of it."""
PRODUCTS = {1: "pertamax", 2: "dexlite"}
"""What the pumps of a folder made by `takar init` sell."""
READER_POLL_MS = {"real": 100, "simulated": 1000}
"""Each look for a card costs the simulation some ten messages between two processes."""

HOLD_MS = {"real": 600, "simulated": 300}
"""Twice as long as on a Pi: a machine that runs a browser beside it stands still for longer."""
PICOS: Mapping[str, Mapping[str, Sequence[int]]] = MappingProxyType(
    {"real": {DEMO_SERIAL: [1]}, "simulated": {}}
)
"""Pump 1, where the tour fills, has a co-processor, and pump 2 a timer. Where time is simulated
both have timers: the chip's own program runs in a process whose time is the machine's."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One that runs already, in place of the embedded one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Broker":
        """Read `HOST:PORT`; ValueError says what was expected."""
        host, colon, port = text.rpartition(":")
        if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError(f"broker {text!r}: expected HOST:PORT, such as 127.0.0.1:1883")
        return cls(host, int(port))


class Stage:
    """Starts the parts in order; leaving the block stops whatever still runs."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        period: str,
        time: Literal["real", "simulated"],
        broker: Broker | None = None,
        page: str | None = None,
    ) -> None:
        """PartFailed, FolderRefused or OSError: what did not start, and its last words.

        `page`: the site that shows the drivers' displays in frames; without one no console runs.
        """
        self.folder = folder
        self.console: Part | None = None
        self.code = new_code()
        """By which `PERSON` signs in at the console."""
        consoles = {
            name: ConsoleSettings(port=free_port(), framed_by=page)
            for name in (NAME, THEIR_NAME)[: 1 if page is None else 2]
        }
        self.console_url, *theirs = [f"http://{c.address}:{c.port}" for c in consoles.values()]
        self.neighbour = Neighbour(folder, theirs[0]) if theirs else None
        """A third party's station, which is started once it is asked for."""
        self._logs = folder / "logs"
        self._time = time
        with ExitStack() as started:
            self._started = started
            for number in (signal.SIGTERM, signal.SIGHUP):
                # Leave by way of `__exit__`: no part may outlive the demo, or its terminal.
                started.callback(signal.signal, number, signal.signal(number, _leave))
            host, port = (
                (broker.host, broker.port) if broker is not None else ("127.0.0.1", free_port())
            )
            if broker is not None:
                _expect_broker(broker)
            self.cable = Cable(host, port)
            started.callback(self.cable.close)
            cable_end = MqttSettings(host="127.0.0.1", port=self.cable.port, protocol="3.1.1")
            make_folder(
                folder,
                Wanted(
                    seed=seed,
                    gateways=len(consoles),
                    pumps=len(PRODUCTS),
                    period=period,
                    kind="simulated",
                    mqtt=cable_end,
                    # The cable that can be cut is the station's alone.
                    central_mqtt=MqttSettings(host=host, port=port, protocol="3.1.1"),
                    reader_poll_ms=READER_POLL_MS[time],
                    picos=PICOS[time],
                    hold_ms=HOLD_MS[time],
                    stations={THEIR_NAME: THEIR_STATION},
                    consoles=consoles,
                    console_codes=[ConsoleCode(name=PERSON, scrypt=hashed(self.code, CODE_COST))],
                    by="takar demo",
                ),
            )
            self._logs.mkdir()
            if broker is None:
                self._start("broker", "broker", "--port", str(port)).wait_until_ready()
            settings_file = _forecourt(folder, PICOS[time], HOLD_MS[time])
            forecourt = ["forecourt", "run", "--socket", str(self.forecourt_socket)]
            forecourt += ["--config", str(settings_file)]
            waiting = [
                self._start(
                    "central", "central", "--config", self._file("central"), "--period", period
                ),
                self._start("forecourt", *forecourt, "--time", time, "--seed", str(seed)),
            ]
            for part in waiting:
                part.wait_until_ready()
            self.control = started.enter_context(ForecourtControl(self.forecourt_socket))
            self.watch = Watch(folder / f"{NAME}.sock")
            started.callback(self.watch.close)
            if self.neighbour is not None:
                started.callback(self.neighbour.close)
            self.gateway: Part | None = None
            self._opened = started.pop_all()

    def place(self, pump: int) -> tuple[ForecourtControl, int]:
        """Whose forecourt a pump of the page is at, and its number there. PartFailed if that
        one is not open."""
        if pump != THEIR_PUMP:
            return self.control, pump
        if self.neighbour is None or self.neighbour.control is None:
            raise PartFailed(f"{THEIR_STATION} is not open: open it first")
        return self.neighbour.control, 1

    @property
    def forecourt_socket(self) -> Path:
        return self.folder / "forecourt.sock"

    @property
    def ledger(self) -> Path:
        return self.folder / NAME / "ledger.sqlite3"

    @property
    def central_database(self) -> Path:
        return self.folder / "central" / "central.sqlite3"

    def start_gateway(self) -> Part:
        """Start it, again after its end as well; returns when it serves the pumps."""
        self.gateway = self._start_again("gateway")
        return self.gateway

    def start_console(self) -> None:
        """Start it, again after its end as well; returns when it serves its pages."""
        self.console = self._start_again("console")

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def _start_again(self, name: str) -> Part:
        part = Part(name, [name, "--config", self._file(NAME)], self._logs)
        self._opened.callback(part.stop)
        part.wait_until_ready()
        return part

    def _start(self, name: str, *arguments: str) -> Part:
        part = Part(name, list(arguments), self._logs)
        self._started.callback(part.stop)
        return part

    def _file(self, name: str) -> str:
        return str(self.folder / f"{name}.toml")


def _forecourt(folder: Path, picos: Mapping[str, Sequence[int]], hold_ms: int) -> Path:
    """Its settings, with these co-processors, which lose no count with their power."""
    file = folder / "forecourt.toml"
    tables = [f"[[pumps]]\nnumber = {number}\ntimer_hold_ms = {hold_ms}\n" for number in PRODUCTS]
    tables += [
        f'[[picos]]\nserial = "{serial}"\npumps = {[*pumps]}\nfram = true\nbrown_out = true\n'
        for serial, pumps in picos.items()
    ]
    file.write_text("".join(tables))
    return file


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _expect_broker(broker: Broker) -> None:
    try:
        socket.create_connection((broker.host, broker.port), timeout=BROKER_S).close()
    except OSError as error:
        raise PartFailed(
            f"no broker answers at {broker.host}:{broker.port}: {error}. Start one there, or leave "
            "--broker out to use the embedded one"
        ) from error
