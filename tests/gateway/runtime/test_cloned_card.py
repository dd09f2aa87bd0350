"""A UID is all that is known of a card: a copy is not told from it, and takes from the same."""

from gateway.core.decision import Allowed, Denied
from gateway.core.session import Fill
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import POLICY, RULES, UID

GRANT_ML = 40_000
"""Of the first car, as the office has it."""


def test_a_clone_and_its_card_take_what_the_vehicle_may_and_no_more(office: Office) -> None:
    books = office.open()
    taken: list[int] = []
    while True:
        answer, _ = books.decide(office.desk, UID)  # whichever of the two lies there
        if isinstance(answer, Denied):
            break
        assert isinstance(answer, Allowed)
        fill = Fill(answer, office.desk.session.pulses_total, office.clock.now_ns)
        office.reserve(fill, min(answer.remaining_ml, answer.stop_ml + RULES.final_bound_ml))
        other, _ = books.decide(office.second, UID)
        assert isinstance(other, Denied), "both at once"
        taken.append(office.sell(fill, answer.stop_ml).volume_ml)
    assert max(taken) <= POLICY.uid_only_fill_ml
    assert GRANT_ML - RULES.final_bound_ml - 100 <= sum(taken) <= GRANT_ML
