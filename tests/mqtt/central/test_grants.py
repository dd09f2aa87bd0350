"""S and the budgets, searched; and minting, which repeats itself without harm."""

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from gateway.core.units import amount_idr
from mqtt.central import directives
from mqtt.central.grant_tables import quotas
from mqtt.central.grants import Entitlement, Habits, plan
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
        kind=st.sampled_from(["vehicle", "emergency"]),
        fill_ml=st.integers(0, 60_000),
        granted_ml=st.just(0) | st.integers(0, 300_000),
    ),
    max_size=12,
)


HABITS = st.builds(
    Habits,
    taken_ml=st.just({}),
    online_permille=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 1000)),
)


@given(ENTITLEMENTS, GATEWAYS, st.integers(0, 5_000_000), st.integers(0, 20_000_000), HABITS)
def test_a_plan_keeps_quotas_and_budgets(
    entitlements: list[Entitlement],
    gateways: list[str],
    bkad_idr: int,
    dinkes_idr: int,
    habits: Habits,
) -> None:
    left = {"bkad": bkad_idr, "dinkes": dinkes_idr}
    planned = plan(entitlements, gateways, PRICES, left, habits)
    quotas = {quota.subject: quota for quota in planned.quotas}
    refused = {one.subject: one for one in planned.unminted}
    assert quotas.keys() ^ refused.keys() == {one.subject for one in entitlements}
    for entitled in entitlements:
        volume_ml = sum(s.volume_ml for s in planned.shares if s.subject == entitled.subject)
        deducted_ml = planned.deducted_ml.get(entitled.subject, 0)
        assert deducted_ml <= entitled.overrun_ml
        if entitled.subject in refused:
            assert volume_ml == deducted_ml == 0
            assert refused[entitled.subject].why
            continue
        quota = quotas[entitled.subject]
        assert quota.quota_ml == max(0, entitled.quota_ml - entitled.overrun_ml)
        assert volume_ml == max(0, quota.quota_ml - entitled.granted_ml) or len(gateways) > 1
        assert volume_ml + entitled.granted_ml <= max(quota.quota_ml, entitled.granted_ml)
        dearest = max(PRICES[product] for product in entitled.products)
        assert quota.committed_idr == amount_idr(quota.quota_ml, dearest)
    assert all(share.volume_ml > 0 for share in planned.shares)
    for name in DEPARTMENTS:
        committed = sum(q.committed_idr for q in planned.quotas if q.department == name)
        assert committed <= left.get(name, 0)


def test_a_subject_that_does_not_fit_does_not_stop_the_next() -> None:
    wants = [
        Entitlement("large", "bkad", ("pertamax",), 100_000, 0),
        Entitlement("small", "bkad", ("pertamax",), 10_000, 0),
    ]
    planned = plan(wants, ["a", "b"], PRICES, {"bkad": 124_000})
    assert [share.subject for share in planned.shares] == ["small", "small"]
    assert "needs Rp 1240000, its department has Rp 124000" in planned.unminted[0].why


def test_a_quota_follows_where_its_holder_filled() -> None:
    wants = [Entitlement(name, "bkad", ("pertamax",), 60_000, 0) for name in ("one", "two")]
    habits = Habits({("one", "b"): 50_000}, {})
    planned = plan(wants, ["a", "b"], PRICES, {"bkad": 10**9}, habits)
    volumes_ml = {(share.subject, share.gateway): share.volume_ml for share in planned.shares}
    assert volumes_ml["one", "b"] > 40_000
    assert ("one", "a") not in volumes_ml
    assert volumes_ml["two", "a"] == volumes_ml["two", "b"]


def _quotas_ml(office: Any, period: str) -> int:
    total: int = office.scalar(select(func.sum(quotas.c.quota_ml)).where(quotas.c.period == period))
    return total


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
            for entry in directives.log_of(connection, "depot-2")
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
    total = select(quotas.c.quota_ml).where(
        quotas.c.subject == "dh-1001-aa", quotas.c.period == "2026-08"
    )
    assert office.scalar(total) == 40_000


def test_an_overrun_is_deducted_once_from_the_next_month(office: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            update(subjects).where(subjects.c.subject == "dh-1001-aa").values(overrun_ml=300)
        )
    _minted(office, "2026-08")
    _minted(office, "2026-09")
    assert _quotas_ml(office, "2026-08") == 3 * 40_000 - 300
    assert _quotas_ml(office, "2026-09") == 3 * 40_000


def test_a_months_quota_eaten_by_an_overrun_is_not_deducted_again(office: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(update(subjects).values(overrun_ml=50_000))
    for _ in range(2):
        assert _minted(office, "2026-08").volume_ml == 0
    _minted(office, "2026-09")
    assert _quotas_ml(office, "2026-09") == 3 * 30_000


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
