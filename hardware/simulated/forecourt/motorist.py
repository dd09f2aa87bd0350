"""Drivers who queue at one pump, tap, obey the lamps, fill and leave: a pure agent."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from gateway.core.units import NS_PER_MS, NS_PER_S

NEVER = 2**63 - 1
FIRST_FLOW_PATIENCE_NS = 10 * NS_PER_S
STOPPED_FLOW_PATIENCE_NS = 2 * NS_PER_S
REACTION_MS = (500, 2000)

VisitMl = Annotated[int, Meta(ge=1, le=10_000_000)]


class Visit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One driver's intention."""

    pump: Annotated[int, Meta(ge=1, le=4)]
    uid: str
    second_uid: str | None = None
    """A second card on the reader at the same time."""
    arrive_after_s: Annotated[float, Meta(ge=0, le=86_400)] = 5
    """After the visit before it at this pump has ended."""
    want_ml: VisitMl | None = None
    """None: as much as the tank or the gateway allows."""
    vehicle_tank_free_ml: VisitMl | None = None
    patience_s: Annotated[float, Meta(gt=0, le=3600)] = 40
    """For a free pump, and then for an answer."""
    fault: str | None = None
    """What is wrong with the card, e.g. `torn`: pulled away too early."""

    @property
    def cards(self) -> list[dict[str, Any]]:
        """As card_from takes them."""
        first: dict[str, Any] = {"uid": self.uid}
        if self.fault is not None:
            first["fault"] = self.fault
        return [first] if self.second_uid is None else [first, {"uid": self.second_uid}]

    @property
    def patience_ns(self) -> int:
        return round(self.patience_s * NS_PER_S)

    @property
    def lever_until_ml(self) -> int | None:
        """When the lever is let go, by hand or because the tank is full."""
        return min(
            (ml for ml in (self.want_ml, self.vehicle_tank_free_ml) if ml is not None),
            default=None,
        )


class Outcome(StrEnum):
    FILLED = "filled"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NO_FLOW = "no_flow"
    """Authorised, but nothing came out."""
    PUMP_BUSY = "pump_busy"
    """A lamp of the driver before, or of a fault, never went out."""


class Deed(StrEnum):
    TAP = "tap"
    TAKE_CARD = "take_card"
    LIFT = "lift"
    SQUEEZE = "squeeze"
    RELEASE = "release"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a driver can see."""

    green: bool
    red: bool
    flowing: bool
    squeezed: bool


class _Stage(StrEnum):
    AWAY = "away"
    QUEUE = "queue"
    ASK = "ask"
    GO = "go"
    FREE_HANDS = "free_hands"
    LIFTED = "lifted"
    FILL = "fill"
    HANG = "hang"
    LEAVE = "leave"


class Motorist:
    """Plays the visits of one pump, one after the other."""

    def __init__(self, rng: random.Random) -> None:
        self.outcomes: list[Outcome] = []
        self.wake_ns = NEVER
        """When to call `look` at the latest."""
        self._rng = rng
        self._visits: list[Visit] = []
        self._stage = _Stage.AWAY
        self._outcome = Outcome.FILLED

    @property
    def visit(self) -> Visit:
        """The visit under way or next; IndexError when all are done."""
        return self._visits[len(self.outcomes)]

    @property
    def visits(self) -> int:
        return len(self._visits)

    @property
    def done(self) -> bool:
        return len(self.outcomes) == len(self._visits)

    def invite(self, now_ns: int, visit: Visit) -> None:
        """Queue one more visit."""
        was_done = self.done
        self._visits.append(visit)
        if was_done:
            self._await_next(now_ns)

    def look(self, now_ns: int, sight: Sight) -> Deed | None:
        """Answer one deed to do now, or None. Call again until it is None."""
        if self.done:
            return None
        match self._stage:
            case _Stage.AWAY if now_ns >= self.wake_ns:
                self._go_on(_Stage.QUEUE, now_ns + self.visit.patience_ns)
                return self.look(now_ns, sight)
            case _Stage.QUEUE:
                return self._look_for_free_pump(now_ns, sight)
            case _Stage.ASK:
                self._look_for_answer(now_ns, sight)
            case _Stage.GO if now_ns >= self.wake_ns:
                self._go_on(_Stage.FREE_HANDS, self._soon(now_ns))
                return Deed.TAKE_CARD
            case _Stage.FREE_HANDS if now_ns >= self.wake_ns:
                self._go_on(_Stage.LIFTED, self._soon(now_ns))
                return Deed.LIFT
            case _Stage.LIFTED if now_ns >= self.wake_ns:
                self._outcome = Outcome.NO_FLOW
                self._go_on(_Stage.FILL, now_ns + FIRST_FLOW_PATIENCE_NS)
                return Deed.SQUEEZE
            case _Stage.FILL:
                return self._look_at_flow(now_ns, sight)
            case _Stage.HANG if now_ns >= self.wake_ns:
                self._go_on(_Stage.LEAVE, self._soon(now_ns))
                return Deed.HANG
            case _Stage.LEAVE if now_ns >= self.wake_ns:
                self._end_visit(now_ns)
                return Deed.TAKE_CARD
        return None

    def _look_for_free_pump(self, now_ns: int, sight: Sight) -> Deed | None:
        if not (sight.green or sight.red):
            self._go_on(_Stage.ASK, now_ns + self.visit.patience_ns)
            return Deed.TAP
        if now_ns >= self.wake_ns:
            self._outcome = Outcome.PUMP_BUSY
            self._end_visit(now_ns)
        return None

    def _look_for_answer(self, now_ns: int, sight: Sight) -> None:
        if sight.green:
            self._go_on(_Stage.GO, self._soon(now_ns))
        elif sight.red:
            self._outcome = Outcome.REFUSED
            self._go_on(_Stage.LEAVE, self._soon(now_ns))
        elif now_ns >= self.wake_ns:
            self._outcome = Outcome.NO_ANSWER
            self._go_on(_Stage.LEAVE, self._soon(now_ns))

    def _look_at_flow(self, now_ns: int, sight: Sight) -> Deed | None:
        if sight.flowing:
            self._outcome = Outcome.FILLED
            self.wake_ns = NEVER
        elif not sight.squeezed:
            self._go_on(_Stage.HANG, self._soon(now_ns))
        elif self.wake_ns == NEVER:
            self.wake_ns = now_ns + STOPPED_FLOW_PATIENCE_NS
        elif now_ns >= self.wake_ns:
            self._go_on(_Stage.HANG, self._soon(now_ns))
            return Deed.RELEASE
        return None

    def _end_visit(self, now_ns: int) -> None:
        self.outcomes.append(self._outcome)
        self._await_next(now_ns)

    def _await_next(self, now_ns: int) -> None:
        if self.done:
            self._go_on(_Stage.AWAY, NEVER)
        else:
            self._go_on(_Stage.AWAY, now_ns + round(self.visit.arrive_after_s * NS_PER_S))

    def _go_on(self, stage: _Stage, wake_ns: int) -> None:
        self._stage = stage
        self.wake_ns = wake_ns

    def _soon(self, now_ns: int) -> int:
        return now_ns + self._rng.randint(*REACTION_MS) * NS_PER_MS
