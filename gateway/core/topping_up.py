"""When more is asked for, and how much. Pure; nothing waits for the answer but an empty tap."""

from gateway.core.accounts import Account
from gateway.core.allocation import PutPolicy, PutSubject
from gateway.core.units import NS_PER_S

PAUSE_NS = 600 * NS_PER_S
"""Before the same is asked again: central answers at once if it has any left to give."""
ANSWER_NS = 5 * NS_PER_S
"""So long after a request an empty tap waits for its answer; later there will be none."""
FILLS_AT_HAND = 2
"""What a request brings a holder up to: one fill to go on with, one until the next answer."""


def usual_fill_ml(subject: PutSubject, policy: PutPolicy, stop_bound_ml: int) -> int:
    """The most that one fill of this vehicle can need reserved."""
    most_ml = min(subject.tank_ml, policy.uid_only_fill_ml, policy.fill_ml, policy.day_ml)
    return most_ml + stop_bound_ml


def wanted_ml(left_ml: int, fill_ml: int) -> int:
    """What to ask for when so much is left; 0 while it is enough for one more fill."""
    return FILLS_AT_HAND * fill_ml - max(0, left_ml) if left_ml < fill_ml else 0


def may_ask(asked_ago_ns: int | None) -> bool:
    """None: all that was asked for in this period has been answered."""
    return asked_ago_ns is None or asked_ago_ns >= PAUSE_NS


def is_awaited(asked_ago_ns: int | None) -> bool:
    """An answer may come at any moment."""
    return asked_ago_ns is not None and asked_ago_ns < ANSWER_NS


def says_none(account: Account, period: str) -> bool:
    """Central's newest word on this month is a grant of nothing: the quota is used up.

    It stands while the next request is on its way: that is asked only after a pause.
    """
    held = [grant for grant in account.grants if grant.period == period]
    return bool(held) and max(held, key=lambda grant: grant.grant_no).volume_ml == 0
