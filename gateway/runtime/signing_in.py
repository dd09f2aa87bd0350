"""Sign-in at the console by a person's own card, laid on a pump's reader.

The browser and the pump's display show the same two digits meanwhile, so that nobody signs in
somebody else's browser.
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
from gateway.runtime.requests import (
    AskSignIn,
    BeginSignIn,
    NoteLockOut,
    NoteSignIn,
    SignInRequest,
)
from hardware.ports import Clock

WAITING_S = 60
"""So long a card is waited for, and so long its owner's browser may fetch the answer."""
PEOPLE = frozenset({"attendant", "supervisor", "technician"})
"""Whose cards open the console. A driver's has nothing to do there."""
FREE = frozenset({State.IDLE, State.REFUSED, State.FAULTED, State.BYPASSED, State.EMERGENCY_STOP})
"""In any other state a card is about the fill."""


class _Waiting(Struct):
    ticket: str
    pairing: str
    source: str
    until_ns: int
    by: str | None = None
    kind: str | None = None


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
            case NoteSignIn(by, source):
                self._note(ConsoleSignedIn(by=by, how="code", pump=None, source=source))
                answer(Answer(done={"by": by}))
            case NoteLockOut(source, name, failures, seconds):
                self._note(
                    ConsoleLocked(source=source, name=name, failures=failures, seconds=seconds)
                )
                answer(Answer(done={"seconds": seconds}))

    def pairing(self, pump: int) -> str | None:
        """The two digits that this pump's display shows, while a card is waited for."""
        waiting = self._of(pump)
        return waiting.pairing if waiting is not None and waiting.by is None else None

    def _begin(self, request: BeginSignIn) -> Answer:
        pump = request.pump
        if pump not in self._desks:
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            return Answer(refused=f"pump {pump}: expected one of {pumps}")
        waiting = self._of(pump)
        if waiting is not None and waiting.by is None and waiting.source != request.source:
            return Answer(refused=f"pump {pump}: another browser waits for a card there")
        self._waiting[pump] = waiting = _Waiting(
            ticket=secrets.token_hex(16),
            pairing=f"{secrets.randbelow(90) + 10}",
            source=request.source,
            until_ns=self._until_ns(),
        )
        return Answer(
            done={"ticket": waiting.ticket, "pairing": waiting.pairing, "seconds": WAITING_S}
        )

    def _asked(self, ticket: str) -> Answer:
        pump, waiting = next(
            (
                (pump, one)
                for pump, one in list(self._waiting.items())
                if secrets.compare_digest(one.ticket, ticket) and self._of(pump) is not None
            ),
            (0, None),
        )
        if waiting is None:
            return Answer(refused="no sign-in waits by this ticket: begin again")
        if waiting.by is None or waiting.kind is None:
            return Answer(done={"signed_in": False})
        del self._waiting[pump]  # once
        return Answer(done={"signed_in": True, "by": waiting.by, "kind": waiting.kind})

    def _of(self, pump: int) -> _Waiting | None:
        waiting = self._waiting.get(pump)
        if waiting is not None and self._clock.monotonic_ns() >= waiting.until_ns:
            del self._waiting[pump]
            return None
        return waiting

    def _until_ns(self) -> int:
        return self._clock.monotonic_ns() + WAITING_S * NS_PER_S

    def _taker(self, desk: Desk) -> Callable[[str], bool]:
        return lambda uid: self._tapped(desk, uid)

    def _tapped(self, desk: Desk, uid: str) -> bool:
        """True: the card signed somebody in, and is nothing else at this pump."""
        waiting = self._of(desk.number)
        if waiting is None or waiting.by is not None or desk.session.state not in FREE:
            return False
        card = self._look_up.card(uid)
        if card is None or card.status != "active" or card.card not in PEOPLE:
            return False
        waiting.by, waiting.kind = card.holder, card.card
        waiting.until_ns = self._until_ns()
        self._note(
            ConsoleSignedIn(by=card.holder, how="card", pump=desk.number, source=waiting.source)
        )
        return True
