"""What the page shows: the forecourt's own truth, what the gateway says, and the books."""

from dataclasses import asdict
from threading import Event
from typing import Any

from gateway.demo.page.books import Books
from gateway.demo.page.news import News
from gateway.demo.page.tanks import Tanks
from gateway.demo.page.theirs import Receipts, Theirs
from gateway.demo.picture import sentence
from gateway.demo.stage import PRODUCTS, Stage
from gateway.demo.wallet import PageCard
from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.words import litres, rupiah
from hardware.simulated.control import ForecourtControl

FULL_ML_PER_MIN = 60_000
"""Flow at which the picture's fuel runs fastest."""


class Look:
    """For one thread; it has a connection of its own to the forecourt."""

    def __init__(
        self,
        stage: Stage,
        wallet: list[PageCard],
        tanks: Tanks,
        receipts: Receipts,
        news: News,
        yours: Event,
    ) -> None:
        """`yours`: the guided tour is over."""
        self._stage = stage
        self._control = ForecourtControl(stage.forecourt_socket)
        self._theirs = Theirs(stage.neighbour)
        ledgers = [stage.ledger, *self._theirs.ledgers]
        self._books = Books(ledgers, stage.central_database)
        self._cards = {card.uid: card.title for card in wallet}
        self._tanks = tanks
        self._receipts = receipts
        self._news = news
        self._yours = yours

    def close(self) -> None:
        self._control.close()
        self._theirs.close()
        self._books.close()

    def now(self) -> dict[str, Any]:
        """HardwareError once the forecourt has ended."""
        forecourt = self._control.ask("status")
        newest = self._stage.watch.newest
        seen = {pump.pump: pump for pump in newest.pumps} if newest is not None else {}
        pumps = [one for one in forecourt["pumps"] if one["pump"] in PRODUCTS]
        faults = {fault for pico in forecourt["picos"] for fault in pico["faults"]}
        stage, theirs = self._stage, list(self._theirs.now())
        return {
            "yours": self._yours.is_set(),
            "gateway": stage.gateway is not None and stage.gateway.running,
            "pi": stage.console is not None and stage.console.running,
            "network": self._stage.cable.whole,
            "stop": forecourt["stop"]["pressed"],
            "pico": "pico_unplugged" not in faults,
            "power": "pico_off" not in faults,
            "link": _link(newest),
            "books": self._balance(pumps, [one for one, _ in theirs], newest),
            "pumps": [
                *(self._pump(one, seen.get(one["pump"])) for one in pumps),
                *(self._pump(one, at) for one, at in theirs),
            ],
            "receipt": self._receipts.newest,
            "news": self._news.lines(),
        }

    def _balance(
        self,
        ours: list[dict[str, Any]],
        theirs: list[dict[str, Any]],
        newest: Snapshot | None,
    ) -> dict[str, Any]:
        open_ml = sum(pump.volume_ml for pump in newest.pumps) if newest is not None else 0
        waiting = newest.head - newest.acknowledged_through if newest is not None else 0
        books = self._books.look(_counted_ml(ours), _counted_ml(theirs), open_ml, waiting)
        kind, said = books.verdict(gateway=newest is not None)
        figures = {name: litres(ml) for name, ml in asdict(books).items() if name.endswith("_ml")}
        return {"kind": kind, "said": said, "waiting": waiting, **figures}

    def _pump(self, one: dict[str, Any], seen: PumpSnapshot | None) -> dict[str, Any]:
        number, dispensed_ml = one["pump"], one["dispensed_ml"]
        filled_ml = self._tanks.filled_ml(number, dispensed_ml)
        free_ml = self._tanks.free_ml(number, dispensed_ml)
        shown_ml = self._tanks.shown_ml(number, dispensed_ml)
        price = seen.price_idr_per_l if seen is not None else None
        return {
            "pump": number,
            "state": seen.state.replace("_", " ") if seen is not None else "no gateway",
            "said": sentence(seen, "en") if seen is not None else "",
            "lifted": one["nozzle"] == "lifted",
            "squeezed": one["lever"] == "squeezed",
            "flowing": one["flow_ml_per_min"] > 0,
            "flow": f"{litres(one['flow_ml_per_min'], 0)}/min",
            "speed": one["flow_ml_per_min"] / FULL_ML_PER_MIN,
            "filled": litres(shown_ml).removesuffix(" L"),
            "rupiah": rupiah(shown_ml * price // 1000) if price is not None else "",
            "totaliser": litres(one["totaliser_ml"]),
            "enable": one["enable_made"],
            "limiter": one["limiter_made"],
            "lamps": one["lamps"],
            "card": next((self._cards.get(uid, uid) for uid in one["cards"]), ""),
            "tank": filled_ml / (filled_ml + free_ml) if free_ml is not None else -1,
        }


def _counted_ml(pumps: list[dict[str, Any]]) -> int:
    """By the simulated pumps, as far as a meter can tell."""
    return sum(one["pulses"] * one["pulse_ml"] for one in pumps)


def _link(newest: Snapshot | None) -> str:
    if newest is None:
        return "no gateway answers"
    return "online" if newest.online else "offline"
