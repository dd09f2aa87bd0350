"""Asks central for more, in the ledger: behind the pumps, and ahead of an empty grant."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.core.accounts import Account
from gateway.core.draws import Draw
from gateway.core.facts import GrantRequested
from gateway.core.topping_up import is_awaited, may_ask, says_none, wanted_ml
from gateway.runtime.books import Books
from gateway.runtime.keeper import Keeper
from gateway.runtime.wall import WallClock
from hardware.ports import Clock


class _Asked(NamedTuple):
    period: str
    newest_grant: int
    newest_litres: int
    """The holder's newest grants when it was asked: of any, and with anything in it. One of
    nothing is central's word that it has no more: nobody waits any longer, or asks at once."""
    at_ns: int


class Asking:
    """Lives in the control loop's thread. One request of a holder is outstanding at a time."""

    def __init__(self, books: Books, keeper: Keeper, wall: WallClock, clock: Clock) -> None:
        self._books = books
        self._keeper = keeper
        self._wall = wall
        self._clock = clock
        self._began_ns = clock.monotonic_ns()
        self._asked: dict[str, _Asked] = {}
        self._later: dict[str, tuple[Draw, int]] = {}
        """By account: what fell short while there was no link."""

    def look_at(self, draws: Iterable[Draw], fill_ml: int) -> None:
        """Ask for what these accounts lack for one more fill, or as soon as there is a link."""
        for draw in draws:
            if self._books.online:
                self._look_at(draw, fill_ml)
            else:
                self._later[draw.account] = draw, fill_ml

    def turn(self) -> None:
        """Ask for what could not be asked for before."""
        if self._books.online and self._later:
            later, self._later = self._later, {}
            for draw, fill_ml in later.values():
                self._look_at(draw, fill_ml)

    def is_awaited(self, draws: Iterable[Draw]) -> bool:
        """A driver at an empty grant may wait a moment for the answer to a request."""
        period = self._books.moment()[1]
        return self._books.online and any(
            is_awaited(self._asked_ago_ns(draw.account, period))
            and not self._answered(draw.account)
            for draw in draws
        )

    def is_unanswered(self, draws: Iterable[Draw]) -> bool:
        """More was asked for one of these, and central has not said that there is none."""
        period = self._books.moment()[1]
        return any(
            self._asked_ago_ns(draw.account, period) is not None
            and not says_none(self._books.balance.account(draw.account), period)
            for draw in draws
        )

    def _look_at(self, draw: Draw, fill_ml: int) -> None:
        books, (now_utc, period) = self._books, self._books.moment()
        left_ml = books.balance.remaining_ml(draw.account, now_utc, period, books.reserved())
        more_ml = wanted_ml(left_ml, fill_ml)
        if not more_ml or not may_ask(self._asked_ago_ns(draw.account, period)):
            return
        account = books.balance.account(draw.account)
        self._asked[draw.account] = _Asked(
            period, _newest(account), _newest(account, 1), self._clock.monotonic_ns()
        )
        request = GrantRequested(
            kind=draw.kind, subject=draw.holder, period=period, wanted_ml=more_ml
        )
        self._keeper.note([(request, self._wall.now())])

    def _asked_ago_ns(self, name: str, period: str) -> int | None:
        """Since the outstanding request; an earlier boot's counts from the start of this one."""
        account, asked = self._books.balance.account(name), self._asked.get(name)
        now_ns = self._clock.monotonic_ns()
        if asked is None:
            return now_ns - self._began_ns if account.asked == period else None
        if (asked.period, asked.newest_litres) != (period, _newest(account, 1)):
            return None
        return now_ns - asked.at_ns

    def _answered(self, name: str) -> bool:
        asked = self._asked.get(name)
        return asked is not None and asked.newest_grant != _newest(
            self._books.balance.account(name)
        )


def _newest(account: Account, least_ml: int = 0) -> int:
    """Number of the newest grant of at least so much; 0 for none."""
    held = (grant.grant_no for grant in account.grants if grant.volume_ml >= least_ml)
    return max(held, default=0)
