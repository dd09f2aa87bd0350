"""How much the next card at a pump takes, as a person has chosen it: in litres or in rupiah."""

import logging
from collections.abc import Callable, Mapping

from gateway.core.dosing import LEAST_FILL_ML, MOST_PRESET_ML
from gateway.core.units import ML_PER_L, NS_PER_S, amount_idr
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.refusals import Refusal, Refused, no_such_pump
from gateway.runtime.requests import ChoosePreset
from hardware.ports import Clock

log = logging.getLogger(__name__)

WAITS_NS = 300 * NS_PER_S
"""Who chose and then laid down no card for so long has left: the next driver is not bound by it."""


class Choosing:
    """Lives in the control loop's thread."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        look_up: LookUp,
        product: Callable[[int], str],
        clock: Clock,
    ) -> None:
        """`product`: what a pump sells."""
        self._desks = desks
        self._look_up = look_up
        self._product = product
        self._clock = clock
        self._chosen_ns: dict[int, int] = {}

    def take(self, request: ChoosePreset, answer: Callable[[Answer], None]) -> None:
        """Answers with what the next card takes at most; 0 where nothing is chosen any more."""
        desk = self._desks.get(request.pump)
        if desk is None:
            answer(no_such_pump(request.pump, self._desks).answer)
            return
        price = self._look_up.price_idr_per_l(self._product(request.pump))
        try:
            volume_ml = _volume_ml(request, price)
        except Refused as refused:
            answer(refused.answer)
            return
        desk.choose(volume_ml)
        if volume_ml is None:
            self._chosen_ns.pop(request.pump, None)
            answer(Answer(done={"pump": request.pump, "volume_ml": 0, "amount_idr": 0}))
            return
        self._chosen_ns[request.pump] = self._clock.monotonic_ns()
        amount = amount_idr(volume_ml, price) if price is not None else 0
        answer(Answer(done={"pump": request.pump, "volume_ml": volume_ml, "amount_idr": amount}))

    def turn(self) -> None:
        """Forget what nobody came for."""
        now_ns = self._clock.monotonic_ns()
        for number, chosen_ns in list(self._chosen_ns.items()):
            desk = self._desks[number]
            if desk.session.preset_ml is None:
                del self._chosen_ns[number]
            elif now_ns - chosen_ns > WAITS_NS:
                del self._chosen_ns[number]
                log.info(
                    "pump %d: nobody came for the chosen amount",
                    number,
                    extra={"event": "preset_lapsed", "pump": number},
                )
                desk.choose(None)


def _volume_ml(request: ChoosePreset, price_idr_per_l: int | None) -> int | None:
    """At most what the money buys. Refused says what was expected; None: nothing chosen."""
    if request.volume_ml is not None and request.amount_idr is not None:
        raise Refused(Refusal.BOTH_AMOUNTS, "expected litres or rupiah, found both")
    if request.amount_idr is None:
        return None if request.volume_ml is None else _litres(request.volume_ml)
    if not price_idr_per_l:
        text = f"pump {request.pump}: no price is known here; choose litres instead"
        raise Refused(Refusal.NO_PRICE, text)
    volume_ml = request.amount_idr * ML_PER_L // price_idr_per_l
    if not LEAST_FILL_ML <= volume_ml <= MOST_PRESET_ML:
        least, most = (
            amount_idr(each, price_idr_per_l) for each in (LEAST_FILL_ML, MOST_PRESET_ML)
        )
        raise Refused(
            Refusal.RUPIAH_BOUNDS,
            f"preset Rp {request.amount_idr}: expected Rp {least} to Rp {most}",
            least_idr=least,
            most_idr=most,
        )
    return volume_ml


def _litres(volume_ml: int) -> int:
    if not LEAST_FILL_ML <= volume_ml <= MOST_PRESET_ML:
        raise Refused(
            Refusal.LITRES_BOUNDS,
            f"preset {volume_ml} ml: expected {LEAST_FILL_ML} to {MOST_PRESET_ML} ml",
            least_ml=LEAST_FILL_ML,
            most_ml=MOST_PRESET_ML,
        )
    return volume_ml
