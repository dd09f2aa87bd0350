"""One station with every part a process of its own, in real time: what the tests drive and see.

Hands act through the forecourt's control socket; eyes are the gateway's status socket, the
forecourt's own integral of the flow, and what is on disk (records.py).
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from gateway.demo.parts import Part
from gateway.demo.scenario import Card, read_cards
from gateway.demo.stage import PRODUCTS
from gateway.demo.watch import Watch, pump_of
from gateway.runtime.status import PumpSnapshot, Snapshot
from hardware.simulated.control import ForecourtControl
from hardware.simulated.pico.settings import DEMO_SERIAL
from mqtt.broker import free_port
from tests.faults.privacy import naming_lines, of_city
from tests.faults.records import WITHIN_S, Records, Sale, until

PULSE_ML = 10
STOP_BOUND_ML = 660
"""Of a pump as `takar init` makes it: 65 L/min for 300 ms of timer and 300 ms of valve, a pulse."""
MAX_FLOW_ML_PER_S = 65_000 / 60
NL_PER_ML = 1_000_000
READY = "gateway ready: "


class Station(Records):
    """Nothing runs until it is started; `close` kills what still does."""

    def __init__(
        self, template: Path, folder: Path, broker_port: int, name: str = "gateway"
    ) -> None:
        """A folder that is there already belongs to a station beside this one, of one city."""
        if not folder.exists():
            shutil.copytree(template, folder)
        super().__init__(folder, name)
        self._logs = folder / "logs"
        self._logs.mkdir(exist_ok=True)
        self.configure("port", broker_port)
        self.configure("port", broker_port, "central.toml")
        self.configure("settle_ms", 500)
        self.picos: dict[str, tuple[int, ...]] = {}
        """Pumps by their co-processor's serial number."""
        self._started = ExitStack()
        self._cards = read_cards(folder / "cards.json")
        self._fresh = {product: self._active(product) for product in PRODUCTS.values()}
        self.watch = Watch(folder / f"{name}.sock")
        self._started.callback(self.watch.close)
        self.control: ForecourtControl
        self.forecourt: Part
        self.gateway: Part
        self.central: Part
        self.console: Part

    # Parts

    @property
    def configuration(self) -> str:
        return f"{self.name}.toml"

    def configure(self, key: str, value: object, file: str | None = None) -> None:
        """Set a key that occurs once in a configuration file, or first in it."""
        path = self.folder / (file or self.configuration)
        lines = path.read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{key} = "))
        lines[at] = f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        path.write_text("\n".join(lines) + "\n")

    def add(self, after: str, line: str, file: str | None = None) -> None:
        """Put a line below the one that says `after`."""
        path = self.folder / (file or self.configuration)
        text = path.read_text()
        assert text.count(f"\n{after}\n") == 1
        path.write_text(text.replace(f"\n{after}\n", f"\n{after}\n{line}\n"))

    def fit_pico(self, *pumps: int, serial: str = DEMO_SERIAL) -> None:
        """Before anything starts: a co-processor limits these pumps (none named: both), in place
        of their timers."""
        pumps = pumps or (1, 2)
        path = self.folder / self.configuration
        start, *sections = path.read_text().split("[[pumps]]")
        for number in pumps:
            timer, pico = 'limiter = "timer"', 'limiter = "pico"'
            sections[number - 1] = sections[number - 1].replace(timer, pico)
        text = "[[pumps]]".join((start, *sections))
        path.write_text(f'{text}\n[[picos]]\nserial_number = "{serial}"\npumps = {[*pumps]}\n')
        self.picos[serial] = pumps

    def lend(self, number: int, station: str = "spbu-54") -> None:
        """Before anything starts: it is a third party's pump, where only the reader is ours."""
        path = self.folder / self.configuration
        start, *sections = path.read_text().split("[[pumps]]")
        theirs = f'mode = "authorise_only"\nstation = "{station}"'
        section = sections[number - 1].replace('mode = "valve"', theirs)
        sections[number - 1] = re.sub(r"\[pumps\.(pins|indicator)\][^\[]*", "", section)
        path.write_text("[[pumps]]".join((start, *sections)))

    def start_forecourt(
        self,
        release: Literal["low", "hold"] = "low",
        totalisers: Path | None = None,
        physics: str = "",
    ) -> None:
        """With a file for its totalisers it can be killed and started again. `physics`: TOML, where
        it differs from what the forecourt is by default."""
        socket = self.folder / f"forecourt{self.name.removeprefix('gateway')}.sock"
        kept = ["--totalisers", str(totalisers)] if totalisers is not None else []
        picos = "".join(
            f'[[picos]]\nserial = "{serial}"\npumps = {[*pumps]}\n'
            for serial, pumps in self.picos.items()
        )
        if settings := physics + picos:
            fitted = self.folder / "forecourt.toml"
            fitted.write_text(settings)
            kept += ["--config", str(fitted)]
        self.forecourt = self._start(
            "forecourt", "run", "--socket", str(socket), "--release", release, *kept
        )
        self.control = self._started.enter_context(ForecourtControl(socket))

    @contextmanager
    def another_forecourt(self, socket: str) -> Iterator[None]:
        """One more, at a socket of its own in the folder."""
        part = self._start("forecourt", "run", "--socket", str(self.folder / socket))
        yield
        part.kill()

    def start_central(self) -> None:
        self.central = self._start("central", "--config", str(self.folder / "central.toml"))

    def start_gateway(self) -> Snapshot:
        """Start it, again after its end as well; its first state once it serves the pumps."""
        until("the state of the gateway before to be gone", lambda: self.watch.newest is None)
        served = self.log("gateway").count(READY)
        self.gateway = self._start("gateway", "--config", str(self.folder / self.configuration))
        # Before that a card is no tap.
        until(
            "the pumps to be served",
            lambda: self.log("gateway").count(READY) > served or not self.gateway.running,
        )
        assert self.gateway.running, self.gateway.last_lines()
        return self.see("the gateway to serve", lambda _: True)

    def start_console(self) -> str:
        """At a free port; its address."""
        address = self.give_console_a_port()
        self.console = self._start("console", "--config", str(self.folder / self.configuration))
        return address

    def give_console_a_port(self) -> str:
        """A free one; the address where it then will be."""
        port = free_port()
        path = self.folder / self.configuration
        section = re.compile(r"(\[console\][^\[]*?\nport = )\d+")
        path.write_text(section.sub(rf"\g<1>{port}", path.read_text()))
        return f"http://127.0.0.1:{port}"

    def run(self, *arguments: str) -> tuple[int, str]:
        """A `takar` command that ends by itself: exit status, and all it printed."""
        part = Part(self._of("command"), list(arguments), self._logs)
        self._started.callback(part.stop)
        try:
            part.process.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{arguments} does not end: {part.last_lines()}") from None
        status = part.stop()
        text = part.last_lines(1000)
        (self._logs / f"{self._of('command')}.log").unlink(missing_ok=True)
        return status, text

    def takar(self, *arguments: str) -> str:
        """The same, of one that must succeed: what it printed."""
        status, text = self.run(*arguments)
        assert status == 0, text
        return text

    def log(self, part: str) -> str:
        path = self._logs / f"{self._of(part)}.log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        """And whatever the test was about: no log has named a card, a vehicle or a person."""
        self._started.close()
        logs = "".join(map(self.log, ("gateway", "central", "console")))
        assert not naming_lines(logs, *of_city(self.folder))

    def _start(self, command: str, *arguments: str) -> Part:
        part = Part(self._of(command), [command, *arguments], self._logs)
        self._started.callback(part.kill)
        part.wait_until_ready()
        return part

    def _of(self, part: str) -> str:
        """Its name, and its log's: stations beside each other share a folder."""
        return part + self.name.removeprefix("gateway")

    # Cards

    def card(self, product: str = "pertamax") -> Card:
        """An active vehicle's card that was not used before."""
        return next(self._fresh[product])

    def card_that(self, wanted: Callable[[Card], bool]) -> Card:
        return next(card for card in self._cards if wanted(card))

    def uid_of(self, kind: str) -> str:
        """A person's card: driver, attendant, supervisor, technician."""
        book = json.loads((self.folder / "cards.json").read_text())
        return str(next(card["uid"] for card in book if card["kind"] == kind))

    def _active(self, product: str) -> Iterator[Card]:
        return iter([c for c in self._cards if c.status == "active" and c.product == product])

    # Hands

    def do(self, op: str, pump: int = 1, **fields: Any) -> None:
        self.control.ask(op, pump=pump, **fields)

    def tap(self, card: Card | str, pump: int = 1, **faults: Any) -> None:
        uid = card if isinstance(card, str) else card.uid
        self.do("tap", pump, cards=[{"uid": uid, **faults}])

    def authorise(self, card: Card | str, pump: int = 1) -> PumpSnapshot:
        self.tap(card, pump)
        seen = self.see_pump(pump, f"{card} to be authorised", lambda p: p.state == "authorised")
        self.do("remove", pump)
        return seen

    def begin(self, card: Card | str, pump: int = 1, free_ml: int | None = None) -> None:
        """Authorise, lift, squeeze."""
        self.authorise(card, pump)
        self.do("lift", pump)
        self.do("squeeze", pump, free_ml=free_ml)

    def finish(self, pump: int = 1) -> None:
        """Wait for the lever to click off, hang up, wait for the ledger."""
        until("the tank to be full", lambda: self.pump(pump)["lever"] == "released")
        self.do("hang", pump)
        self.see_pump(pump, "the sale to be recorded", lambda p: p.state == "idle")

    def fill(self, card: Card | str, free_ml: int = 300, pump: int = 1) -> Sale:
        """A whole fill; its sale."""
        self.begin(card, pump, free_ml)
        self.finish(pump)
        return self.sales_of(card)[-1]

    # Eyes

    def see(self, what: str, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        """The first state that is wanted."""
        seen: list[Snapshot] = []

        def fits(snapshot: Snapshot) -> bool:
            if wanted(snapshot):
                seen.append(snapshot)
            return bool(seen)

        fitted = self.watch.wait(fits, WITHIN_S)
        assert fitted, f"waited in vain for {what}; last seen {self.watch.newest}; {self._words()}"
        return seen[0]

    def see_pump(
        self, pump: int, what: str, wanted: Callable[[PumpSnapshot], bool]
    ) -> PumpSnapshot:
        return pump_of(self.see(f"{what} at pump {pump}", lambda s: wanted(pump_of(s, pump))), pump)

    def see_code(self, code: str, pump: int = 1) -> PumpSnapshot:
        return self.see_pump(pump, code, lambda p: p.code == code)

    def see_refused(self, code: str, pump: int = 1) -> PumpSnapshot:
        """The answer to a card. (While nothing is sold, an idle pump shows the reason too.)"""
        return self.see_pump(
            pump, f"{code} to a card", lambda p: p.state == "refused" and p.code == code
        )

    def delivered(self) -> Snapshot:
        """Wait until central has acknowledged the whole ledger."""
        return self.see("delivery", lambda s: s.online and s.head == s.acknowledged_through)

    def pump(self, number: int = 1) -> dict[str, Any]:
        """The forecourt's own truth about a pump."""
        pumps: list[dict[str, Any]] = self.control.ask("status")["pumps"]
        return next(pump for pump in pumps if pump["pump"] == number)

    def stands_still(self, pump: int = 1) -> dict[str, Any]:
        """Wait until the valve is shut: no current through both contacts, nothing flows."""

        def look() -> dict[str, Any] | None:
            seen = self.pump(pump)
            current = seen["enable_made"] and seen["limiter_made"]
            return seen if not current and not seen["flow_ml_per_min"] else None

        return until("the flow to end", look)

    def _words(self) -> str:
        with suppress(AttributeError):
            return self.gateway.last_lines()
        return "no gateway was started"
