"""Drivers: they obey the lamps, get what they want or may have, and always do the same."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from hardware.simulated.forecourt.edges import Edge
from hardware.simulated.forecourt.motorist import Outcome, Visit
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World

MS = 1_000_000
S = 1_000_000_000
GREEN, RED, ENABLE, FEED, NOZZLE = 5, 12, 17, 27, 3


class Attendant:
    """In the gateway's place: lights a lamp once a card lay there, until the nozzle hangs again,
    and feeds the timer."""

    def __init__(self, lamp: int | None, limit_ml: int | None = None, seed: int = 1) -> None:
        self.world = World(ForecourtSettings(time="simulated", seed=seed))
        self.position = self.world.position(1)
        self.story: list[Edge] = []
        self._lamp = lamp
        self._limit_ml = limit_ml
        self._served_from_nl: int | None = None
        self._lifted = False
        for pin in (GREEN, RED, ENABLE, FEED):
            self.world.make_output(pin)

    def invite(self, *visits: dict[str, Any]) -> None:
        for visit in visits:
            self.position.motorist.invite(
                self.world.now_ns, msgspec.convert({"pump": 1, "uid": "01020304"} | visit, Visit)
            )

    def serve(self, seconds: float, *, step_ms: int = 100) -> None:
        for _ in range(round(seconds * 1000 / step_ms)):
            self._react()
            self.world.run(self.world.now_ns + step_ms * MS)
            self.story += self.world.edges.take()

    def _react(self) -> None:
        pump = self.position.pump
        card = bool(self.position.reader.uids)
        if card and self._served_from_nl is None:
            self._served_from_nl = pump.dispensed_nl
        elif not card and ((self._lifted and not pump.lifted) or self._lamp != GREEN):
            self._served_from_nl = None
        self._lifted = pump.lifted
        allowed = self._served_from_nl is not None and (
            self._limit_ml is None
            or pump.dispensed_nl - self._served_from_nl < self._limit_ml * 1_000_000
        )
        if self._lamp is not None:
            self.world.drive(self._lamp, int(self._served_from_nl is not None))
        self.world.drive(ENABLE, int(allowed and self._lamp == GREEN and pump.lifted))
        self.world.drive(FEED, 1)
        self.world.drive(FEED, 0)


def test_a_driver_fills_what_is_wanted_and_leaves_nothing_behind() -> None:
    attendant = Attendant(GREEN)
    attendant.invite({"want_ml": 20_000, "arrive_after_s": 1})
    attendant.serve(60)
    pump = attendant.position.pump
    assert attendant.position.motorist.outcomes == [Outcome.FILLED]
    assert pump.dispensed_nl // 1_000_000 == 20_000
    assert not pump.lifted
    assert attendant.position.reader.uids == []


def test_a_full_tank_comes_before_what_is_wanted() -> None:
    attendant = Attendant(GREEN)
    attendant.invite({"want_ml": 20_000, "vehicle_tank_free_ml": 3000})
    attendant.serve(60)
    assert attendant.position.pump.dispensed_nl // 1_000_000 == 3000


def test_a_driver_hangs_up_two_seconds_after_the_gateway_has_shut() -> None:
    attendant = Attendant(GREEN, limit_ml=5000)
    attendant.invite({"want_ml": None})
    attendant.serve(60)
    assert attendant.position.motorist.outcomes == [Outcome.FILLED]
    assert 5000 <= attendant.position.pump.dispensed_nl // 1_000_000 < 5500
    assert not attendant.position.pump.lifted


@pytest.mark.parametrize(
    ("lamp", "outcome", "after_s"),
    [(RED, Outcome.REFUSED, 10), (None, Outcome.NO_ANSWER, 48)],
)
def test_a_driver_who_is_refused_or_not_answered_takes_the_card_and_leaves(
    lamp: int | None, outcome: Outcome, after_s: int
) -> None:
    attendant = Attendant(lamp)
    attendant.invite({"arrive_after_s": 5})
    attendant.serve(5.2)
    assert attendant.position.reader.uids == ["01020304"]
    attendant.serve(after_s - 5.2)
    assert attendant.position.motorist.outcomes == [outcome]
    assert attendant.position.reader.uids == []
    assert NOZZLE not in [pin for _, pin, _ in attendant.story]


def test_a_driver_gives_up_when_nothing_comes_out() -> None:
    attendant = Attendant(GREEN, limit_ml=0)
    attendant.invite({})
    attendant.serve(30)
    assert attendant.position.motorist.outcomes == [Outcome.NO_FLOW]
    assert not attendant.position.pump.lifted


def test_a_driver_waits_while_a_lamp_is_lit_and_leaves_if_it_stays() -> None:
    attendant = Attendant(None)
    attendant.world.drive(RED, 1)
    attendant.invite({"arrive_after_s": 0}, {"arrive_after_s": 0})
    attendant.serve(41)
    assert attendant.position.motorist.outcomes == [Outcome.PUMP_BUSY]
    attendant.world.drive(RED, 0)
    assert attendant.position.reader.uids == ["01020304"], "the next one taps at once"


def test_cards_are_as_the_visit_says() -> None:
    attendant = Attendant(None)
    attendant.invite({"uid": "04A1B2C3D4E5F6", "second_uid": "01020304", "arrive_after_s": 0})
    attendant.serve(1)
    assert attendant.position.reader.uids == ["04A1B2C3D4E5F6", "01020304"]


def run_a_day(seed: int, step_ms: int) -> tuple[list[Any], int, list[Outcome]]:
    attendant = Attendant(GREEN, seed=seed)
    attendant.invite(*({"want_ml": 1000 * number} for number in range(1, 6)))
    attendant.serve(160, step_ms=step_ms)
    return (
        attendant.story,
        attendant.position.pump.dispensed_nl,
        [*attendant.position.motorist.outcomes],
    )


def test_a_seed_fixes_every_moment_of_a_scenario() -> None:
    first = run_a_day(7, 100)
    assert first == run_a_day(7, 100)
    assert len(first[2]) == 5
    assert first[0] != run_a_day(8, 100)[0]


def test_a_scenario_runs_through_the_socket(forecourt: Callable[..., Any]) -> None:
    place = forecourt()
    hand = place.client("control")
    visits = [{"pump": pump, "uid": "01020304", "arrive_after_s": 1} for pump in (1, 2, 2)]
    assert hand.ask(op="scenario_status")["done"]
    assert hand.ask(op="scenario", visits=visits)["ok"]
    hand.ask(op="elapse", ns=3 * S)
    assert hand.ask(op="status")["pumps"][1]["cards"] == ["01020304"]
    status = hand.ask(op="scenario_status")
    assert (status["done"], status["visits"], status["visits_done"]) == (False, 3, 0)
    hand.ask(op="elapse", ns=100 * S)
    status = hand.ask(op="scenario_status")
    assert (status["done"], status["visits_done"]) == (True, 3)
    assert status["outcomes"] == {
        "filled": 0, "refused": 0, "no_answer": 3, "no_flow": 0, "pump_busy": 0
    }  # fmt: skip
