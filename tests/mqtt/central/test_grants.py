"""S and the budgets, searched; and minting, which repeats itself without harm."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from gateway.core.units import amount_idr
from mqtt.central import directives
from mqtt.central.grants import Entitlement, even_split, plan
from mqtt.central.minting import mint
from mqtt.central.register import enrol_gateway
from mqtt.central.tables import budgets, grants, subjects

GATEWAYS = st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True)
PRICES = {"pertamax": 12_400, "dexlite": 13_700}
DEPARTMENTS = ("bkad", "dinkes", "without-budget")
ENTITLEMENTS = st.lists(
    st.builds(
        Entitlement,
        subject=st.uuids().map(str),
        department=st.sampled_from(DEPARTMENTS),
        products=st.sampled_from(
            [("pertamax",), ("dexlite",), ("pertamax", "dexlite"), ("avtur",), ()]
        ),
        quota_ml=st.integers(0, 300_000),
        overrun_ml=st.integers(0, 2000) | st.integers(0, 400_000),
    ),
    max_size=12,
)


@given(st.integers(0, 2**53 - 1), GATEWAYS)
def test_a_split_sums_exactly_and_is_even(quota_ml: int, gateways: list[str]) -> None:
    shares = even_split(quota_ml, gateways)
    assert list(shares) == gateways
    assert sum(shares.values()) == quota_ml
    assert max(shares.values()) - min(shares.values()) <= 1


@pytest.mark.parametrize(("quota_ml", "gateways"), [(-1, ["a"]), (1, []), (1, ["a", "a"])])
def test_a_split_that_cannot_be_is_refused(quota_ml: int, gateways: list[str]) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        even_split(quota_ml, gateways)


@given(ENTITLEMENTS, GATEWAYS, st.integers(0, 5_000_000), st.integers(0, 20_000_000))
def test_a_plan_keeps_quotas_and_budgets(
    entitlements: list[Entitlement], gateways: list[str], bkad_idr: int, dinkes_idr: int
) -> None:
    left = {"bkad": bkad_idr, "dinkes": dinkes_idr}
    planned = plan(entitlements, gateways, PRICES, left)
    spent = dict.fromkeys(DEPARTMENTS, 0)
    for entitled in entitlements:
        volume_ml = sum(s.volume_ml for s in planned.shares if s.subject == entitled.subject)
        deducted_ml = planned.deducted_ml.get(entitled.subject, 0)
        refused = [u for u in planned.unminted if u.subject == entitled.subject]
        assert deducted_ml <= entitled.overrun_ml
        if refused:
            assert volume_ml == deducted_ml == 0
            assert refused[0].why
        else:
            assert volume_ml == max(0, entitled.quota_ml - entitled.overrun_ml)
            dearest = max(PRICES[product] for product in entitled.products)
            spent[entitled.department] += amount_idr(volume_ml, dearest)
    rounding_idr = len(planned.shares)
    assert all(share.committed_idr >= 0 for share in planned.shares)
    for name in DEPARTMENTS:
        committed = sum(s.committed_idr for s in planned.shares if s.department == name)
        assert committed <= left.get(name, 0)
        assert abs(committed - spent[name]) <= rounding_idr


def test_a_subject_that_does_not_fit_does_not_stop_the_next() -> None:
    wants = [
        Entitlement("large", "bkad", ("pertamax",), 100_000, 0),
        Entitlement("small", "bkad", ("pertamax",), 10_000, 0),
    ]
    planned = plan(wants, ["a", "b"], PRICES, {"bkad": 124_000})
    assert [share.subject for share in planned.shares] == ["small", "small"]
    assert "needs Rp 1240000, its department has Rp 124000" in planned.unminted[0].why


def _minted(office: Any, period: str) -> Any:
    with office.engine.begin() as connection:
        from datetime import UTC, datetime

        return mint(
            connection, period, ZoneInfo("Asia/Makassar"), datetime(2026, 7, 10, tzinfo=UTC)
        )


def test_minting_again_mints_nothing(office: Any) -> None:
    assert office.scalar(select(func.count()).select_from(grants)) == 6
    before = office.row("depot-1").directives_head
    assert _minted(office, "2026-07").grants == 0
    assert office.row("depot-1").directives_head == before


def test_numbers_rise_over_months_and_go_out_as_directives(office: Any) -> None:
    assert _minted(office, "2026-08").grants == 6
    with office.engine.connect() as connection:
        numbers = connection.scalars(
            select(grants.c.grant_no).where(grants.c.gateway == "depot-2").order_by("grant_no")
        ).all()
        sent = [
            entry.data
            for batch in directives.batches(connection, "depot-2", 1)
            for entry in batch
            if entry.type == "grant.put"
        ]
    assert numbers == [1, 2, 3, 4, 5, 6] == [data["grant_no"] for data in sent]
    assert sent[-1]["not_before"] == "2026-07-31T16:00:00.000Z"
    assert sent[-1]["not_after"] == "2026-08-31T15:59:59.999Z"


def test_a_gateway_that_joins_later_gets_its_share_next_month(office: Any) -> None:
    from datetime import UTC, datetime

    with office.engine.begin() as connection:
        enrol_gateway(connection, "depot-3", "3" * 16, datetime(2026, 7, 10, tzinfo=UTC))
    assert _minted(office, "2026-07").grants == 0
    assert _minted(office, "2026-08").grants == 9
    total = select(func.sum(grants.c.volume_ml)).where(
        grants.c.subject == "dh-1001-aa", grants.c.period == "2026-08"
    )
    assert office.scalar(total) == 40_000


def test_an_overrun_is_deducted_once_from_the_next_month(office: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            update(subjects).where(subjects.c.subject == "dh-1001-aa").values(overrun_ml=300)
        )
    assert _minted(office, "2026-08").volume_ml == 3 * 40_000 - 300
    assert _minted(office, "2026-09").volume_ml == 3 * 40_000


def test_a_months_quota_eaten_by_an_overrun_is_not_deducted_again(office: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(update(subjects).values(overrun_ml=50_000))
    for _ in range(2):
        assert _minted(office, "2026-08").volume_ml == 0
    assert _minted(office, "2026-09").volume_ml == 3 * 30_000


def test_the_years_budget_covers_all_months(office: Any) -> None:
    month_idr = 3 * 400_000
    with office.engine.begin() as connection:
        connection.execute(update(budgets).values(budget_idr=2 * month_idr + 400_000))
    assert _minted(office, "2026-08").unminted == ()
    minted = _minted(office, "2026-09")
    assert (minted.grants, len(minted.unminted)) == (2, 2)
    assert (
        _minted(office, "2027-01").unminted[0].why == "its department has no budget for this year"
    )


def test_who_got_nothing_gets_it_when_there_is_a_budget_and_others_get_no_more(
    office: Any,
) -> None:
    from datetime import UTC, datetime

    with office.engine.begin() as connection:
        connection.execute(update(budgets).values(budget_idr=0))
    assert len(_minted(office, "2026-08").unminted) == 3
    with office.engine.begin() as connection:
        enrol_gateway(connection, "depot-3", "3" * 16, datetime(2026, 7, 10, tzinfo=UTC))
        connection.execute(update(budgets).values(budget_idr=2 * 3 * 400_000))
    assert _minted(office, "2026-08").grants == 9
    assert _minted(office, "2026-07").grants == 0
