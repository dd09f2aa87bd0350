"""Central keeps what a gateway says of its power supply like any other entry."""

from typing import Any

from sqlalchemy import select

from gateway.core.facts import PowerChanged
from mqtt.central.tables import entries


def test_an_outage_is_taken_and_acknowledged(office: Any) -> None:
    teller = office.first
    teller.tell(PowerChanged(on_battery=True))
    teller.sell(500, ended_by="on_battery")
    teller.tell(PowerChanged(on_battery=False))
    office.handle(teller.ledger())
    with office.engine.connect() as connection:
        kept = connection.execute(select(entries.c.type).order_by(entries.c.sequence)).scalars()
        assert [*kept] == ["power.changed", "sale.completed", "power.changed"]
