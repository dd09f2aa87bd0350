"""Grants of departments and stations."""

from typing import Any

from sqlalchemy import select, update

from gateway.core.allocation import Grant
from gateway.core.facts import Charge
from mqtt.central.grant_tables import quotas
from mqtt.central.grants import override
from mqtt.central.tables import departments, subjects
from tests.mqtt.central.city import NOW, PERIOD, ZONE
from tests.mqtt.central.litres.talk import VEHICLE, answered, asks, books, odd, sent, tell


def test_an_emergency_quota_is_shared_and_topped_up(office: Any) -> None:
    from mqtt.central.minting import mint

    with office.engine.begin() as connection:
        connection.execute(update(departments).values(emergency_ml=60_000))
        connection.execute(
            update(subjects).where(subjects.c.subject == VEHICLE).values(emergency=True)
        )
        minted = mint(connection, PERIOD, ZONE, NOW)
    assert minted.grants == 2
    got = [one for one in sent(office, "depot-1", Grant) if one.kind == "emergency"]
    assert [(one.subject, one.department) for one in got] == [("dinkes", "dinkes")]
    found = books(office, "dinkes", "emergency")
    assert found.quota_ml == 60_000
    request_id = asks(office.first, 2_000, kind="emergency", subject="dinkes")
    office.first.sell(1_500, charges=[Charge(got[0].grant_no, 1_500)])
    tell(office, office.first)
    assert answered(office, "depot-1", request_id) == [2_000]
    assert odd(office) == []
    assert (
        office.scalar(select(quotas.c.committed_idr).where(quotas.c.kind == "emergency")) == 600_000
    )


def test_an_override_grant_is_the_stations_and_paid_by_who_uses_it(office: Any) -> None:
    from mqtt.central.budgets import left_idr
    from mqtt.central.minting import mint
    from mqtt.central.register import put_override

    with office.engine.begin() as connection:
        put_override(connection, 50_000)
        before = left_idr(connection, 2026)["dinkes"]
        assert mint(connection, PERIOD, ZONE, NOW).grants == 2
        assert left_idr(connection, 2026)["dinkes"] == before
        assert mint(connection, PERIOD, ZONE, NOW).grants == 0
    (grant,) = [one for one in sent(office, "depot-2", Grant) if one.kind == "override"]
    assert (grant.subject, grant.volume_ml) == ("depot-2", 50_000)
    assert override("depot-2", 50_000)[0].committed_idr == 0
    office.second.sell(7_000, charges=[Charge(grant.grant_no, 7_000)])
    tell(office, office.second)
    assert odd(office) == []
    with office.engine.connect() as connection:
        assert left_idr(connection, 2026)["dinkes"] == before - 70_000
