"""Sign-in at the console by a person's own card, laid on a pump's reader.

The tap alone signs nobody in: after it the pump's display shows six digits, and who stands there
types them into the browser that waits. So a browser elsewhere in the station's network that waited
for somebody's tap gets nothing.
"""

import secrets
from collections.abc import Callable, Mapping

from msgspec import Struct

from gateway.core.facts import ConsoleLocked, ConsoleSignedIn, Fact
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.refusals import Refusal, Refused
from gateway.runtime.requests import (
    AskSignIn,
    BeginSignIn,
    ConfirmSignIn,
    NoteLockOut,
    NoteSignIn,
    SignInRequest,
)
from hardware.ports import Clock

WAITING_S = 60
"""So long a card is waited for."""
TYPING_S = 30
"""So long its owner has to type the digits."""
TRIES = 2
DIGITS = 6
ATTENDANT = "attendant"
PEOPLE = frozenset({ATTENDANT, "supervisor", "technician"})
"""Whose cards open the console. A driver's has nothing to do there."""
FREE = frozenset({State.IDLE, State.REFUSED, State.FAULTED, State.BYPASSED, State.EMERGENCY_STOP})
"""In any other state a card is about the fill."""


class _Tapped(Struct):
    by: str
    kind: str
    digits: str
    tries: int = TRIES


class _Waiting(Struct):
    ticket: str
    source: str
    until_ns: int
    tapped: _Tapped | None = None


class SigningIn:
    """Lives in the control loop's thread. One browser at a time waits at a pump."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        look_up: LookUp,
        clock: Clock,
        note: Callable[[Fact], None],
    ) -> None:
        self._desks = desks
        self._look_up = look_up
        self._clock = clock
        self._note = note
        self._waiting: dict[int, _Waiting] = {}
        """By pump."""
        for desk in desks.values():
            desk.card_watch.is_taken = self._taker(desk)

    def take(self, request: SignInRequest, answer: Callable[[Answer], None]) -> None:
        match request:
            case BeginSignIn():
                answer(self._begin(request))
            case AskSignIn():
                answer(self._asked(request.ticket))
            case ConfirmSignIn():
                answer(self._confirmed(request))
            case NoteSignIn(by, source):
                self._note(ConsoleSignedIn(by=by, how="code", pump=None, source=source))
                answer(Answer(done={"by": by}))
            case NoteLockOut(source, name, failures, seconds):
                self._note(
                    ConsoleLocked(source=source, name=name, failures=failures, seconds=seconds)
                )
                answer(Answer(done={"seconds": seconds}))

    def waits(self, pump: int) -> bool:
        """For a card, so that this pump's display asks for one."""
        waiting = self._of(pump)
        return waiting is not None and waiting.tapped is None

    def pairing(self, pump: int) -> str | None:
        """The digits that this pump's display shows after the tap, for the one who tapped."""
        waiting = self._of(pump)
        tapped = waiting.tapped if waiting is not None else None
        return tapped.digits if tapped is not None else None

    def _begin(self, request: BeginSignIn) -> Answer:
        pump = request.pump
        if pump not in self._desks:
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            return Answer(refused=f"pump {pump}: expected one of {pumps}")
        waiting = self._of(pump)
        if waiting is not None and waiting.source != request.source:
            return Answer(refused=f"pump {pump}: another browser waits for a card there")
        self._waiting[pump] = waiting = _Waiting(
            ticket=secrets.token_hex(16),
            source=request.source,
            until_ns=self._clock.monotonic_ns() + WAITING_S * NS_PER_S,
        )
        return Answer(done={"ticket": waiting.ticket, "seconds": WAITING_S})

    def _asked(self, ticket: str) -> Answer:
        _, waiting = self._by(ticket)
        if waiting is None:
            return _over()
        return Answer(done={"tapped": waiting.tapped is not None})

    def _confirmed(self, request: ConfirmSignIn) -> Answer:
        pump, waiting = self._by(request.ticket)
        if waiting is None or waiting.tapped is None or waiting.source != request.source:
            return _over()
        tapped = waiting.tapped
        tapped.tries -= 1
        right = secrets.compare_digest(tapped.digits, request.digits)
        if right or not tapped.tries:
            del self._waiting[pump]  # once
        if not right:
            text = f"other digits than pump {pump} shows; {tapped.tries} tries are left"
            return Refused(Refusal.DIGITS_WRONG, text, tries=tapped.tries).answer
        self._note(ConsoleSignedIn(by=tapped.by, how="card", pump=pump, source=waiting.source))
        return Answer(done={"by": tapped.by, "kind": tapped.kind})

    def _by(self, ticket: str) -> tuple[int, _Waiting | None]:
        for pump, one in list(self._waiting.items()):
            if secrets.compare_digest(one.ticket, ticket) and self._of(pump) is not None:
                return pump, one
        return 0, None

    def _of(self, pump: int) -> _Waiting | None:
        waiting = self._waiting.get(pump)
        if waiting is not None and self._clock.monotonic_ns() >= waiting.until_ns:
            del self._waiting[pump]
            return None
        return waiting

    def _taker(self, desk: Desk) -> Callable[[str], bool]:
        return lambda uid: self._tapped(desk, uid)

    def _tapped(self, desk: Desk, uid: str) -> bool:
        """True: the card is nothing else at this pump. So it is with an attendant's; a supervisor's
        or technician's does its own work here as well, whoever's browser waits."""
        waiting = self._of(desk.number)
        if waiting is None or waiting.tapped is not None or desk.session.state not in FREE:
            return False
        card = self._look_up.card(uid)
        if card is None or card.status != "active" or card.card not in PEOPLE:
            return False
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        waiting.tapped = _Tapped(card.holder, card.card, digits)
        waiting.until_ns = self._clock.monotonic_ns() + TYPING_S * NS_PER_S
        return card.card == ATTENDANT


def _over() -> Answer:
    text = "no sign-in waits by this ticket: begin again"
    return Refused(Refusal.SIGN_IN_OVER, text).answer
