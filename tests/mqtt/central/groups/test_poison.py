"""Poison in the middle of a group of many gateways: kept whole, passed, and nobody else waits."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update

from gateway.core.facts import SaleRefused
from mqtt.central import projections, quarantine
from mqtt.central.gateway_keys import certify
from mqtt.central.minting import mint
from mqtt.central.quarantine import listed
from mqtt.central.register import enrol_gateway
from mqtt.central.tables import subjects
from tests.mqtt.central.city import NOW, ZONE
from tests.mqtt.central.teller import Teller
from tests.mqtt.central.test_succession import restored

GATEWAYS = 12


@pytest.fixture
def many(office: Any) -> list[Teller]:
    """Gateways beside the two, and a month in which all of them have grants."""
    tellers = [
        Teller(f"depot-{number}", f"{number:016x}", Ed25519PrivateKey.generate())
        for number in range(3, GATEWAYS + 1)
    ]
    with office.engine.begin() as connection:
        for teller in tellers:
            enrol_gateway(connection, teller.name, teller.incarnation, NOW)
            public = teller.key.public_key()
            certify(connection, office.key, teller.name, teller.incarnation, public, NOW)
        connection.execute(update(subjects).values(quota_ml=400_000))
        mint(connection, "2026-08", ZONE, NOW)
    return [office.first, office.second, *tellers]


@pytest.fixture
def with_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own code breaks on one code of refusal, after it has written."""
    real = projections.project

    def project(teller: Any, read: Any, **how: Any) -> None:
        real(teller, read, **how)
        if any(isinstance(one.fact, SaleRefused) and one.fact.code == "bug" for one in read):
            raise KeyError("a bug of ours")

    monkeypatch.setattr(quarantine, "project", project)


@pytest.mark.usefixtures("with_a_bug")
@pytest.mark.parametrize("poison", ["bug", "unknown"])
@pytest.mark.parametrize("place", [0, GATEWAYS // 2, GATEWAYS - 1])
def test_everybody_elses_sales_count_once(
    office: Any, many: list[Teller], poison: str, place: int
) -> None:
    for number, teller in enumerate(many):
        teller.sell(100)
        if number == place and poison == "bug":
            teller.refuse("bug")
        elif number == place:
            teller.append("tank.dipped", {"level_ml": 5})
        else:
            teller.sell(100)
        teller.sell(100)
    group = [teller.ledger(1, 2) for teller in many] + [teller.ledger(3) for teller in many]
    acknowledged = office.acknowledged(office.handle(*group))
    assert {name: seal.sequence for name, seal in acknowledged.items()} == {
        teller.name: 3 for teller in many
    }
    assert office.count() == (3 * GATEWAYS, 3 * GATEWAYS - 1, 100 * (3 * GATEWAYS - 1))
    with office.engine.connect() as connection:
        (kept,) = listed(connection)
    assert (kept.gateway, kept.sequence) == (many[place].name, 2)
    assert office.rejections() == []
    office.handle(*group)
    assert office.count()[2] == 100 * (3 * GATEWAYS - 1), "told again, nothing counts again"


@pytest.mark.usefixtures("with_a_bug")
def test_the_quick_way_leaves_nothing_in_memory(office: Any) -> None:
    """Two gateways are taken before the third breaks it: their places are read anew."""
    first, second = office.first, office.second
    for teller in (first, second):
        teller.sell()
        teller.sell()
    second.refuse("bug")
    group = [first.ledger(1, 1), second.ledger(1, 1), first.ledger(2), second.ledger(2)]
    assert {seal.sequence for seal in office.acknowledged(office.handle(*group)).values()} == {2, 3}
    assert office.count() == (5, 4, 4000)


def test_an_incarnation_that_fails_to_begin_leaves_nothing_in_memory(office: Any) -> None:
    """Its beginning is rolled back with its message: the one that is known goes on."""
    first = office.first
    first.sell()
    first.sell()
    broken = restored(first)
    broken.append("key.rotated", {"old": "?", "new": "?", "by": "nobody"})
    broken.refuse()
    answers = office.handle(first.ledger(1, 1), broken.ledger(), first.ledger(2))
    seal = office.acknowledged(answers)["depot-1"]
    assert (seal.incarnation, seal.sequence) == (first.incarnation, 2)
    assert office.count() == (2, 2, 2000)
    assert "changes before the last entry" in office.rejections()[0]


def test_a_revoked_key_in_a_group_stops_nobody_else(office: Any, many: list[Teller]) -> None:
    for teller in many:
        teller.sell(100)
    messages = [teller.ledger() for teller in many]
    stranger = replace(many[4], key=Ed25519PrivateKey.generate())
    messages[4] = stranger.ledger()
    acknowledged = office.acknowledged(office.handle(*messages))
    assert set(acknowledged) == {teller.name for teller in many} - {many[4].name}
    assert office.count() == (GATEWAYS - 1, GATEWAYS - 1, 100 * (GATEWAYS - 1))
    assert office.scalar(select(subjects.c.overrun_ml)) == 0
