"""A whole gateway in this process, one pump on a forecourt in simulated time, without a broker."""

import gc
import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.config.load import load_gateway
from gateway.config.types import MqttSettings
from gateway.core.log import Entry
from gateway.core.units import NS_PER_S
from gateway.runtime.gateway import Gateway
from gateway.setup.folder import Wanted, make_folder
from gateway.store.reader import LedgerReader
from hardware.simulated.control import ForecourtControl
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World
from hardware.wiring import DEMO_WIRING

UPS_PIN = 0
PULSE_ML = 10


class Whole:
    """The gateway, and hands at its pump. Time passes only while it turns."""

    def __init__(self, gateway: Gateway, control: ForecourtControl, folder: Path) -> None:
        self.gateway = gateway
        self.desk = gateway.desks[1]
        self.control = control
        self.folder = folder
        cards = json.loads((folder / "cards.json").read_text())
        served = ("car", "pertamax", "active")
        self.uids = [c["uid"] for c in cards if (c["vehicle"], c["product"], c["status"]) == served]
        """Of cars whose fuel the pump has."""

    def do(self, op: str, **fields: Any) -> None:
        self.control.ask(op, pump=1, **fields)

    def tap(self, uid: str) -> None:
        self.do("tap", cards=[{"uid": uid}])

    def turn_until(self, seen: Callable[[], object]) -> None:
        for _ in range(10_000):
            if seen():
                return
            self.gateway.loop.turn()
        raise AssertionError(f"{self.desk.session.state}, {self.desk.code}")

    def run(self, seconds: float) -> None:
        end_ns = self.now_ns() + round(seconds * NS_PER_S)
        self.turn_until(lambda: self.now_ns() > end_ns)

    def now_ns(self) -> int:
        return int(self.control.ask("status")["now_ns"])

    @property
    def entries(self) -> list[Entry]:
        with closing(LedgerReader(self.folder / "gateway" / "ledger.sqlite3")) as reader:
            return list(reader.every_entry())


@contextmanager
def whole_gateway(reader_poll_ms: int = 100) -> Iterator[Whole]:
    """It and its forecourt have a UPS. Not in tmp_path: a socket's path has 107 bytes at most."""
    with ExitStack() as running:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="takar-"))) / "s"
        wanted = Wanted(
            seed=1,
            gateways=1,
            pumps=1,
            period="2025-11",
            kind="simulated",
            mqtt=MqttSettings(host="127.0.0.1", port=port, protocol="3.1.1"),
            reader_poll_ms=reader_poll_ms,
            by="a test",
        )
        make_folder(folder, wanted)
        first = replace(DEMO_WIRING[0], pins=replace(DEMO_WIRING[0].pins, bypass=None))
        settings = ForecourtSettings(time="simulated", wiring=(first,), ups_pin=UPS_PIN)
        server = ForecourtServer(World(settings), folder / "forecourt.sock")
        thread = threading.Thread(target=server.serve)
        thread.start()
        running.callback(thread.join)
        running.callback(server.stop)
        running.callback(gc.unfreeze)
        config = load_gateway(folder / "gateway.toml")
        config = replace(
            config,
            hardware=replace(config.hardware, ups_pin=UPS_PIN),
            pumps=[replace(config.pumps[0], pins=first.pins)],
        )
        gateway = running.enter_context(Gateway(config))
        control = running.enter_context(ForecourtControl(folder / "forecourt.sock"))
        whole = Whole(gateway, control, folder)
        gateway.loop.begin()
        whole.turn_until(lambda: whole.desk.looked)
        yield whole
        gateway.loop.stop()
        whole.turn_until(gateway.loop.finished)
