"""Request, recall, close: litres move between gateways that never talk to each other."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.facts import Charge, GrantActivated, GrantClosed, GrantReported, GrantRequested
from mqtt.central import directives
from mqtt.central.grant_tables import quotas, requests
from mqtt.central.grants import override
from mqtt.central.holders import Books, Holder, charged_ml, read_books
from mqtt.central.report_tables import anomalies
from mqtt.central.tables import departments, gateways, grants, subjects
from tests.mqtt.central.conftest import NOW, PERIOD, QUOTA_ML, SUBJECTS, ZONE

VEHICLE = SUBJECTS[0]
FIRST_ML, RESERVE_ML = 18_500, 3_000
"""Of a new vehicle's 40 L: what each of two gateways gets, and what central keeps."""


def asks(teller: Any, wanted_ml: int, **changes: Any) -> str:
    """Tell a request; returns its id."""
    usual: dict[str, Any] = {"kind": "vehicle", "subject": VEHICLE, "period": PERIOD}
    entry = teller.tell(GrantRequested(wanted_ml=wanted_ml, **(usual | changes)))
    return str(entry.id)


def closes(teller: Any, grant_no: int, spent_ml: int, why: Any = "recalled") -> None:
    teller.tell(GrantClosed(grant_no=grant_no, spent_ml=spent_ml, why=why))


def tell(office: Any, *tellers: Any) -> None:
    """Deliver what each has not delivered yet."""
    for teller in tellers:
        through = office.row(teller.name).through
        if through < len(teller.entries):
            office.handle(teller.ledger(through + 1))


def sent(office: Any, gateway: str, kind: Any = (Grant, RecallGrant)) -> list[Any]:
    """Grants and recalls among a gateway's directives, as they are in force."""
    import msgspec

    types = {"grant.put": Grant, "grant.recall": RecallGrant}
    with office.engine.connect() as connection:
        entries = [entry for entry in directives.log_of(connection, gateway) if entry.type in types]
    bodies = [msgspec.convert(entry.data, types[entry.type]) for entry in entries]
    return [body for body in bodies if isinstance(body, kind)]


def answered(office: Any, gateway: str, request_id: str) -> list[int]:
    """Volumes of the grants that answer a request."""
    return [one.volume_ml for one in sent(office, gateway, Grant) if one.request_id == request_id]


def books(office: Any, subject: str = VEHICLE, kind: Any = "vehicle") -> Books:
    with office.engine.connect() as connection:
        found = read_books(connection, Holder(PERIOD, kind, subject))
    assert found is not None
    return found


def odd(office: Any) -> list[str]:
    with office.engine.connect() as connection:
        return list(connection.scalars(select(anomalies.c.what).order_by(anomalies.c.sequence)))


@pytest.fixture
def linked(office: Any) -> Any:
    """Both gateways have a link."""
    with office.engine.begin() as connection:
        connection.execute(update(gateways).values(state="online"))
    return office


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


# Closes that the books contradict


@pytest.mark.parametrize(
    ("sold_ml", "spent_ml", "what"),
    [
        (1_000, FIRST_ML + 1, f"of {FIRST_ML} ml at {FIRST_ML + 1} ml"),
        (1_000, 999, "its sales sum to 1000 ml"),
        (1_000, 1_001, "its sales sum to 1000 ml"),
        (0, 5, "its sales sum to 0 ml"),
    ],
)
def test_a_close_that_contradicts_the_books_returns_nothing(
    linked: Any, sold_ml: int, spent_ml: int, what: str
) -> None:
    if sold_ml:
        linked.first.sell(sold_ml)
    closes(linked.first, 1, spent_ml)
    tell(linked, linked.first)
    assert what in odd(linked)[0]
    assert books(linked).charged_ml == 2 * FIRST_ML
    assert [one.gateway for one in books(linked).open] == ["depot-2"]


def test_what_was_never_minted_or_is_closed_cannot_be_closed(linked: Any) -> None:
    closes(linked.first, 99, 0)
    closes(linked.first, 1, 0, "expired")
    closes(linked.first, 1, 0, "expired")
    tell(linked, linked.first)
    assert odd(linked) == [
        "closes grant 99, which was never minted",
        "closes grant 1 again, closed at 0 ml",
    ]
    assert books(linked).charged_ml == FIRST_ML


def test_a_grant_of_another_incarnation_cannot_be_closed(linked: Any) -> None:
    with linked.engine.begin() as connection:
        connection.execute(update(grants).values(incarnation="9" * 16))
    closes(linked.first, 1, 0)
    linked.first.tell(GrantReported(grant_no=1, spent_ml=0, reserved_ml=0))
    tell(linked, linked.first)
    assert odd(linked) == [
        "closes grant 1 of incarnation 9999999999999999",
        "reports grant 1 of incarnation 9999999999999999",
    ]
    assert books(linked).charged_ml == 2 * FIRST_ML
    waits = asks(linked.first, 10_000)
    tell(linked, linked.first)
    assert not sent(linked, "depot-2", RecallGrant)  # nobody is left to answer it
    assert answered(linked, "depot-1", waits) == [RESERVE_ML]


def test_a_sale_on_a_closed_grant_is_odd_and_counts(linked: Any) -> None:
    closes(linked.first, 1, 0, "expired")
    linked.first.sell(2_000)
    tell(linked, linked.first)
    assert odd(linked) == ["charges grant 1, closed at 0 ml"]
    assert books(linked).charged_ml == FIRST_ML + 2_000


def test_more_charged_than_the_quota_is_said_and_nothing_minted(linked: Any) -> None:
    asks(linked.first, RESERVE_ML)
    closes(linked.first, 1, 0)
    asks(linked.first, FIRST_ML)
    linked.first.sell(1_000)
    later = asks(linked.first, 5_000)
    tell(linked, linked.first)
    assert "41000 ml are charged to dh-1001-aa in 2026-07" in odd(linked)[-1]
    assert answered(linked, "depot-1", later) == []
    assert books(linked).reserve_ml == 0


def test_a_report_is_kept_and_compared(linked: Any) -> None:
    linked.first.sell(1_000)
    linked.first.tell(GrantReported(grant_no=1, spent_ml=1_000, reserved_ml=2_500))
    linked.first.tell(GrantReported(grant_no=2, spent_ml=700, reserved_ml=0))
    linked.first.tell(GrantReported(grant_no=77, spent_ml=0, reserved_ml=0))
    tell(linked, linked.first)
    reserved = select(grants.c.reserved_ml).where(
        grants.c.gateway == "depot-1", grants.c.grant_no == 1
    )
    assert linked.scalar(reserved) == 2_500
    assert odd(linked) == [
        "reports 700 ml spent of grant 2, its sales sum to 0 ml",
        "reports grant 77, which was never minted",
    ]


def test_taking_up_what_was_not_minted_is_odd(linked: Any) -> None:
    grant = next(one for one in sent(linked, "depot-1", Grant) if one.grant_no == 1)
    linked.first.tell(grant.activation)
    other = {name: getattr(grant, name) for name in GrantActivated.__struct_fields__}
    linked.first.tell(GrantActivated(**(other | {"grant_no": 2})))
    linked.first.tell(GrantActivated(**(other | {"grant_no": 50})))
    tell(linked, linked.first)
    assert odd(linked) == [
        "takes up grant 2 with another subject",
        "takes up grant 50, which was never minted here",
    ]


# Everything at once


class Obedient:
    """A gateway that does what the contract says, hears and is heard when the test lets it."""

    def __init__(self, office: Any, teller: Any, random: Random) -> None:
        self.office, self.teller, self.random = office, teller, random
        self.free_ml: dict[int, int] = {}
        self.spent_ml: dict[int, int] = {}
        self.heard = 0
        self.high_water = 0

    def hear(self) -> None:
        bodies = sent(self.office, self.teller.name)
        for body in bodies[self.heard :]:
            if isinstance(body, Grant) and body.grant_no > self.high_water:
                self.high_water = body.grant_no
                self.teller.tell(body.activation)
                if body.subject == VEHICLE:
                    self.free_ml[body.grant_no] = body.volume_ml
                    self.spent_ml[body.grant_no] = 0
            elif isinstance(body, RecallGrant) and body.grant_no in self.free_ml:
                del self.free_ml[body.grant_no]
                closes(self.teller, body.grant_no, self.spent_ml.pop(body.grant_no))
        self.heard = len(bodies)

    def sell(self) -> int:
        if not self.free_ml:
            return 0
        number = self.random.choice(sorted(self.free_ml))
        volume_ml = self.random.randint(0, self.free_ml[number])
        self.free_ml[number] -= volume_ml
        self.spent_ml[number] += volume_ml
        self.teller.sell(volume_ml, charges=[Charge(number, volume_ml)])
        return volume_ml

    def ask(self) -> None:
        asks(self.teller, self.random.randint(0, 30_000))


@pytest.mark.parametrize("seed", range(6))
def test_s_holds_whatever_moves_between_gateways(linked: Any, seed: int) -> None:
    random = Random(seed)
    stations = [Obedient(linked, teller, random) for teller in (linked.first, linked.second)]
    sold_ml = 0
    for _ in range(40):
        station = random.choice(stations)
        act = random.choice(["sell", "ask", "hear", "tell", "link"])
        if act == "sell":
            sold_ml += station.sell()
        elif act == "ask":
            station.ask()
        elif act == "hear":
            station.hear()
        elif act == "tell":
            tell(linked, station.teller)
        else:
            with linked.engine.begin() as connection:
                connection.execute(
                    update(gateways)
                    .where(gateways.c.name == station.teller.name)
                    .values(state=random.choice(["online", "offline"]))
                )
        assert books(linked).charged_ml <= QUOTA_ML
        assert sold_ml <= QUOTA_ML
    for _ in range(4):
        for station in stations:
            station.hear()
        tell(linked, linked.first, linked.second)
    assert odd(linked) == []
    counted = linked.scalar(select(func.sum(grants.c.spent_ml)).where(grants.c.subject == VEHICLE))
    assert counted == sold_ml
    assert books(linked).charged_ml <= QUOTA_ML
    per_request = select(func.count()).select_from(requests).where(requests.c.grant_no.is_(None))
    waiting = linked.scalar(per_request)
    assert waiting == 0  # all were heard, so all litres are placed and all requests answered
    for name in ("depot-1", "depot-2"):
        ids = [one.request_id for one in sent(linked, name, Grant) if one.request_id]
        assert len(set(ids)) == len(ids)


def test_a_grant_is_charged_at_least_what_was_sold_on_it() -> None:
    assert charged_ml(10, 0, None) == 10
    assert charged_ml(10, 12, None) == 12
    assert charged_ml(10, 4, 4) == 4
    assert charged_ml(10, 6, 4) == 6
    assert charged_ml(10, 4, 10) == 10


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
