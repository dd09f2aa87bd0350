"""Gateways' keys at central: certified, changed and revoked, each with the entries it seals."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, func, insert, select, update

from gateway.core.facts import KeyRotated, KeyStatement
from mqtt.central.key_tables import gateway_keys
from mqtt.central.periods import utc_text
from mqtt.central.tables import gateways
from mqtt.certificates import KeyRecord, public_key, public_text, state
from mqtt.keys import key_id
from mqtt.ring import Ring, Span

_KEYS = gateway_keys.c
_IN_FORCE = _KEYS.through_sequence.is_(None)


def certify(
    connection: Connection,
    central: Ed25519PrivateKey,
    gateway: str,
    incarnation: str,
    key: Ed25519PublicKey,
    now: datetime,
) -> None:
    """At enrolment: this key seals the gateway's ledger, from its first entry on."""
    _insert(connection, gateway, incarnation, public_text(key), 1)
    certify_new(connection, central, gateway, now)


@lru_cache(maxsize=1024)
def ring_of(gateway: str, incarnation: str, keys: tuple[tuple[Any, ...], ...]) -> Ring:
    """The keys of a gateway in this incarnation, as far as its ledger is applied.

    `keys`: of each what `gateway_keys` has as key, from_sequence, through_sequence, revoked and
    incarnation.
    """
    spans = [
        Span(public_key(key), first, through, revoked or "", its_incarnation)
        for key, first, through, revoked, its_incarnation in keys
    ]
    return Ring(gateway, spans, today=incarnation)


def rotated(
    connection: Connection, gateway: str, incarnation: str, sequence: int, fact: KeyRotated
) -> str:
    """Apply a gateway's change of its key at an entry; returns what is odd about it, or ""."""
    in_force = (_KEYS.gateway == gateway) & (_KEYS.incarnation == incarnation) & _IN_FORCE
    ended = connection.execute(
        update(gateway_keys)
        .where(in_force & (_KEYS.key == fact.old))
        .values(through_sequence=sequence)
    )
    if not ended.rowcount:
        return f"replaces key {key_id(public_key(fact.old))}, which is not the one in force"
    _insert(connection, gateway, incarnation, fact.new, sequence + 1)
    return ""


def certify_new(
    connection: Connection, central: Ed25519PrivateKey, gateway: str, now: datetime
) -> None:
    """Vouch for the gateway's key of today, where that is not done yet."""
    rows = connection.execute(
        select(_KEYS.incarnation, _KEYS.from_sequence, _KEYS.key).where(
            (_KEYS.gateway == gateway) & _IN_FORCE & _KEYS.certificate.is_(None)
        )
    ).all()
    newest = select(func.max(_KEYS.serial)).where(_KEYS.gateway == gateway)
    for incarnation, first, key in rows:
        serial = (connection.scalar(newest) or 0) + 1
        certificate = state(
            central,
            "key-certificate",
            gateway,
            public_key(key),
            serial=serial,
            issued=utc_text(now),
        )
        connection.execute(
            update(gateway_keys)
            .where(
                (_KEYS.gateway == gateway)
                & (_KEYS.incarnation == incarnation)
                & (_KEYS.from_sequence == first)
            )
            .values(serial=serial, certificate=msgspec.json.encode(certificate).decode())
        )


def begin_incarnation(connection: Connection, gateway: str, former: str, incarnation: str) -> None:
    """A restored gateway goes on with its key of today, from its first entry on.

    What the former ledger holds beyond what is applied stays sealed by that key.
    """
    today = (_KEYS.gateway == gateway) & (_KEYS.incarnation == former) & _IN_FORCE
    for key in connection.scalars(select(_KEYS.key).where(today)).all():
        _insert(connection, gateway, incarnation, key, 1)


def revoke(connection: Connection, gateway: str, through: int, why: str) -> None:
    """No key of the gateway seals anything that is taken any more, here applied `through`."""
    connection.execute(
        update(gateway_keys)
        .where((_KEYS.gateway == gateway) & _IN_FORCE)
        .values(through_sequence=through)
    )
    connection.execute(update(gateway_keys).where(_KEYS.gateway == gateway).values(revoked=why))


def certify_anew(connection: Connection, central: Ed25519PrivateKey, now: datetime) -> None:
    """Vouch with a new key of central's for every key of a gateway's that is in force."""
    connection.execute(update(gateway_keys).where(_IN_FORCE).values(certificate=None))
    for gateway in connection.scalars(select(gateways.c.name).order_by(gateways.c.name)).all():
        certify_new(connection, central, gateway, now)


def records(connection: Connection) -> list[KeyRecord]:
    """Every key of every gateway, oldest first."""
    columns = (
        _KEYS.gateway,
        _KEYS.incarnation,
        _KEYS.from_sequence,
        _KEYS.through_sequence,
        _KEYS.revoked,
        _KEYS.key,
        _KEYS.certificate,
    )
    order = (_KEYS.gateway, _KEYS.incarnation, _KEYS.from_sequence)
    return [
        KeyRecord(*row[:-1], msgspec.json.decode(row[-1], type=KeyStatement) if row[-1] else None)
        for row in connection.execute(select(*columns).order_by(*order))
    ]


def _insert(connection: Connection, gateway: str, incarnation: str, key: str, first: int) -> None:
    connection.execute(
        insert(gateway_keys).values(
            gateway=gateway,
            incarnation=incarnation,
            from_sequence=first,
            key_id=key_id(public_key(key)),
            key=key,
        )
    )
