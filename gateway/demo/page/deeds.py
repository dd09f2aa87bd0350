"""What a browser may ask for, and doing it."""

from threading import Event
from typing import Annotated, assert_never

from msgspec import Meta, Struct

from gateway.demo.hands import Hands
from gateway.demo.neighbour import THEIR_PUMP
from gateway.demo.page.tanks import Tanks
from gateway.demo.page.theirs import Receipts
from gateway.demo.stage import Stage
from gateway.demo.wallet import PageCard

PumpNumber = Annotated[int, Meta(ge=1, le=4)]


class NotNow(Exception):
    """It cannot be done as things are; the text says why, and what to do first."""


class Deed(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower):
    pass


class Tap(Deed, frozen=True):
    """Hold a card of the wallet to the reader."""

    pump: PumpNumber
    card: Annotated[str, Meta(max_length=20)]


class Take(Deed, frozen=True):
    pump: PumpNumber


class Lift(Deed, frozen=True):
    pump: PumpNumber


class Squeeze(Deed, frozen=True):
    pump: PumpNumber
    percent: Annotated[int, Meta(ge=10, le=100)]


class Release(Deed, frozen=True):
    pump: PumpNumber


class Hang(Deed, frozen=True):
    pump: PumpNumber


class Stop(Deed, frozen=True):
    pressed: bool


class Network(Deed, frozen=True):
    whole: bool


class Gateway(Deed, frozen=True):
    running: bool


class Pico(Deed, frozen=True):
    plugged: bool


class Pi(Deed, frozen=True):
    plugged: bool


class Power(Deed, frozen=True):
    on: bool


class Open(Deed, frozen=True):
    """The third party's station, which does not run from the beginning."""


AnyDeed = (
    Tap
    | Take
    | Lift
    | Squeeze
    | Release
    | Hang
    | Stop
    | Network
    | Gateway
    | Pico
    | Pi
    | Power
    | Open
)


class Deeds:
    def __init__(
        self,
        hands: Hands,
        stage: Stage,
        wallet: list[PageCard],
        tanks: Tanks,
        receipts: Receipts,
        yours: Event,
    ) -> None:
        """`yours`: the guided tour is over."""
        self._hands = hands
        self._stage = stage
        self._wallet = {card.id: card for card in wallet}
        self._tanks = tanks
        self._receipts = receipts
        self._yours = yours

    def do(self, deed: AnyDeed) -> None:
        """NotNow, HardwareError, PartFailed: why not. May take the seconds of a start."""
        hands = self._hands
        if not self._yours.is_set():
            raise NotNow("The guided tour is still playing; in half a minute all of this is yours.")
        match deed:
            case Tap():
                self._tap(deed.pump, deed.card)
            case Take():
                hands.take_card(deed.pump)
            case Lift():
                hands.lift(deed.pump)
                self._tanks.lift(deed.pump, self._dispensed_ml(deed.pump))
            case Squeeze():
                self._squeeze(deed.pump, deed.percent)
            case Release():
                hands.let_go(deed.pump)
            case Hang():
                hands.hang(deed.pump)
                self._leave(deed.pump, self._dispensed_ml(deed.pump))
            case Stop():
                hands.press_stop(pressed=deed.pressed)
            case Network():
                hands.plug_network(whole=deed.whole)
            case Gateway():
                hands.run_gateway(running=deed.running)
            case Pico():
                hands.plug_pico(plugged=deed.plugged)
            case Pi():
                hands.plug_pi(plugged=deed.plugged)
            case Power():
                hands.power(on=deed.on)
            case Open():
                self._open()
            case _:
                assert_never(deed)

    def _tap(self, pump: int, card_id: str) -> None:
        card = self._wallet.get(card_id)
        if card is None:
            raise NotNow("There is no such card: load the page again.")
        self._hands.hold(pump, card.uid, f"{card.title} ({card.note})")
        if card.tank_free_ml is not None:
            self._tanks.arrive(pump, card.tank_free_ml)

    def _squeeze(self, pump: int, percent: int) -> None:
        free_ml = self._tanks.free_ml(pump, self._dispensed_ml(pump))
        if free_ml is not None and free_ml <= 0:
            raise NotNow("The vehicle's tank is full: hang the nozzle up.")
        self._hands.squeeze(pump, free_ml, percent)

    def _leave(self, pump: int, dispensed_ml: int) -> None:
        if pump == THEIR_PUMP:
            self._receipts.print(self._tanks.filled_ml(pump, dispensed_ml))
        self._tanks.leave(pump, dispensed_ml)

    def _open(self) -> None:
        if self._stage.neighbour is not None:
            self._stage.neighbour.open()

    def _dispensed_ml(self, pump: int) -> int:
        control, number = self._stage.place(pump)
        for one in control.ask("status")["pumps"]:
            if one["pump"] == number:
                return int(one["dispensed_ml"])
        raise NotNow(f"There is no pump {pump} here.")
