"""The guided run: what a newcomer should see within a minute."""

from collections.abc import Callable

from gateway.demo.hands import Hands
from gateway.demo.scenario import Card
from gateway.demo.stage import PRODUCTS, Stage
from gateway.demo.watch import pump_of
from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.words import litres, say

ANSWER_S = 10.0
FILL_S = 60.0
DELIVERY_S = 30.0
OPEN = ("authorised", "dispensing")


class TourStopped(Exception):
    """Something that should have happened did not."""


class Tour:
    def __init__(
        self, stage: Stage, hands: Hands, cards: list[Card], tell: Callable[[str], None]
    ) -> None:
        self._stage, self._hands, self._tell = stage, hands, tell
        small = [
            card
            for card in cards
            if card.vehicle == "motorcycle"
            and card.status == "active"
            and card.product == PRODUCTS[1]
        ]
        self._cards = iter(small)
        self._lost = next(card for card in cards if card.status == "lost")

    def run(self) -> None:
        """The four scenes. TourStopped says which wait was in vain."""
        self._wait("the gateway to be online", lambda s: s.online, ANSWER_S)
        self.accepted_fill()
        self.stopped_at_limit()
        self.refusal()
        self.offline_fill()
        self._tell("That was the tour.")

    def accepted_fill(self) -> None:
        self._scene("1. A vehicle taps and fills 2,5 L.")
        self._fill(1, next(self._cards), free_ml=2500)
        self._delivered("central has the sale")

    def stopped_at_limit(self) -> None:
        self._scene("2. A driver holds the lever; Takar stops at the limit.")
        self._authorise(1, next(self._cards))
        self._hands.lift(1)
        self._hands.squeeze(1)
        self._wait_pump(
            1, "dispensing", lambda pump: pump.stop_ml is not None and pump.volume_ml > 0
        )
        stop_ml = self._pump(1).stop_ml or 0
        self._wait_pump(1, "the valve to shut", lambda pump: pump.state != "dispensing", FILL_S)
        self._wait_pump(
            1, "the last drops", lambda pump: pump.state == "recording" or not pump.stop_ml
        )
        end_ml = self._last_sale_ml()
        self._hands.hang(1)
        self._tell(
            f"told to shut at {litres(stop_ml)}, early by what can still pass, to stay within "
            f"the tank or the quota; {litres(max(0, end_ml - stop_ml))} ran while the valve closed "
            f"and is counted: {litres(end_ml)} sold"
        )

    def refusal(self) -> None:
        self._scene("3. A card that was reported lost is tapped.")
        self._hands.tap(2, self._lost)
        self._wait_pump(2, "a refusal", lambda pump: pump.state == "refused")
        code = self._pump(2).code or ""
        self._hands.take_card(2)
        self._tell(f"refused: {code}: {say(code)} ({say(code, 'en')})")
        self._wait_pump(2, "the pump to be free", lambda pump: pump.state == "idle")

    def offline_fill(self) -> None:
        self._scene("4. The network fails; the next vehicle fills all the same.")
        self._hands.network(1)
        self._wait("the link to be down", lambda s: not s.online, ANSWER_S)
        self._fill(1, next(self._cards), free_ml=2000)
        self._wait("entries to wait", lambda s: s.head > s.acknowledged_through, ANSWER_S)
        waiting = self._snapshot()
        self._tell(f"{waiting.head - waiting.acknowledged_through} entries wait in the ledger")
        self._hands.network(1)
        self._delivered("delivered, each once")

    def _fill(self, number: int, card: Card, free_ml: int) -> None:
        self._authorise(number, card)
        self._hands.lift(number)
        self._hands.squeeze(number, free_ml)
        self._wait_pump(
            number, "the tank to be full", lambda pump: pump.volume_ml >= free_ml - 20, FILL_S
        )
        self._hands.hang(number)
        self._wait_pump(number, "the sale", lambda pump: pump.state == "idle")
        self._tell(f"sold {litres(self._last_sale_ml())} to {card.plate}")

    def _authorise(self, number: int, card: Card) -> None:
        self._wait_pump(number, "the pump to be free", lambda pump: pump.state == "idle")
        self._hands.tap(number, card)
        self._wait_pump(number, "an answer", lambda pump: pump.state in (*OPEN, "refused"))
        pump = self._pump(number)
        if pump.state == "refused":
            raise TourStopped(f"{card.plate} was refused: {pump.code}")
        self._tell(f"authorised: {say('authorised', remaining=litres(pump.remaining_ml or 0, 1))}")

    def _delivered(self, what: str) -> None:
        self._wait(
            "central's acknowledgement", lambda s: s.head == s.acknowledged_through, DELIVERY_S
        )
        snapshot = self._snapshot()
        self._tell(f"{what}: acknowledged {snapshot.acknowledged_through} of {snapshot.head}")

    def _last_sale_ml(self) -> int:
        """From the ledger itself."""
        from gateway.store.reader import LedgerReader

        self._wait("the sale to be recorded", lambda s: all(not p.stop_ml for p in s.pumps), FILL_S)
        with LedgerReader(self._stage.ledger) as reader:
            sales = [e for e in reader.every_entry() if e.type == "sale.completed"]
        return int(sales[-1].data["volume_ml"])

    def _scene(self, title: str) -> None:
        self._tell("")
        self._tell(title)

    def _snapshot(self) -> Snapshot:
        newest = self._stage.watch.newest
        if newest is None:
            raise TourStopped("the gateway does not answer")
        return newest

    def _pump(self, number: int) -> PumpSnapshot:
        return pump_of(self._snapshot(), number)

    def _wait_pump(
        self,
        number: int,
        what: str,
        wanted: Callable[[PumpSnapshot], bool],
        within_s: float = ANSWER_S,
    ) -> None:
        self._wait(f"{what} at pump {number}", lambda s: wanted(pump_of(s, number)), within_s)

    def _wait(self, what: str, wanted: Callable[[Snapshot], bool], within_s: float) -> None:
        if not self._stage.watch.wait(wanted, within_s):
            raise TourStopped(f"waited {within_s:.0f} s in vain for {what}")
