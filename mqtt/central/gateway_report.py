"""What central's database says about each gateway: how far it is heard, and what is odd there."""

from msgspec import Struct
from sqlalchemy import Connection, select

from mqtt.central.former import beginnings
from mqtt.central.tables import gateways


class GatewayState(Struct, frozen=True, kw_only=True):
    gateway: str
    state: str
    last_seen: str | None
    applied_through: int
    rejected: int
    fork: str | None
    revoked: str | None


def begun_blind(connection: Connection) -> dict[str, list[str]]:
    """By gateway: its incarnations that knew nothing of the one before."""
    found: dict[str, list[str]] = {}
    for began in beginnings(connection):
        if began.said.previous is None:
            found.setdefault(began.gateway, []).append(began.incarnation)
    return found


def gateway_states(connection: Connection) -> list[GatewayState]:
    """Of all, in the order of their names."""
    columns = gateways.c
    rows = connection.execute(
        select(
            columns.name,
            columns.state,
            columns.last_seen,
            columns.through,
            columns.rejected,
            columns.fork,
            columns.revoked,
        ).order_by(columns.name)
    )
    return [
        GatewayState(
            gateway=name,
            state=state,
            last_seen=last_seen,
            applied_through=through,
            rejected=rejected,
            fork=fork,
            revoked=revoked,
        )
        for name, state, last_seen, through, rejected, fork, revoked in rows
    ]
