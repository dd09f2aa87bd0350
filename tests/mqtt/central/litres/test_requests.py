"""A request is answered from the reserve, or from what others give back."""

from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.facts import Charge, GrantActivated
from mqtt.central.grant_tables import requests
from mqtt.central.tables import gateways, subjects
from tests.mqtt.central.city import NOW, PERIOD, QUOTA_ML, ZONE
from tests.mqtt.central.litres.talk import (
    FIRST_ML,
    RESERVE_ML,
    VEHICLE,
    answered,
    asks,
    books,
    closes,
    odd,
    sent,
    tell,
)


def test_a_request_is_answered_from_the_reserve(linked: Any) -> None:
    request_id = asks(linked.first, 2_500)
    tell(linked, linked.first)
    (grant,) = [one for one in sent(linked, "depot-1", Grant) if one.request_id == request_id]
    assert (grant.volume_ml, grant.subject, grant.kind) == (2_500, VEHICLE, "vehicle")
    assert grant.grant_no == 4
    assert grant.period == PERIOD
    assert books(linked).reserve_ml == RESERVE_ML - 2_500
    assert not sent(linked, "depot-2", RecallGrant)


def test_the_same_request_gets_one_grant_however_often_it_comes(linked: Any) -> None:
    request_id = asks(linked.first, 2_500)
    for _ in range(3):
        linked.handle(linked.first.ledger())
    assert answered(linked, "depot-1", request_id) == [2_500]


def test_a_short_reserve_is_given_and_the_rest_called_back(linked: Any) -> None:
    first = asks(linked.first, 20_000)
    tell(linked, linked.first)
    assert answered(linked, "depot-1", first) == [RESERVE_ML]
    assert sent(linked, "depot-2", RecallGrant) == [RecallGrant(grant_no=1)]

    second = asks(linked.first, 16_000)
    tell(linked, linked.first)
    assert answered(linked, "depot-1", second) == []  # the litres are not back yet
    assert len(sent(linked, "depot-2", RecallGrant)) == 1

    linked.second.sell(3_000)
    closes(linked.second, 1, 3_000)
    tell(linked, linked.second)
    assert answered(linked, "depot-1", second) == [FIRST_ML - 3_000]
    assert books(linked).reserve_ml == 0
    assert books(linked).charged_ml == QUOTA_ML
    assert odd(linked) == []


def test_offline_gateways_keep_their_litres_until_their_close_comes(office: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            update(gateways).where(gateways.c.name == "depot-1").values(state="online")
        )
    asks(office.first, RESERVE_ML)
    waits = asks(office.first, 10_000)
    tell(office, office.first)
    assert sent(office, "depot-2", RecallGrant) == [RecallGrant(grant_no=1)]
    for _ in range(3):
        again = asks(office.first, 9_000)
        tell(office, office.first)
        assert answered(office, "depot-1", again) == []
    assert len(sent(office, "depot-2", RecallGrant)) == 1
    closes(office.second, 1, 0, "never_held")
    tell(office, office.second)
    assert answered(office, "depot-1", again) == [9_000]  # asked again, given once
    assert answered(office, "depot-1", waits) == []
    assert books(office).reserve_ml == FIRST_ML - 9_000  # nothing was taken from depot-2


def test_what_nobody_waits_for_goes_back_to_where_it_was(linked: Any) -> None:
    asks(linked.first, RESERVE_ML)
    linked.second.sell(1_000)
    tell(linked, linked.first, linked.second)
    wanted = asks(linked.first, 10_000)
    tell(linked, linked.first)
    closes(linked.second, 1, 1_000)
    tell(linked, linked.second)
    assert answered(linked, "depot-1", wanted) == [10_000]
    newest = sent(linked, "depot-2", Grant)[-1]
    assert (newest.subject, newest.volume_ml) == (VEHICLE, FIRST_ML - 1_000 - 10_000)
    assert newest.request_id == ""
    assert books(linked).reserve_ml == 0


def test_the_newest_request_is_served_first(linked: Any) -> None:
    third = linked.second
    asks(linked.first, RESERVE_ML)
    old = asks(linked.first, 40_000)
    tell(linked, linked.first)
    new = asks(third, 12_000)
    closes(third, 1, 0)
    tell(linked, third)
    assert answered(linked, "depot-2", new) == [12_000]
    assert answered(linked, "depot-1", old) == [FIRST_ML - 12_000]


def test_who_asks_for_what_is_all_taken_is_told_so(linked: Any) -> None:
    for teller in (linked.first, linked.second):
        teller.sell(FIRST_ML)
    asks(linked.first, RESERVE_ML)
    last = asks(linked.first, 10_000)
    tell(linked, linked.second, linked.first)
    assert answered(linked, "depot-1", last) == [0]


def test_an_overrun_is_taken_off_the_next_grant(linked: Any) -> None:
    linked.first.sell(1_300, overrun_ml=300, charges=[Charge(1, 1_000)])
    request_id = asks(linked.first, RESERVE_ML)
    tell(linked, linked.first)
    assert answered(linked, "depot-1", request_id) == [RESERVE_ML - 300]
    assert books(linked).quota_ml == QUOTA_ML - 300
    assert linked.scalar(select(subjects.c.overrun_ml).where(subjects.c.subject == VEHICLE)) == 0


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"subject": "dh-9999-zz"}, ["dh-9999-zz, which is not registered"]),
        ({"period": "2026-09"}, []),
        ({"kind": "override", "subject": "depot-2"}, ["depot-2's override grant"]),
        ({"kind": "emergency", "subject": "dinkes"}, []),
        ({"kind": "emergency", "subject": "nobody"}, ["nobody, which is not registered"]),
    ],
)
def test_what_cannot_be_given_blocks_nothing_and_is_noted_where_it_is_odd(
    linked: Any, changes: dict[str, Any], what: list[str]
) -> None:
    request_id = asks(linked.first, 1_000, **changes)
    linked.first.sell(1_000)
    tell(linked, linked.first)
    assert len(odd(linked)) == len(what)
    assert all(words in found for words, found in zip(what, odd(linked), strict=True))
    assert answered(linked, "depot-1", request_id) == []
    assert linked.count()[1:] == (1, 1_000)


def test_who_asked_before_the_month_was_split_is_served_then(linked: Any) -> None:
    from mqtt.central.minting import mint

    request_id = asks(linked.first, 2_000, period="2026-08")
    tell(linked, linked.first)
    with linked.engine.begin() as connection:
        mint(connection, "2026-08", ZONE, NOW)
    assert answered(linked, "depot-1", request_id) == [2_000]


def test_a_restored_central_gives_nothing_until_it_knows_and_answers_none_twice(
    linked: Any,
) -> None:
    from mqtt.central.succession import begin_epoch

    with linked.engine.begin() as connection:
        begin_epoch(connection, NOW)
    answered_before = asks(linked.first, 100)
    grant = next(one for one in sent(linked, "depot-1", Grant) if one.grant_no == 1)
    known = {name: getattr(grant, name) for name in GrantActivated.__struct_fields__}
    linked.first.tell(GrantActivated(**(known | {"grant_no": 4, "volume_ml": 2_000})))
    waits = asks(linked.second, 900)
    tell(linked, linked.first, linked.second)
    assert answered(linked, "depot-2", waits) == []
    assert books(linked).reserve_ml == RESERVE_ML - 2_000  # learned, and nothing given
    with linked.engine.connect() as connection:
        rows = connection.execute(select(requests.c.request_id, requests.c.grant_no))
        assert {tuple(row) for row in rows} == {(answered_before, 4), (waits, None)}
