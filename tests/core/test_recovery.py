"""A fill that was open at a crash: charged what was reserved, never less."""

import msgspec
import pytest

from gateway.core.facts import Charge, Fact, FlowUncounted, SaleCompleted
from gateway.core.open_session import OpenSession
from gateway.core.recovery import close_estimated
from tests.gateway.store.samples import session


def closed(open_session: OpenSession, *, counted: bool = False, single: bool = False) -> list[Fact]:
    return close_estimated(
        open_session,
        boot=9,
        uptime_ms=1234,
        clock="doubtful",
        counted=counted,
        single_channel=single,
    )


def sale_of(facts: list[Fact]) -> SaleCompleted:
    sale = facts[0]
    assert isinstance(sale, SaleCompleted)
    msgspec.convert(msgspec.to_builtins(sale), SaleCompleted)
    return sale


def test_all_that_was_reserved_is_charged() -> None:
    left = session(5, Charge(1, 1_000), Charge(3, 2_425), metered_ml=1_500)
    facts = closed(left)
    sale = sale_of(facts)
    assert (sale.volume_ml, sale.overrun_ml, sale.charges) == (3_425, 0, left.reserved)
    assert sale.amount_idr == 44_354
    assert (sale.estimated, sale.ended_by, sale.totaliser_end_ml) == (True, "power_lost", None)
    assert (sale.sale, sale.metered_ml, sale.boot) == (left.sale, 1_500, 9)
    (flow,) = facts[1:]
    assert isinstance(flow, FlowUncounted)
    assert flow.bound_ml == 1_925


def test_a_reservation_that_dispensed_nothing_that_we_know_is_charged_too() -> None:
    assert sale_of(closed(session(5, Charge(1, 2_425), metered_ml=0))).volume_ml == 2_425


def test_a_known_overrun_is_stated() -> None:
    facts = closed(session(5, Charge(1, 2_000), metered_ml=2_300))
    sale = sale_of(facts)
    assert (sale.volume_ml, sale.overrun_ml, sale.charges) == (2_300, 300, [Charge(1, 2_000)])
    assert len(facts) == 1


def test_nothing_is_uncounted_with_a_co_processor() -> None:
    assert len(closed(session(5), counted=True)) == 1


@pytest.mark.parametrize(("single", "words"), [(True, "more than this"), (False, "part of the")])
def test_what_the_bound_means_is_said(single: bool, words: str) -> None:
    (_, flow) = closed(session(5), single=single)
    assert isinstance(flow, FlowUncounted)
    assert words in flow.why
