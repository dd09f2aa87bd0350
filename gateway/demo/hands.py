"""What a person at the pumps does in the demo: with cards of the city, nozzle, stop, cable."""

from collections.abc import Callable, Iterator
from itertools import cycle

from gateway.demo.scenario import Card
from gateway.demo.stage import PRODUCTS, Stage
from hardware.ports import HardwareError

Tell = Callable[[str], None]


class Hands:
    def __init__(self, stage: Stage, cards: list[Card], tell: Tell) -> None:
        self._stage = stage
        self._tell = tell
        self._decks: dict[int, Iterator[Card]] = {
            pump: cycle([c for c in cards if c.product == product and c.status == "active"])
            for pump, product in PRODUCTS.items()
        }
        self._lost = cycle([card for card in cards if card.status == "lost"])
        self._pressed = False

    def press(self, key: str, pump: int) -> None:
        """Do what a key stands for; unknown keys do nothing."""
        deed = {
            "t": self.tap_next,
            "x": self.tap_lost,
            "l": self.lift,
            "s": self.squeeze,
            "r": self.let_go,
            "h": self.hang,
            "e": self.emergency,
            "n": self.network,
            "k": self.gateway,
        }.get(key)
        if deed is None:
            return
        try:
            deed(pump)
        except HardwareError as error:
            self._tell(str(error))

    def tap(self, pump: int, card: Card) -> None:
        self._ask(pump, "remove")
        self._ask(pump, "tap", cards=[{"uid": card.uid}])
        self._tell(
            f"pump {pump}: card of {card.plate} ({card.vehicle}, {card.status}) on the reader"
        )

    def take_card(self, pump: int) -> None:
        self._ask(pump, "remove")

    def tap_next(self, pump: int) -> None:
        self.tap(pump, next(self._decks[pump]))

    def tap_lost(self, pump: int) -> None:
        self.tap(pump, next(self._lost))

    def lift(self, pump: int) -> None:
        self._ask(pump, "lift")
        self._tell(f"pump {pump}: nozzle lifted")

    def squeeze(self, pump: int, free_ml: int | None = None) -> None:
        self._ask(pump, "squeeze", free_ml=free_ml)
        self._tell(f"pump {pump}: lever squeezed")

    def let_go(self, pump: int) -> None:
        self._ask(pump, "release")
        self._tell(f"pump {pump}: lever let go")

    def hang(self, pump: int) -> None:
        self._ask(pump, "hang")
        self._ask(pump, "remove")
        self._tell(f"pump {pump}: nozzle hung, card taken")

    def emergency(self, _pump: int) -> None:
        self._pressed = not self._pressed
        self._stage.control.ask("stop", pressed=self._pressed)
        self._tell("emergency stop pressed" if self._pressed else "emergency stop released")

    def network(self, _pump: int) -> None:
        cable = self._stage.cable
        if cable.whole:
            cable.cut()
            self._tell("network cut: the station is on its own")
        else:
            cable.restore()
            self._tell("network restored")

    def gateway(self, _pump: int) -> None:
        part = self._stage.gateway
        if part is not None and part.running:
            part.kill()
            self._tell("gateway killed (signal 9)")
        else:
            self._stage.start_gateway()
            self._tell("gateway started again; a fill that was open is closed as estimated")

    def _ask(self, pump: int, op: str, **fields: object) -> None:
        given = {name: value for name, value in fields.items() if value is not None}
        self._stage.control.ask(op, pump=pump, **given)
