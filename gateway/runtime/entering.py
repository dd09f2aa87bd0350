"""Readings of dispensers' own totalisers, entered by people and compared with ours."""

import logging
from collections.abc import Callable, Mapping

from gateway.config.types import Totalisers
from gateway.core.comparing import Comparison, alarm, with_dispenser
from gateway.core.facts import Fact, TotaliserEntered
from gateway.core.meters import NEW
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.requests import EnterTotaliser

log = logging.getLogger(__name__)


class Entering:
    """Lives in the control loop's thread."""

    def __init__(
        self, desks: Mapping[int, Desk], books: Books, keeper: Keeper, settings: Totalisers
    ) -> None:
        self._desks = desks
        self._books = books
        self._keeper = keeper
        self._permille = settings.dispenser_tolerance_permille

    def take(self, request: EnterTotaliser, answer: Callable[[Answer], None]) -> None:
        """Answers once the reading, and an alarm that follows from it, are durable."""
        number = request.pump
        desk = self._desks.get(number)
        refused = self._refused(request, desk)
        if desk is None or refused is not None:
            answer(Answer(refused=refused))
            return
        session = desk.session
        volume_ml = session.rules.dosing.calibration.volume_ml(session.pulses_total)
        entered = TotaliserEntered(
            pump=number,
            reading_ml=request.reading_ml,
            resolution_ml=request.resolution_ml,
            replaced=request.replaced,
            totaliser_ml=self._books.totaliser_ml(number, volume_ml),
            by=request.by,
        )
        before = self._books.balance.meters.get(number, NEW).entered
        facts: list[Fact] = [entered]
        found = None
        if before is not None and not request.replaced:
            found = with_dispenser(before, entered, self._permille)
            if found.drifted:
                log.error(
                    "pump %d: since %s its own totaliser counted %d ml, ours %d ml; tolerated are "
                    "%d ml: check calibration and seals",
                    *(number, found.since, found.counted_ml, found.recorded_ml),
                    found.tolerance_ml,
                    extra={"event": "totaliser_drifted", "pump": number},
                )
                facts.append(alarm(number, "dispenser", found, None))
        now = self._books.now()
        self._keeper.submit(
            Job(
                facts=[(fact, now) for fact in facts],
                done=lambda: answer(Answer(done=_said(entered, found))),
                failed=lambda code: answer(Answer(refused=f"it could not be written: {code}")),
            )
        )

    def _refused(self, request: EnterTotaliser, desk: Desk | None) -> str | None:
        if desk is None:
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            return f"pump {request.pump}: expected one of {pumps}"
        if not desk.at_rest:
            return f"pump {request.pump} is in use: read its totaliser when the fill is recorded"
        before = self._books.balance.meters.get(request.pump, NEW).entered
        if before is not None and not request.replaced and request.reading_ml < before.reading_ml:
            return (
                f"expected at least {before.reading_ml} ml, as entered at {before.time}, found "
                f"{request.reading_ml} ml; read it again, or say that it was replaced"
            )
        return None


def _said(entered: TotaliserEntered, found: Comparison | None) -> dict[str, int | str | bool]:
    if found is None:
        return {"compared": False, "totaliser_ml": entered.totaliser_ml}
    return {
        "compared": True,
        "since": found.since,
        "counted_ml": found.counted_ml,
        "recorded_ml": found.recorded_ml,
        "tolerance_ml": found.tolerance_ml,
        "drifted": found.drifted,
    }
