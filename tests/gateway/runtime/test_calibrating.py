"""A calibration from the first draw to the ratio in force; and all that must change nothing."""

from typing import Any

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.decision import Accepting, Denied, Drawing
from gateway.core.events import CardTaken
from gateway.core.facts import CounterReading, Ratio
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from gateway.core.units import Calibration
from gateway.runtime.calibrating import ATTENDED_NS, READING_NS, Calibrating
from gateway.runtime.control import Answer
from gateway.runtime.requests import (
    BeginCalibration,
    CalibrationRequest,
    EndCalibration,
    LookAtCalibration,
    ReadCan,
)
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import TECHNICIAN_UID


class Technician:
    """At pump 1 of an office, where a pulse is 10 ml by the configuration."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.books = office.open()
        self.calibrating = Calibrating({1: office.desk}, self.books, office.keeper, office.clock)
        # As the gateway does: the books hear of it first.
        office.keeper._committed = self.heard
        self.token = "0" * 16

    def heard(self, entries: list[Any]) -> None:
        self.books.committed(entries)
        self.calibrating.committed(entries)

    def ask(self, request: CalibrationRequest) -> Answer:
        answers: list[Answer] = []
        self.calibrating.take(request, answers.append)
        return answers[0]

    def begin(self) -> None:
        self.token = str(self.said(BeginCalibration(1))["token"])

    def said(self, request: CalibrationRequest) -> dict[str, int | str | bool]:
        answer = self.ask(request)
        assert answer.done is not None, answer.refused
        return answer.done

    def look(self) -> dict[str, int | str | bool]:
        return self.said(LookAtCalibration(1, self.token))

    def read(self, can_ml: int) -> Answer:
        return self.ask(ReadCan(1, self.token, can_ml))

    def card(self) -> Drawing | Accepting | Denied:
        found, _ = self.office.till.decide(self.office.desk, a.Decide(TECHNICIAN_UID))
        self.office.settle()
        assert isinstance(found, Drawing | Accepting | Denied)
        return found

    def draw(self, pulses: int, can_ml: int = 20_000) -> Answer:
        office, allowed = self.office, self.card()
        assert isinstance(allowed, Drawing)
        ratio = office.desk.session.rules.dosing.calibration
        start = office.desk.session.pulses_total
        fill = Fill(allowed, start, office.clock.now_ns)
        office.reserve(fill, 25_000)
        office.desk.count(pulses)
        ended = msgspec.structs.replace(fill, opened=True, end_pulses=start + pulses)
        volume_ml = ratio.volume_ml(start + pulses) - ratio.volume_ml(start)
        office.till.record_sale(office.desk, a.RecordSale(ended, volume_ml, "nozzle_hung"))
        office.settle()
        return self.read(can_ml)

    @property
    def changes(self) -> list[dict[str, Any]]:
        entries = self.office.ledger.every_entry()
        return [entry.data for entry in entries if entry.type == "calibration.changed"]


@pytest.fixture
def technician(office: Office) -> Technician:
    return Technician(office)


def test_three_draws_and_a_card_change_the_ratio(technician: Technician) -> None:
    office = technician.office
    office.desk._counts_from = CounterReading("pico.1", 700)
    technician.begin()
    for pulses in (2_024, 2_023, 2_025):
        assert technician.look()["step"] == "draw"
        technician.draw(pulses)
    said = technician.look()
    assert (said["step"], said["after_pulses"], said["after_litres"]) == ("accept", 506, 5)
    assert (said["error_before_ppm"], said["error_after_ppm"]) == (12_000, 0)
    assert technician.changes == []
    before_ml = technician.books.totaliser_ml(1, 60_720)
    assert technician.card() == Accepting()
    (change,) = technician.changes
    assert (change["count"], change["by"]) == (1, TECHNICIAN_UID)
    assert (change["before"], change["after"]) == (
        msgspec.to_builtins(Ratio(100, 1)),
        msgspec.to_builtins(Ratio(506, 5)),
    )
    assert (change["totaliser_ml"], change["counter"]["pulses"]) == (before_ml, 700 + 6_072)
    assert office.desk.heard[-1] == CardTaken(TECHNICIAN_UID)
    ratio = office.desk.session.rules.dosing.calibration
    assert ratio == Calibration(506, 5)
    assert technician.books.totaliser_ml(1, ratio.volume_ml(6_072)) == before_ml
    assert technician.look()["step"] == "done"
    assert technician.card() == Denied(Reason.UNKNOWN_CARD)


def test_the_next_one_counts_on(technician: Technician) -> None:
    for _ in range(2):
        technician.begin()
        for _ in range(3):
            technician.draw(2_024)
        technician.card()
        technician.look()
    assert [change["count"] for change in technician.changes] == [1, 2]
    assert technician.changes[1]["before"] == technician.changes[0]["after"]


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        ([(2_024, 20_000), (2_024, 20_000), (2_030, 20_000)], "differ by"),
        ([(2_200, 20_000)] * 3, "ppm off"),
    ],
)
def test_draws_that_prove_nothing_end_it(
    technician: Technician, draws: list[tuple[int, int]], words: str
) -> None:
    technician.begin()
    *_, last = [technician.draw(*draw) for draw in draws]
    assert words in (last.refused or "")
    assert "Nothing changed" in (last.refused or "")
    assert technician.card() == Denied(Reason.UNKNOWN_CARD)
    assert technician.changes == []
    technician.begin()


@pytest.mark.parametrize("can_ml", [0, 17_999, 22_001])
def test_a_reading_out_of_bounds_is_asked_for_again(technician: Technician, can_ml: int) -> None:
    technician.begin()
    assert "expected 18000 to 22000 ml" in (technician.draw(2_000, can_ml).refused or "")
    assert technician.look()["step"] == "read"
    assert technician.read(20_000).done


def test_two_draws_accept_nothing(technician: Technician) -> None:
    technician.begin()
    technician.draw(2_024)
    technician.draw(2_024)
    assert isinstance(technician.card(), Drawing)
    assert "expected a draw" in (technician.read(20_000).refused or "")
    assert technician.changes == []


def test_another_process_is_kept_out(technician: Technician) -> None:
    technician.begin()
    assert "by another process" in (technician.ask(BeginCalibration(1)).refused or "")
    stranger = technician.ask(ReadCan(1, "f" * 16, 20_000))
    assert "not under way" in (stranger.refused or "")
    assert technician.look()["step"] == "draw"


def test_no_such_pump(technician: Technician) -> None:
    assert technician.ask(BeginCalibration(4)).refused == "pump 4: expected one of 1"


@pytest.mark.parametrize(("drawn", "patience_ns"), [(0, ATTENDED_NS), (1, READING_NS)])
def test_what_nobody_attends_to_is_given_up(
    technician: Technician, drawn: int, patience_ns: int
) -> None:
    technician.begin()
    if drawn:
        technician.draw(2_024, 0)  # drawn, and not read yet
    technician.office.clock.now_ns += patience_ns
    technician.calibrating.turn()
    technician.look()
    technician.office.clock.now_ns += patience_ns + 1
    technician.calibrating.turn()
    gone = technician.ask(LookAtCalibration(1, technician.token))
    assert "Nothing changed: begin again" in (gone.refused or "")
    assert technician.card() == Denied(Reason.UNKNOWN_CARD)


@pytest.mark.parametrize("cans_ml", [[], [0], [20_000] * 3])
def test_who_goes_away_leaves_no_cards_turn_behind(
    technician: Technician, cans_ml: list[int]
) -> None:
    """Before a draw, before a reading, before the card that accepts."""
    technician.begin()
    for can_ml in cans_ml:
        technician.draw(2_024, can_ml)
    assert technician.ask(EndCalibration(1, "0" * 16)).refused, "only who began it ends it"
    technician.said(EndCalibration(1, technician.token))
    assert technician.card() == Denied(Reason.UNKNOWN_CARD)
    technician.begin()


def test_a_draw_that_was_not_counted_to_its_end_ends_it(technician: Technician) -> None:
    desk = technician.office.desk
    desk._counts_from = CounterReading("pico.1", 0)
    technician.begin()
    allowed = technician.card()
    assert isinstance(allowed, Drawing)
    fill = Fill(allowed, 0, technician.office.clock.now_ns)
    technician.office.reserve(fill, 25_000)
    desk._counts_from = CounterReading("pico.2", 0)
    ended = msgspec.structs.replace(fill, opened=True, end_pulses=10)
    technician.office.till.record_sale(desk, a.RecordSale(ended, 100, "nozzle_hung"))
    technician.office.settle()
    assert technician.ask(LookAtCalibration(1, technician.token)).refused
