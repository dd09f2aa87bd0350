"""What the ledger is to say of grants: taken up, leapt over, recalled, expired. All pure.

Whoever writes the ledger asks these with the balance and the reservations as they are on
disk, and puts the answer into the same commit as what it follows from.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from gateway.core.accounts import Balance, HeldGrant
from gateway.core.facts import (
    Charge,
    Fact,
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantsSkipped,
)
from gateway.core.open_session import add_charges

MAX_LEAP = 1000
"""So many numbers that never came are closed each when a higher one comes, more of them as a range.
Central numbers without gaps; beyond this its mistake would fill the ledger."""


def taken_up(
    balance: Balance,
    grants: Iterable[GrantActivated],
    recalled: Collection[int],
    reserved: Iterable[Charge],
) -> list[Fact]:
    """The facts that answer grants and recalls as they arrived, in any order, perhaps again.

    Nothing at or below the high-water mark is activated. A grant recalled before it was
    taken up is closed with nothing spent, and so is every number leapt over. A grant on which
    a fill draws is reported once; its close follows by `closed_with`.
    """
    high_water = balance.high_water
    given = {grant.grant_no: grant for grant in grants if grant.grant_no > high_water}
    facts: list[Fact] = []
    for grant_no in sorted({*given, *(no for no in recalled if no > high_water)}):
        facts += _leapt_over(high_water, grant_no)
        facts.append(_never_held(grant_no) if grant_no in recalled else given[grant_no])
        high_water = grant_no
    known = sorted(no for no in recalled if no <= balance.high_water)
    return facts + list(_answers(balance, known, list(reserved)))


def is_answered(balance: Balance, grant_no: int) -> bool:
    """The ledger has all that a recall of this grant can ask for at present."""
    grant = balance.grant(grant_no)
    if grant is not None:
        return grant.recalled
    return grant_no <= balance.high_water and not _in_a_gap(balance, grant_no)


def closed_with(
    balance: Balance, ended: Sequence[Charge], sold: Iterable[Charge], reserved: Iterable[Charge]
) -> list[GrantClosed]:
    """Recalled grants that are idle once a fill that reserved `ended` is charged `sold`.

    `reserved`: what all other fills have reserved.
    """
    sold_ml = _by_grant(sold)
    busy = _by_grant(reserved)
    closed = []
    for grant_no in sorted(_by_grant(ended)):
        grant = balance.grant(grant_no)
        if grant is not None and grant.recalled and grant_no not in busy:
            spent_ml = grant.spent_ml + sold_ml.get(grant_no, 0)
            closed.append(GrantClosed(grant_no=grant_no, spent_ml=spent_ml, why="recalled"))
    return closed


def expired(
    balance: Balance, now_utc: str, reserved: Iterable[Charge], most: int
) -> list[GrantClosed]:
    """Closes of at most so many grants that no longer serve and on which no fill draws.

    Only for a `now_utc` (UTC text) that can be trusted: a close is for good.
    """
    busy = _by_grant(reserved)
    over = [
        _close(grant, "expired")
        for account in balance.accounts.values()
        for grant in account.grants
        if grant.not_after < now_utc and grant.grant_no not in busy
    ]
    over.sort(key=lambda close: close.grant_no)
    return over[:most]


def may_reserve(
    balance: Balance, wanted: Sequence[Charge], had: Sequence[Charge], others: Iterable[Charge]
) -> bool:
    """Whether a fill that `had` reserved durably may have `wanted` reserved in its place.

    Nothing more comes from a grant that is closed or recalled, or holds no more.
    """
    had_ml, others_ml = _by_grant(had), _by_grant(others)
    for grant_no, volume_ml in _by_grant(wanted).items():
        if volume_ml <= had_ml.get(grant_no, 0):
            continue
        grant = balance.grant(grant_no)
        if grant is None or grant.recalled:
            return False
        if volume_ml > grant.volume_ml - grant.spent_ml - others_ml.get(grant_no, 0):
            return False
    return True


def last_begun(balance: Balance, now_utc: str) -> tuple[str, str] | None:
    """UTC text and period at which grants serve when it is `now_utc` or any later.

    None where no period of which there were grants has begun by then.
    """
    begun = [period for period, (first, _) in balance.periods.items() if first <= now_utc]
    if not begun:
        return None
    newest = max(begun)
    return min(now_utc, balance.periods[newest][1]), newest


def _answers(
    balance: Balance, recalled: Iterable[int], reserved: Iterable[Charge]
) -> Iterator[Fact]:
    reserved_ml = _by_grant(reserved)
    for grant_no in recalled:
        grant = balance.grant(grant_no)
        if grant is None:
            if _in_a_gap(balance, grant_no):
                yield _never_held(grant_no)
        elif grant_no not in reserved_ml:
            yield _close(grant, "recalled")
        elif not grant.recalled:
            yield GrantReported(
                grant_no=grant_no, spent_ml=grant.spent_ml, reserved_ml=reserved_ml[grant_no]
            )


def _leapt_over(high_water: int, grant_no: int) -> list[Fact]:
    """Closes for what the mark skips. Below the first number of an incarnation most belong to an
    earlier one, of which central accepts no close: there, too, it is told the range."""
    first, last = high_water + 1, grant_no - 1
    if first > last:
        return []
    if high_water == 0 or last - high_water > MAX_LEAP:
        return [GrantsSkipped(first=first, last=last)]
    return [_never_held(skipped) for skipped in range(first, grant_no)]


def _close(grant: HeldGrant, why: Literal["recalled", "expired"]) -> GrantClosed:
    return GrantClosed(grant_no=grant.grant_no, spent_ml=grant.spent_ml, why=why)


def _never_held(grant_no: int) -> GrantClosed:
    return GrantClosed(grant_no=grant_no, spent_ml=0, why="never_held")


def _in_a_gap(balance: Balance, grant_no: int) -> bool:
    return any(first <= grant_no <= last for first, last in balance.never_held)


def _by_grant(charges: Iterable[Charge]) -> dict[int, int]:
    return {charge.grant_no: charge.volume_ml for charge in add_charges((), tuple(charges))}
