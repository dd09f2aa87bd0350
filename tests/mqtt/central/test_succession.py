"""A gateway that begins anew, and one that is given up: what it held counts as sold."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from gateway.cli.report import report_lines
from gateway.core.chain import GENESIS
from gateway.core.facts import EpochAdopted, FormerLedger, GatewayRestored
from mqtt.central.decisions import DecisionRefused
from mqtt.central.grant_tables import decisions
from mqtt.central.history_tables import former_directives, former_ledgers
from mqtt.central.report import make_report
from mqtt.central.succession import begin_epoch
from mqtt.central.tables import grants
from mqtt.central.written_off import release, revoke
from mqtt.messages import DirectivesMessage
from mqtt.payloads import decode
from tests.mqtt.central.city import NOW
from tests.mqtt.central.office import Office
from tests.mqtt.central.teller import Teller

FRESH = "a" * 16


def restored(teller: Teller, incarnation: str = FRESH, epoch: int = 1) -> Teller:
    """The same gateway with a new card: same key, empty ledger."""
    fresh = replace(teller, incarnation=incarnation, epoch=epoch, entries=[])
    fresh.tell(
        GatewayRestored(
            by="technician",
            version="0.1.0",
            configuration_hash="0" * 64,
            epoch=epoch,
            previous=FormerLedger(
                incarnation=teller.incarnation, sequence=1, head="1" * 64, found="backup"
            ),
        )
    )
    return fresh


def charged(office: Office, gateway: str) -> list[tuple[int, int, int | None]]:
    """(volume, sold, charged for ever) of each grant."""
    columns = grants.c
    query = select(columns.volume_ml, columns.spent_ml, columns.closed_ml)
    with office.engine.connect() as connection:
        rows = connection.execute(query.where(columns.gateway == gateway))
        return [tuple(row) for row in rows]


def test_a_restore_is_no_rejected_message(office: Office) -> None:
    """Its birth comes before the entry that says so, and the last will of its old card after."""
    office.handle(office.first.status("online", 3))
    fresh = restored(office.first)
    office.handle(fresh.status("online", 1))
    assert office.row("depot-1").boot == 3
    office.handle(fresh.ledger())
    office.handle(office.first.status("offline", 3))
    row = office.row("depot-1")
    assert (row.rejected, office.rejections()) == (0, [])
    assert (row.incarnation, row.state, row.boot) == (FRESH, "online", 0)


def test_a_birth_of_an_incarnation_is_proven_all_the_same(office: Office) -> None:
    stranger = replace(restored(office.first), key=Ed25519PrivateKey.generate())
    office.handle(stranger.status("online", 1))
    assert office.row("depot-1").rejected == 1


def test_a_fresh_incarnation_is_accepted_and_the_former_one_counts_as_sold(office: Office) -> None:
    office.first.sell(1000)
    office.handle(office.first.ledger())
    head = office.row("depot-1").head
    fresh = restored(office.first)
    seal = office.acknowledged(office.handle(fresh.ledger()))["depot-1"]
    assert (seal.incarnation, seal.sequence) == (FRESH, 1)
    assert charged(office, "depot-1") == [(18_500, 1000, 18_500), *2 * [(18_500, 0, 18_500)]]
    assert all(closed is None for _, _, closed in charged(office, "depot-2"))
    with office.engine.connect() as connection:
        former = connection.execute(select(former_ledgers)).one()
        why = connection.execute(select(decisions.c.why)).scalar_one()
    assert former[:4] == ("depot-1", "1" * 16, 1, head)
    assert "3 grants closed at full volume" in why


def test_its_directives_begin_anew_without_the_grants(office: Office) -> None:
    fresh = restored(office.first)
    office.handle(fresh.ledger())
    (published,) = office.handle(fresh.request(1, GENESIS))
    message = decode("directives", published.payload)
    assert isinstance(message, DirectivesMessage)
    assert message.seal.incarnation == FRESH
    kinds = {entry.type for entry in message.directives}
    assert kinds == {"policy.put", "price.put", "subject.put", "card.put"}
    with office.engine.connect() as connection:
        kept = connection.execute(select(former_directives)).all()
    assert {row.incarnation for row in kept} == {"1" * 16}
    assert "grant.put" in {row.type for row in kept}


def test_its_head_is_announced_even_at_the_same_sequence(office: Office) -> None:
    announced: dict[str, tuple[str, int]] = {}
    assert len(office.handler().new_heads(announced)) == 2
    office.handle(restored(office.first).ledger())
    assert [one.topic for one in office.handler().new_heads(announced)] == [
        "takar/v1/depot-1/directives/head"
    ]


def test_a_former_incarnation_is_heard_no_more(office: Office) -> None:
    office.handle(restored(office.first).ledger())
    office.first.sell()
    assert office.handle(office.first.ledger()) == []
    office.handle(restored(restored(office.first), "b" * 16).ledger())
    assert office.handle(restored(office.first).ledger()) == []
    reasons = office.rejections()
    assert len(reasons) == 2
    assert all("has ended" in reason for reason in reasons)
    assert office.row("depot-1").incarnation == "b" * 16


def test_a_second_card_of_one_incarnation_does_not_shut_out_the_first(office: Office) -> None:
    running = restored(office.first)
    office.handle(running.ledger())
    assert office.handle(restored(office.first, "b" * 16).ledger()) == []
    assert "Were two cards restored?" in office.row("depot-1").fork
    assert office.row("depot-1").incarnation == FRESH
    running.sell()
    assert office.acknowledged(office.handle(running.ledger()))["depot-1"].sequence == 2


def test_one_that_central_never_met_may_be_followed(office: Office) -> None:
    """So does a second card that a person restores once more, because the first is lost."""
    office.handle(restored(office.first).ledger())
    second = restored(office.first, "b" * 16)
    assert office.handle(second.ledger()) == []
    office.handle(restored(second, "c" * 16).ledger())
    assert office.row("depot-1").incarnation == "c" * 16


def test_a_restored_central_does_not_know_yet_which_of_two_cards_goes_on(office: Office) -> None:
    with office.engine.begin() as connection:
        epoch = begin_epoch(connection, NOW)
    office.handle(restored(office.first).ledger())
    other = restored(office.first, "b" * 16)
    other.tell(EpochAdopted(epoch=epoch, through=0))
    office.handle(other.ledger())
    assert office.row("depot-1").incarnation == "b" * 16
    assert office.handle(restored(office.first, "c" * 16).ledger()) == []


def _sold_first(office: Office) -> Any:
    teller = replace(office.first, incarnation=FRESH, entries=[])
    teller.sell()
    return teller.ledger()


def _by_another(office: Office) -> Any:
    return restored(replace(office.first, key=office.second.key)).ledger()


def _unreadable(office: Office) -> Any:
    teller = replace(office.first, incarnation=FRESH, entries=[])
    teller.append("gateway.restored", {"by": 1})
    return teller.ledger()


def _second_entry_only(office: Office) -> Any:
    teller = restored(office.first)
    teller.sell()
    return teller.ledger(2)


@pytest.mark.parametrize("message", [_sold_first, _by_another, _unreadable, _second_entry_only])
def test_nothing_else_begins_an_incarnation(office: Office, message: Any) -> None:
    assert office.handle(message(office)) == []
    assert len(office.rejections()) == 1
    assert office.row("depot-1").incarnation == "1" * 16
    assert all(closed is None for _, _, closed in charged(office, "depot-1"))


def test_a_revoked_gateway_is_charged_in_full_and_heard_no_more(office: Office) -> None:
    with office.engine.begin() as connection:
        assert revoke(connection, "depot-1", by="head", reason="stolen", now=NOW) == 3
    office.first.sell()
    for message in (
        office.first.ledger(),
        restored(office.first).ledger(),
        office.first.request(1, GENESIS),
        office.first.status("online", 2),
    ):
        assert office.handle(message) == []
    assert office.rejections() == ["gateway depot-1 was revoked: stolen"] * 4
    assert all(closed == volume for volume, _, closed in charged(office, "depot-1"))
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match="already"):
        revoke(connection, "depot-1", by="head", reason="again", now=NOW)
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match="there are"):
        revoke(connection, "depot-9", by="head", reason="unknown", now=NOW)


def test_nobody_waits_where_central_was_never_restored(office: Office) -> None:
    with office.engine.begin() as connection, pytest.raises(DecisionRefused, match="for: none"):
        release(connection, "depot-1", by="head", reason="silent", now=NOW)


def test_a_card_that_knows_nothing_of_what_it_follows_is_accepted_and_shown(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Another copy, or a second loss: nobody can tell, and no litre comes back by either."""
    knows = restored(office.first, "b" * 16)
    office.handle(knows.ledger())
    assert make_report(office.engine).blind == {}
    for incarnation in ("c" * 16, "d" * 16):
        blind = replace(office.first, incarnation=incarnation, entries=[])
        blind.tell(
            GatewayRestored(
                by="technician", version="1", configuration_hash="0" * 64, epoch=1, previous=None
            )
        )
        with caplog.at_level(logging.WARNING):
            office.handle(blind.ledger())
        assert office.row("depot-1").incarnation == incarnation
        assert "knows nothing of the incarnation before it" in caplog.text
        caplog.clear()
    report = make_report(office.engine)
    assert report.blind == {"depot-1": ["c" * 16, "d" * 16]}
    assert any("CHECK depot-1: restored 2 times" in line for line in report_lines(report))
    assert all(closed is not None for _, _, closed in charged(office, "depot-1"))
