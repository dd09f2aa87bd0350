"""What a person at the pumps does in the demo: with cards of the city, nozzle, stop, cable."""

from collections.abc import Callable, Iterator
from itertools import cycle
from threading import Lock

from gateway.demo.parts import PartFailed
from gateway.demo.scenario import Card
from gateway.demo.stage import PRODUCTS, Stage
from hardware.ports import HardwareError

Tell = Callable[[str], None]


class Hands:
    """From any thread: the terminal's keys and the page's buttons are the same hands."""

    def __init__(self, stage: Stage, cards: list[Card], tell: Tell) -> None:
        self._stage = stage
        self._tell = tell
        self._decks: dict[int, Iterator[Card]] = {
            pump: cycle([c for c in cards if c.product == product and c.status == "active"])
            for pump, product in PRODUCTS.items()
        }
        self._lost = cycle([card for card in cards if card.status == "lost"])
        self._pressed = False
        self._starting = Lock()

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
        self.hold(pump, card.uid, f"{card.plate} ({card.vehicle}, {card.status})")

    def hold(self, pump: int, uid: str, whose: str) -> None:
        """Hold a card to the reader, in place of any other."""
        self._ask(pump, "remove")
        self._ask(pump, "tap", cards=[{"uid": uid}])
        self._tell(f"pump {pump}: card of {whose} on the reader")

    def take_card(self, pump: int) -> None:
        self._ask(pump, "remove")

    def tap_next(self, pump: int) -> None:
        self.tap(pump, next(self._decks[pump]))

    def tap_lost(self, pump: int) -> None:
        self.tap(pump, next(self._lost))

    def lift(self, pump: int) -> None:
        self._ask(pump, "lift")
        self._tell(f"pump {pump}: nozzle lifted")

    def squeeze(self, pump: int, free_ml: int | None = None, percent: int | None = None) -> None:
        """Until the tank has taken `free_ml`; `percent` of the pump's full flow."""
        self._ask(pump, "squeeze", free_ml=free_ml, percent=percent)
        self._tell(f"pump {pump}: lever squeezed" + (f" to {percent} %" if percent else ""))

    def let_go(self, pump: int) -> None:
        self._ask(pump, "release")
        self._tell(f"pump {pump}: lever let go")

    def hang(self, pump: int) -> None:
        self._ask(pump, "hang")
        self._ask(pump, "remove")
        self._tell(f"pump {pump}: nozzle hung, card taken")

    def emergency(self, _pump: int) -> None:
        self.press_stop(pressed=not self._pressed)

    def press_stop(self, *, pressed: bool) -> None:
        self._pressed = pressed
        self._stage.control.ask("stop", pressed=pressed)
        self._tell("emergency stop pressed" if pressed else "emergency stop released")

    def network(self, _pump: int) -> None:
        self.plug_network(whole=not self._stage.cable.whole)

    def plug_network(self, *, whole: bool) -> None:
        if whole:
            self._stage.cable.restore()
            self._tell("network restored")
        else:
            self._stage.cable.cut()
            self._tell("network cut: the station is on its own")

    def gateway(self, _pump: int) -> None:
        part = self._stage.gateway
        self.run_gateway(running=not (part is not None and part.running))

    def run_gateway(self, *, running: bool) -> None:
        """Start it, which takes its time, or kill it. PartFailed if it does not start."""
        with self._starting:
            part = self._stage.gateway
            if running and (part is None or not part.running):
                self._stage.start_gateway()
                self._tell(
                    "gateway started again; a fill that was open is closed: by the co-processor's "
                    "count, at pump 2 as estimated"
                )
            elif not running and part is not None and part.running:
                part.kill()
                self._tell("gateway killed (signal 9)")

    def plug_pico(self, *, plugged: bool) -> None:
        """The co-processor's USB cable at pump 1."""
        self._stage.control.ask("fault", name="pico_unplugged", on=not plugged)
        self._tell("co-processor plugged in again" if plugged else "co-processor's cable pulled")

    def plug_pi(self, *, plugged: bool) -> None:
        """The Raspberry Pi's power: gateway and console die at one instant. The co-processor has
        a supply of its own, and counts on."""
        with self._starting:
            if plugged:
                self._start_pi()
                self._tell("the Pi has power again: gateway and console start")
            else:
                self._kill_pi()
                self._tell("the Pi's plug is pulled: gateway and console are dead")

    def power(self, *, on: bool) -> None:
        """Of the whole station: the co-processor dies too."""
        with self._starting:
            self._stage.control.ask("fault", name="pico_off", on=not on)
            if on:
                self._start_pi()
                self._tell("power is back: gateway, console and co-processor start")
            else:
                self._kill_pi()
                self._tell("power cut: gateway, console and co-processor are dead")

    def keep_console(self) -> None:
        """Start the console again that has died by itself, while the Pi has power."""
        with self._starting:
            gateway, console = self._stage.gateway, self._stage.console
            if console is None or console.running or gateway is None or not gateway.running:
                return
            self._tell("the console has died, and is started again; the pumps went on")
            try:
                self._stage.start_console()
            except PartFailed as error:
                self._tell(str(error))

    def _start_pi(self) -> None:
        self._stage.start_console()
        self._stage.start_gateway()

    def _kill_pi(self) -> None:
        for part in (self._stage.gateway, self._stage.console):
            if part is not None and part.running:
                part.kill()

    def _ask(self, pump: int, op: str, **fields: object) -> None:
        given = {name: value for name, value in fields.items() if value is not None}
        control, number = self._stage.place(pump)
        control.ask(op, pump=number, **given)
