"""What gateways say of litres, and what central makes of it."""

from typing import Any

from sqlalchemy import select

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.facts import GrantClosed, GrantRequested
from mqtt.central import directives
from mqtt.central.holders import Books, Holder, read_books
from mqtt.central.report_tables import anomalies
from tests.mqtt.central.city import PERIOD, SUBJECTS

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
