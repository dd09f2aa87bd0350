"""The pump's contract, as a real co-processor keeps it."""

from tests.hardware.pump.test_contract import (
    test_a_limit_never_goes_down,
    test_a_raised_limit_moves_the_stop,
    test_an_unrenewed_lease_breaks_the_timers_contact,
    test_open_makes_both_contacts,
    test_shut_breaks_both_and_may_be_repeated,
    test_stops_by_itself_exactly_at_the_limit,
)

__all__ = [
    "test_a_limit_never_goes_down",
    "test_a_raised_limit_moves_the_stop",
    "test_an_unrenewed_lease_breaks_the_timers_contact",
    "test_open_makes_both_contacts",
    "test_shut_breaks_both_and_may_be_repeated",
    "test_stops_by_itself_exactly_at_the_limit",
]
