"""Three draws into a test can, a proposal, and a technician's card that accepts it.

All of it is in memory until the card: a course that is given up, or a gateway that stops, changes
nothing.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.core.calibrating import Proposal, propose, ratio_of, refuse_reading
from gateway.core.events import CardTaken, DecisionDenied
from gateway.core.facts import TYPE_OF, CalibrationChanged, CalibrationDrawn, CanDraw
from gateway.core.facts.calibration import DRAWS
from gateway.core.log import Entry
from gateway.core.meters import NEW
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_S, Calibration
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.requests import (
    BeginCalibration,
    CalibrationRequest,
    EndCalibration,
    LookAtCalibration,
)
from hardware.ports import Clock

log = logging.getLogger(__name__)

ATTENDED_NS = 30 * NS_PER_S
"""A card opens a draw, or accepts, only while somebody has asked how it goes so recently."""
READING_NS = 900 * NS_PER_S
"""So long the can may take to be read."""

Step = Literal["draw", "read", "accept", "done"]


@dataclass(slots=True)
class _Course:
    token: str
    ratio: Calibration
    touched_ns: int
    step: Step = "draw"
    pulses: int = 0
    """Of the draw that is to be read."""
    draws: list[CanDraw] = field(default_factory=list)
    proposal: Proposal | None = None


class Calibrating:
    """Lives in the control loop's thread; one course a pump at a time."""

    def __init__(
        self, desks: Mapping[int, Desk], books: Books, keeper: Keeper, clock: Clock
    ) -> None:
        self._desks = desks
        self._books = books
        self._keeper = keeper
        self._clock = clock
        self._courses: dict[int, _Course] = {}
        books.due.accepted = self._accepted

    def take(self, request: CalibrationRequest, answer: Callable[[Answer], None]) -> None:
        desk = self._desks.get(request.pump)
        if desk is None:
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            answer(Answer(refused=f"pump {request.pump}: expected one of {pumps}"))
        elif isinstance(request, BeginCalibration):
            answer(self._begin(desk))
        else:
            answer(self._go_on(request))

    def turn(self) -> None:
        """Give up what nobody attends to."""
        for number, course in list(self._courses.items()):
            patience_ns = READING_NS if course.step == "read" else ATTENDED_NS
            left = self._clock.monotonic_ns() - course.touched_ns > patience_ns
            if left and self._desks[number].at_rest:
                if course.step != "done":
                    log.warning(
                        "pump %d: nobody attends to its calibration: given up",
                        number,
                        extra={"event": "calibration_given_up", "pump": number},
                    )
                self._give_up(number)

    def committed(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.type == TYPE_OF[CalibrationDrawn]:
                course = self._courses.get(entry.data["pump"])
                if course is not None:
                    self._drawn(course, entry)
            elif entry.type == TYPE_OF[CalibrationChanged]:
                self._in_force(self._desks[entry.data["pump"]])

    def _begin(self, desk: Desk) -> Answer:
        if desk.number in self._courses:
            return Answer(refused=f"pump {desk.number} is being calibrated by another process")
        if not desk.at_rest:
            return Answer(refused=f"pump {desk.number} is in use: wait until the fill is recorded")
        blocked = self._books.stoppage.cannot_sell()
        if blocked is not None:
            return Answer(refused=f"pump {desk.number} opens for nobody: {blocked}")
        course = self._courses[desk.number] = _Course(
            secrets.token_hex(8),
            desk.session.rules.dosing.calibration,
            self._clock.monotonic_ns(),
        )
        self._books.due.draws.add(desk.number)
        return Answer(done={"token": course.token, **_said(course)})

    def _go_on(self, request: CalibrationRequest) -> Answer:
        number, course = request.pump, self._courses.get(request.pump)
        if course is None or isinstance(request, BeginCalibration) or course.token != request.token:
            return Answer(
                refused=f"pump {number}: this calibration is not under way; the gateway was "
                "started anew, or it was left alone for too long. Nothing changed: begin again"
            )
        course.touched_ns = self._clock.monotonic_ns()
        if isinstance(request, EndCalibration):
            self._give_up(number)
            return Answer(done=_said(course))
        if isinstance(request, LookAtCalibration):
            if course.step == "done":
                del self._courses[number]
            return Answer(done=_said(course))
        try:
            if course.step != "read":
                raise ValueError(f"expected a {course.step}, found a reading")
            refuse_reading(request.can_ml)
        except ValueError as error:
            return Answer(refused=str(error))
        course.draws.append(CanDraw(course.pulses, request.can_ml))
        if len(course.draws) < DRAWS:
            course.step = "draw"
            self._books.due.draws.add(number)
            return Answer(done=_said(course))
        try:
            course.proposal = propose(course.ratio, course.draws)
        except ValueError as error:
            self._give_up(number)
            return Answer(refused=f"{error}. Nothing changed")
        course.step = "accept"
        self._books.due.acceptances.add(number)
        return Answer(done=_said(course))

    def _drawn(self, course: _Course, entry: Entry) -> None:
        pulses = entry.data["pulses"]
        if course.step == "draw" and pulses:
            course.step, course.pulses = "read", pulses
            course.touched_ns = self._clock.monotonic_ns()
        else:
            log.error(
                "pump %d: a draw was not counted to its end",
                entry.data["pump"],
                extra={"event": "draw_uncounted", "pump": entry.data["pump"]},
            )
            self._give_up(entry.data["pump"])

    def _accepted(self, desk: Desk, uid: str) -> None:
        """A technician's card was laid down for it. The pump waits until it is durable."""
        number, course = desk.number, self._courses[desk.number]
        self._books.due.acceptances.discard(number)
        proposal, session = course.proposal, desk.session
        if proposal is None:
            raise RuntimeError(f"pump {number}: nothing is proposed that could be accepted")
        volume_ml = course.ratio.volume_ml(session.pulses_total)
        fact = CalibrationChanged(
            pump=number,
            count=self._books.balance.meters.get(number, NEW).calibrations + 1,
            before=ratio_of(proposal.before),
            after=ratio_of(proposal.after),
            draws=list(proposal.draws),
            spread_ppm=proposal.spread_ppm,
            error_before_ppm=proposal.error_before_ppm,
            error_after_ppm=proposal.error_after_ppm,
            by=uid,
            totaliser_ml=self._books.totaliser_ml(number, volume_ml),
            counter=desk.counter_at(session.pulses_total),
        )

        def done() -> None:
            course.step = "done"
            desk.take(CardTaken(uid))

        def failed(code: Reason) -> None:
            self._give_up(number)
            desk.take(DecisionDenied(code, None))

        self._keeper.submit(
            Job(facts=[(fact, self._books.now())], seal=True, done=done, failed=failed)
        )

    def _in_force(self, desk: Desk) -> None:
        """From the next fill: none is open while a card is being looked at."""
        ratio = self._books.balance.meters[desk.number].ratio
        if ratio is None:
            raise RuntimeError(f"pump {desk.number}: the ledger has no ratio after its change")
        pulses = desk.session.pulses_total
        before = desk.session.rules.dosing.calibration
        after = Calibration(ratio.pulses, ratio.litres)
        self._books.recounted(desk.number, before.volume_ml(pulses) - after.volume_ml(pulses))
        desk.recalibrated(after)

    def _give_up(self, number: int) -> None:
        self._courses.pop(number, None)
        self._books.due.nothing(number)


def _said(course: _Course) -> dict[str, int | str | bool]:
    said: dict[str, int | str | bool] = {
        "step": course.step,
        "draws": len(course.draws),
        "pulses": course.pulses,
        "shown_ml": course.ratio.volume_ml(course.pulses),
    }
    found = course.proposal
    if found is None:
        return said
    return {
        **said,
        "before_pulses": found.before.pulses,
        "before_litres": found.before.litres,
        "after_pulses": found.after.pulses,
        "after_litres": found.after.litres,
        "spread_ppm": found.spread_ppm,
        "error_before_ppm": found.error_before_ppm,
        "error_after_ppm": found.error_after_ppm,
    }
