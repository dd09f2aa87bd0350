"""Ledgers of any entries, and what they come to by plain sums, for the tests of shifts."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from gateway.core.facts import (
    CalibrationDrawn,
    Charge,
    CounterReading,
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    SaleCompleted,
    SaleCorrected,
    SaleRefused,
    ShiftTotals,
)
from gateway.core.shift import Shift, closing, opening
from gateway.core.units import amount_idr
from tests.core.ledger_of import balance_of
from tests.gateway.store.samples import SUBJECT, TIME, grant, sale

Sums = Counter[Any]
COUNTER = CounterReading("pico.1", 5)


def sold(number: int, volume_ml: int, **changes: Any) -> SaleCompleted:
    fact = sale(number, Charge(1, volume_ml))
    price = changes.get("price_idr_per_l", fact.price_idr_per_l)
    return msgspec.structs.replace(fact, amount_idr=amount_idr(volume_ml, price), **changes)


def guessed(number: int, volume_ml: int, metered_ml: int, **changes: Any) -> SaleCompleted:
    return sold(
        number,
        volume_ml,
        estimated=True,
        totaliser_end_ml=None,
        metered_ml=metered_ml,
        counter_start=COUNTER,
        **changes,
    )


def corrected(guess: SaleCompleted, volume_ml: int) -> SaleCorrected:
    return SaleCorrected(
        sale=guess.sale,
        pump=guess.pump,
        subject=SUBJECT,
        volume_ml=volume_ml,
        returned_ml=guess.volume_ml - volume_ml,
        amount_idr=amount_idr(volume_ml, guess.price_idr_per_l),
        returned=[Charge(1, guess.volume_ml - volume_ml)],
        totaliser_end_ml=volume_ml,
        counter_end=COUNTER,
        started=TIME,
    )


def drawn(pump: int, volume_ml: int, unseen_ml: int) -> CalibrationDrawn:
    return CalibrationDrawn(
        pump=pump,
        card="04A1B2C3D4E5F6",
        pulses=None,
        volume_ml=volume_ml,
        unseen_ml=unseen_ml,
        totaliser_start_ml=0,
        totaliser_end_ml=volume_ml,
        estimated=unseen_ml > 0,
        ended_by="nozzle_hung",
        started=TIME,
    )


def bypassed(pump: int, volume_ml: int) -> FlowBypassed:
    return FlowBypassed(
        pump=pump,
        volume_ml=volume_ml,
        since=TIME,
        until=TIME,
        unattended=False,
        totaliser_end_ml=volume_ml,
    )


def sums_of(facts: Iterable[Fact]) -> Sums:
    """By plain addition over facts, corrections in the place of what they correct."""
    sums: Sums = Counter()
    guesses: dict[int, SaleCompleted] = {}
    for fact in facts:
        match fact:
            case SaleCompleted():
                of = fact.product, fact.price_idr_per_l, fact.department
                sums += Counter({("fills", *of): 1, ("ml", *of): fact.volume_ml})
                sums["idr", *of] += fact.amount_idr
                sums["sold", fact.pump] += fact.metered_ml
                sums["overridden"] += fact.volume_ml if fact.override_by else 0
                sums["estimated"] += fact.volume_ml if fact.estimated else 0
                guesses[fact.pump] = fact
            case SaleCorrected():
                guess = guesses[fact.pump]
                of = guess.product, guess.price_idr_per_l, guess.department
                sums["ml", *of] -= fact.returned_ml
                sums["idr", *of] -= guess.amount_idr - fact.amount_idr
                sums["sold", fact.pump] += fact.volume_ml - guess.metered_ml
            case SaleRefused():
                sums["refused", fact.code] += 1
            case FlowUnauthorised():
                sums += Counter({("passed", fact.pump): fact.volume_ml, ("alarms", fact.pump): 1})
            case FlowBypassed():
                sums["bypassed", fact.pump] += fact.volume_ml
            case FlowUncounted():
                sums["unseen", fact.pump] += fact.bound_ml
            case CalibrationDrawn():
                sums["drawn", fact.pump] += fact.volume_ml
                sums["unseen", fact.pump] += fact.unseen_ml
    return +sums


def sums_in(totals: Iterable[ShiftTotals]) -> Sums:
    """The same, as shifts say it."""
    sums: Sums = Counter()
    for one in totals:
        for line in one.sold:
            of = line.product, line.price_idr_per_l, line.department
            sums["fills", *of] += line.fills
            sums["ml", *of] += line.volume_ml - line.returned_ml
            sums["idr", *of] += line.amount_idr - line.returned_idr
        for pump in one.pumps:
            for name, value in (
                ("sold", pump.sold_ml),
                ("passed", pump.unauthorised_ml),
                ("alarms", pump.unauthorised),
                ("unseen", pump.uncounted_ml),
                ("drawn", pump.drawn_ml),
                ("bypassed", pump.bypassed_ml),
            ):
                sums[name, pump.pump] += value
        sums["overridden"] += one.overridden.volume_ml
        sums["estimated"] += one.estimated.volume_ml
        for refused in one.refusals:
            sums["refused", refused.code] += refused.count
    return +sums


@st.composite
def days(draw: st.DrawFn) -> list[Fact]:
    """Whatever happens at a station, among it the changing of shifts, in any order."""
    facts: list[Fact] = [grant(1, 1_000_000_000)]
    guesses: dict[int, SaleCompleted] = {}
    shift = Shift()
    for number in range(1, draw(st.integers(0, 40))):
        pump = draw(st.integers(1, 4))
        ml = draw(st.integers(0, 60_000))
        of: dict[str, Any] = {
            "pump": pump,
            "product": draw(st.sampled_from(("pertamax", "dexlite"))),
            "department": draw(st.sampled_from(("dinas-kesehatan", "dinas-pu", "bkad"))),
            "price_idr_per_l": draw(st.sampled_from((12_950, 13_100))),
            "override_by": draw(st.sampled_from((None, "04A1B2C3D4E5F6"))),
        }
        kind = draw(st.integers(0, 8))
        if kind == 0:
            guesses[pump] = guessed(number, ml, draw(st.integers(0, ml)), **of)
            facts.append(guesses[pump])
        elif kind == 1 and pump in guesses:
            guess = guesses.pop(pump)
            facts.append(corrected(guess, draw(st.integers(guess.metered_ml, guess.volume_ml))))
        elif kind == 2:
            facts.append(FlowUnauthorised(pump=pump, volume_ml=ml, totaliser_end_ml=ml))
        elif kind == 3:
            facts.append(FlowUncounted(pump=pump, bound_ml=ml, why="power"))
        elif kind == 4:
            facts.append(drawn(pump, ml, draw(st.sampled_from((0, 500)))))
        elif kind == 5:
            code = draw(st.sampled_from(("unknown_card", "limit_day")))
            facts.append(SaleRefused(pump=pump, code=code, card=None, subject=None))
        elif kind == 7:
            facts.append(bypassed(pump, ml))
        elif kind == 6:
            shift = balance_of(*facts).shift
            make = opening if shift.begun is None else closing
            facts.append(make(shift, "Ama", {1: ml, pump: number}))
        else:
            guesses.pop(pump, None)
            facts.append(sold(number, ml, **of))
    return facts
