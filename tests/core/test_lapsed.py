"""When the limiter's timer was fed too late, and when its contact is simply not made."""

import pytest

from gateway.core.units import NS_PER_MS
from gateway.core.valve import has_lapsed

HOLD_NS = 300 * NS_PER_MS


@pytest.mark.parametrize(
    ("fed_ago_ns", "opened", "lapsed"),
    [
        (0, False, False),
        (HOLD_NS - 1, False, False),
        (HOLD_NS, False, True),
        (10 * HOLD_NS, False, True),
        (0, True, False),
        (HOLD_NS // 2 - 1, True, False),
        (HOLD_NS // 2, True, True),
        (HOLD_NS, True, True),
    ],
)
def test_has_lapsed(fed_ago_ns: int, *, opened: bool, lapsed: bool) -> None:
    assert has_lapsed(fed_ago_ns, HOLD_NS, opened=opened) is lapsed
