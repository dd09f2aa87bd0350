"""Each entry exactly once, whatever arrives."""

import dataclasses
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.core.chain import GENESIS
from gateway.core.facts import Charge
from mqtt.central.gateway_keys import begin_incarnation
from mqtt.central.quarantine import listed
from mqtt.central.report_tables import anomalies, refusals, sales
from mqtt.central.tables import gateways, grants, subjects
from mqtt.messages import DirectivesMessage
from mqtt.payloads import decode
from mqtt.seals import verify


def test_new_entries_are_applied_and_acknowledged(office: Any) -> None:
    office.first.sell(1500)
    office.first.refuse()
    acknowledged = office.acknowledged(office.handle(office.first.ledger()))
    assert acknowledged["depot-1"].sequence == 2
    assert acknowledged["depot-1"].head == office.first.entries[-1].hash
    assert office.count() == (2, 1, 1500)
    assert office.scalar(select(refusals.c.code)) == "quota_exhausted"
    assert office.scalar(select(sales.c.period)) == "2026-07"


def test_the_acknowledgement_is_sealed_by_central(office: Any) -> None:
    from mqtt.keys import Keyring

    office.first.sell()
    seal = office.acknowledged(office.handle(office.first.ledger()))["depot-1"]
    verify(
        seal,
        Keyring({"central": office.key.public_key()}),
        type="ledger-ack",
        gateway="depot-1",
        incarnation=office.first.incarnation,
        epoch=1,
    )


def test_a_replay_changes_nothing_and_is_acknowledged_again(office: Any) -> None:
    office.first.sell()
    office.first.sell()
    office.handle(office.first.ledger())
    before = office.count()
    acknowledged = office.acknowledged(office.handle(office.first.ledger(1, 1)))
    assert acknowledged["depot-1"].sequence == 2
    assert office.count() == before
    assert office.rejections() == []


def test_an_overlapping_resend_applies_only_what_is_new(office: Any) -> None:
    for _ in range(4):
        office.first.sell()
    office.handle(office.first.ledger(1, 2), office.first.ledger(2, 4))
    assert office.count() == (4, 4, 4000)


def test_a_gap_is_ignored_until_it_is_filled(office: Any) -> None:
    for _ in range(3):
        office.first.sell()
    acknowledged = office.acknowledged(office.handle(office.first.ledger(3)))
    assert acknowledged["depot-1"].sequence == 0
    assert office.count() == (0, 0, 0)
    office.handle(office.first.ledger(1, 2), office.first.ledger(3))
    assert office.count() == (3, 3, 3000)


def test_two_gateways_do_not_disturb_each_other(office: Any) -> None:
    office.first.sell()
    office.second.sell()
    office.handle(office.second.ledger(), office.first.ledger())
    assert office.row("depot-1").through == office.row("depot-2").through == 1


@pytest.mark.parametrize("again_from", [1, 2, 3])
def test_a_fork_is_noted_and_nothing_of_it_applied(office: Any, again_from: int) -> None:
    for _ in range(2):
        office.first.sell()
    office.handle(office.first.ledger())
    head = office.row("depot-1").head
    copy = dataclasses.replace(office.first, entries=[])
    for _ in range(4):
        copy.sell(999)
    answers = office.handle(copy.ledger(again_from))
    assert answers == []
    assert office.row("depot-1").head == head
    assert "forked" in office.row("depot-1").fork
    assert office.count() == (2, 2, 2000)


def test_an_entry_of_an_unknown_type_is_kept_and_blocks_nothing(office: Any) -> None:
    office.first.append("tank.dipped", {"level_ml": 5})
    office.first.append("sale.refused", {"pump": "one"})
    office.first.sell()
    assert office.acknowledged(office.handle(office.first.ledger()))["depot-1"].sequence == 3
    assert office.count() == (3, 1, 1000)
    with office.engine.connect() as connection:
        kept = listed(connection)
    assert [one.sequence for one in kept] == [1, 2]
    assert kept[0].why == "this version does not know the type 'tank.dipped'"
    assert "sale.refused" in kept[1].why


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        ({"charges": [Charge(99, 1000)]}, "never minted"),
        ({"charges": [Charge(2, 1000)]}, "of dh-1002-aa"),
        ({"charges": [Charge(1, 1000)], "amount_idr": 1}, "not volume times price"),
        ({"charges": []}, "do not sum"),
        ({"volume_ml": 20_001, "charges": [Charge(1, 20_001)]}, "has now spent 20001 ml"),
    ],
)
def test_a_sale_that_contradicts_the_grants_counts_and_is_noted(
    office: Any, changes: dict[str, Any], odd: str
) -> None:
    office.first.sell(**changes)
    assert office.acknowledged(office.handle(office.first.ledger()))["depot-1"].sequence == 1
    assert office.count()[1] == 1
    assert odd in office.scalar(select(anomalies.c.what))


def test_a_sale_told_twice_in_two_entries_counts_once(office: Any) -> None:
    office.first.sell(sale=f"{office.first.incarnation}-7")
    office.first.sell(sale=f"{office.first.incarnation}-7")
    office.handle(office.first.ledger())
    assert office.count() == (2, 1, 1000)
    assert "recorded before" in office.scalar(select(anomalies.c.what))


def test_a_sale_under_anothers_name_displaces_no_sale_of_that_gateway(office: Any) -> None:
    stolen = f"{office.second.incarnation}-1"
    office.first.sell(700, sale=stolen)
    office.second.sell(1000, sale=stolen)
    office.handle(office.first.ledger())
    office.handle(office.second.ledger())
    assert office.count() == (2, 2, 1700)
    with office.engine.connect() as connection:
        noted = connection.execute(select(anomalies.c.gateway, anomalies.c.what)).all()
    assert noted == [
        ("depot-1", f"sale {stolen} does not begin with incarnation {office.first.incarnation}")
    ]


def test_a_sale_of_an_earlier_incarnation_told_again_counts_once(office: Any) -> None:
    """At the same place of its ledger, as a gateway that was restored badly might."""
    office.first.sell(sale=f"{office.first.incarnation}-1")
    office.handle(office.first.ledger())
    restored = dataclasses.replace(office.first, incarnation="4" * 16, entries=[])
    with office.engine.begin() as connection:
        values = {"incarnation": "4" * 16, "through": 0, "head": GENESIS}
        connection.execute(update(gateways).where(gateways.c.name == "depot-1").values(**values))
        begin_incarnation(connection, "depot-1", office.first.incarnation, "4" * 16)
    restored.sell(sale=f"{office.first.incarnation}-1")
    assert office.acknowledged(office.handle(restored.ledger()))["depot-1"].sequence == 1
    assert office.count() == (2, 1, 1000)
    assert "recorded before" in office.scalar(select(anomalies.c.what))


def test_an_overrun_waits_to_be_deducted(office: Any) -> None:
    office.first.sell(1200, overrun_ml=200, charges=[Charge(1, 1000)])
    office.handle(office.first.ledger())
    assert office.scalar(select(subjects.c.overrun_ml).where(subjects.c.overrun_ml > 0)) == 200
    assert office.scalar(select(func.sum(grants.c.spent_ml))) == 1000


def test_directives_are_served_from_where_the_gateway_is(office: Any) -> None:
    answers = office.handle(office.first.request(1, GENESIS))
    message = decode("directives", answers[0].payload)
    assert isinstance(message, DirectivesMessage)
    total = len(message.directives)
    third = message.directives[2]
    answers = office.handle(office.first.request(4, third.hash))
    rest = decode("directives", answers[0].payload)
    assert isinstance(rest, DirectivesMessage)
    assert [entry.sequence for entry in rest.directives] == list(range(4, total + 1))
    assert office.handle(office.first.request(total + 1, message.seal.head)) == []
    assert office.rejections() == []


def test_an_old_death_does_not_mask_a_new_birth(office: Any) -> None:
    office.handle(office.first.status("online", 5), office.first.status("offline", 4))
    assert (office.row("depot-1").state, office.row("depot-1").boot) == ("online", 5)
    office.handle(office.first.status("offline", 5))
    assert office.row("depot-1").state == "offline"
    assert office.row("depot-1").last_seen == "2026-07-10T04:00:00.000Z"
