"""How much the next card at a pump takes at most, in litres or rupiah."""

from typing import Any

from starlette.requests import Request

from gateway.console import entered
from gateway.console.access.sessions import Told
from gateway.console.console import console_of, pump_of
from gateway.console.form import Form, Given
from gateway.core.dosing import LEAST_FILL_ML, MOST_PRESET_ML
from gateway.core.units import amount_idr
from gateway.runtime.requests import ChoosePreset


async def _values(request: Request) -> dict[str, object]:
    number = pump_of(request)
    pump = console_of(request).feed.pump(number)
    price = pump.price_idr_per_l if pump is not None else None
    return {
        "number": number,
        "pump": pump,
        "least_ml": LEAST_FILL_ML,
        "most_ml": MOST_PRESET_ML,
        "least_idr": amount_idr(LEAST_FILL_ML, price) if price else None,
        "most_idr": amount_idr(MOST_PRESET_ML, price) if price else None,
    }


def _ask(given: Given) -> ChoosePreset:
    if "nothing" in given.fields:
        return ChoosePreset(given.pump)
    amount = given.must("amount")
    if given.fields.get("unit") == "idr":
        return ChoosePreset(given.pump, None, entered.amount_idr(amount))
    return ChoosePreset(given.pump, entered.volume_ml(amount, given.words.language))


def _tell(given: Given, done: dict[str, Any]) -> Told:
    pump = str(given.pump)
    if not done["volume_ml"]:
        return Told(given.words("told_no_preset", pump=pump))
    volume = given.words.litres(done["volume_ml"])
    amount = given.words.rupiah(done["amount_idr"])
    return Told(given.words("told_preset", pump=pump, volume=volume, amount=amount))


CHOOSE = Form(
    ask=_ask,
    tell=_tell,
    template="preset.html",
    fields=("amount", "unit"),
    values=_values,
)
