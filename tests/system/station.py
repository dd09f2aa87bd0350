"""A station on a booted machine: Mosquitto, central, forecourt, gateway and console as units."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from package.deb import build_deb
from package.source import Source, find_source
from package.wheels import wheels_for
from tests.system.machine import ROOT, Machine

OURS = ("takar-forecourt", "takar-central", "takar-gateway", "takar-console")
FORECOURT = "/run/takar-forecourt/forecourt.sock"
CENTRAL = "/var/lib/takar/central/central.sqlite3"
SNAPSHOT = """
import socket
with socket.socket(socket.AF_UNIX) as gateway:
    gateway.settimeout(5)
    gateway.connect("/run/takar/gateway.sock")
    print(gateway.makefile().readline())
"""
SALES = f"""
import json, sqlite3
with sqlite3.connect("file:{CENTRAL}?mode=ro", uri=True, timeout=30) as central:
    rows = central.execute("SELECT card, volume_ml, estimated, pump FROM sales ORDER BY started")
    print(json.dumps(rows.fetchall()))
"""


def package(output: Path, change: Callable[[Source], Source] = lambda source: source) -> Path:
    """The package of this checkout as it is now, for this machine; `change` makes it another."""
    arch = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    wheels = wheels_for(arch, ROOT / "requirements/run.lock", ROOT / ".package/wheels")
    output.mkdir(exist_ok=True)
    return build_deb(change(find_source(ROOT)), arch, wheels, {}, output)


@dataclass(frozen=True)
class Sale:
    """As central has it."""

    card: str
    volume_ml: int
    estimated: bool
    pump: int


@dataclass
class Station:
    machine: Machine

    def install(self, deb: Path) -> str:
        self.machine.put(deb, "/root/takar.deb")
        return self.machine.run(
            *("apt-get", "-q", "-y", "--no-install-recommends", "--allow-downgrades"),
            *("install", "/root/takar.deb"),
        )

    def configure(self) -> None:
        """A model city with one gateway of two pumps; its services run afterwards."""
        self.machine.run("takar", "setup", "--trial")
        self.wait_until_served()

    def wait_until_served(self) -> None:
        for unit in OURS:
            self.machine.wait(f"{unit} to be active", partial(self.is_active, unit))
        self.machine.wait("the link to central", lambda: self.snapshot()["online"])

    def is_active(self, unit: str) -> bool:
        return self.machine.property(f"{unit}.service", "ActiveState") == "active"

    def snapshot(self) -> dict[str, Any]:
        """What the gateway says on its status socket; nothing is online where it does not."""
        status, output = self.machine.try_run("python3", "-I", "-c", SNAPSHOT)
        if status != 0 or not output.strip():
            return {"online": False, "pumps": []}
        said: dict[str, Any] = json.loads(output)
        return said

    def act(self, *words: str) -> None:
        self.machine.run("takar", "forecourt", *words, TAKAR_FORECOURT=FORECOURT)

    def pump(self, number: int = 1) -> dict[str, Any]:
        """What is really so at a pump, whoever drives it."""
        output = self.machine.run(
            "takar", "forecourt", "status", "--json", TAKAR_FORECOURT=FORECOURT
        )
        pump: dict[str, Any] = json.loads(output)["pumps"][number - 1]
        return pump

    def is_shut(self) -> bool:
        pump = self.pump()
        return not (pump["enable_made"] or pump["limiter_made"] or pump["flow_ml_per_min"])

    def cards(self) -> list[str]:
        """Cards of cars that may take pump 1's product."""
        book = json.loads(self.machine.run("cat", "/var/lib/takar/trial/cards.json"))
        return [
            card["uid"]
            for card in book
            if (card["kind"], card["vehicle"], card["status"], card["product"])
            == ("vehicle", "car", "active", "pertamax")
        ]

    def begin_fill(self, card: str, at_least_ml: int = 500) -> None:
        """Tap, lift, squeeze; until so much has flowed."""
        before_ml = self.pump()["dispensed_ml"]
        self.act("tap", card)
        self.act("lift")
        self.act("squeeze")
        self.machine.wait(
            f"{at_least_ml} ml to flow",
            lambda: self.pump()["dispensed_ml"] > before_ml + at_least_ml,
        )

    def end_fill(self) -> None:
        self.act("hang")
        self.act("remove")

    def sales(self) -> list[Sale]:
        return [
            Sale(card, volume_ml, bool(estimated), pump)
            for card, volume_ml, estimated, pump in json.loads(
                self.machine.run("python3", "-I", "-c", SALES)
            )
        ]

    def sale_of(self, card: str) -> Sale:
        """Once central has it."""
        found: list[Sale] = []

        def has_come() -> bool:
            found[:] = [sale for sale in self.sales() if sale.card == card]
            return bool(found)

        self.machine.wait(f"central to record the sale of {card}", has_come)
        return found[-1]

    def serves(self, which: int = 0) -> str:
        """A whole fill, up to central, for one of `cards`, which it returns."""
        self.wait_until_served()
        card = self.cards()[which]
        self.begin_fill(card)
        self.end_fill()
        assert not self.sale_of(card).estimated
        return card

    def gateway_pid(self) -> int:
        return int(self.machine.property("takar-gateway.service", "MainPID"))

    def signal_gateway(self, name: str) -> None:
        self.machine.run(
            "systemctl", "kill", "--kill-whom=main", f"--signal={name}", "takar-gateway"
        )


def edited(
    folder: Path, edits: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({})
) -> Callable[[Source], Source]:
    """Makes a newer source in `folder`: for each file what is replaced in it, and by what."""

    def edit(source: Source) -> Source:
        for name in source.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.root / name, folder / name)
        for name, replacements in edits.items():
            text = (folder / name).read_text()
            for found, wanted in replacements:
                assert found in text, (name, found)
                text = text.replace(found, wanted, 1)
            (folder / name).write_text(text)
        return replace(source, root=folder, version=f"{source.version}+edited")

    return edit
