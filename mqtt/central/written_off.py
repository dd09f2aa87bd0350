"""Gateways that a person gives up: one that was stolen, or one that never reports again."""

from datetime import datetime
from typing import NoReturn

from sqlalchemy import Connection, select, update

from mqtt.central import epochs, gateway_keys
from mqtt.central.decisions import DecisionRefused, close_at_full_volume, decided
from mqtt.central.known import Known, known_gateway
from mqtt.central.learning import cover_what_is_out
from mqtt.central.tables import gateways
from mqtt.payloads import MessageRejected


def revoke(connection: Connection, gateway: str, *, by: str, reason: str, now: datetime) -> int:
    """A gateway is stolen or lost for good: take nothing more from it, now or later.

    Returns how many grants were closed at full volume. DecisionRefused if there is no such
    gateway, or it is revoked.
    """
    known = _known(connection, gateway)
    if known.revoked is not None:
        refuse_again(gateway, known.revoked)
    awaited = gateway in epochs.awaited(connection)
    if known.epoch < epochs.epoch(connection) or awaited:
        epochs.withhold(connection, gateway, known.incarnation, now)
    chosen = update(gateways).where(gateways.c.name == gateway)
    connection.execute(chosen.values(revoked=reason, state="offline"))
    gateway_keys.revoke(connection, gateway, known.through, reason)
    decided(connection, f"gateway {gateway} revoked", by=by, reason=reason, now=now)
    closed = close_at_full_volume(connection, gateway)
    if awaited:
        cover_what_is_out(connection)
    return closed


def revoked(connection: Connection, gateway: str) -> str | None:
    """Why a gateway is revoked, if it is. DecisionRefused if there is no such gateway."""
    return _known(connection, gateway).revoked


def refuse_again(gateway: str, why: str) -> NoReturn:
    """Nothing is left to be decided of a gateway that is revoked."""
    raise DecisionRefused(f"gateway {gateway} is revoked already: {why}")


def release(connection: Connection, gateway: str, *, by: str, reason: str, now: datetime) -> int:
    """A restored central waits no longer for a gateway that does not report.

    Its grants are closed at full volume, and what else the lost central may have granted to it
    is withheld. Returns how many were closed. DecisionRefused if nobody waits for it.
    """
    known = _known(connection, gateway)
    awaited = epochs.awaited(connection)
    if gateway not in awaited:
        raise DecisionRefused(
            f"central does not wait for {gateway}; it waits for: {', '.join(awaited) or 'none'}"
        )
    chosen = update(gateways).where(gateways.c.name == gateway)
    connection.execute(chosen.values(released_epoch=epochs.epoch(connection)))
    epochs.withhold(connection, gateway, known.incarnation, now)
    decided(connection, f"gateway {gateway} released", by=by, reason=reason, now=now)
    closed = close_at_full_volume(connection, gateway)
    cover_what_is_out(connection)
    return closed


def _known(connection: Connection, gateway: str) -> Known:
    try:
        return known_gateway(connection, gateway)
    except MessageRejected as error:
        names = ", ".join(connection.scalars(select(gateways.c.name).order_by(gateways.c.name)))
        raise DecisionRefused(f"{error}; there are: {names}") from error
