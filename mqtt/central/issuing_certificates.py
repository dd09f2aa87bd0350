"""Certificates by which gateways speak to the broker: issued, found again, listed as revoked."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, func, insert, select

from mqtt.authority import CLIENT_DAYS, PEM, Authority
from mqtt.central.enrolment_tables import client_certificates
from mqtt.central.periods import utc_text
from mqtt.central.tables import gateways

LEFT_DAYS = CLIENT_DAYS // 3
"""One that is good for longer is not replaced for the same key."""
MOST_A_DAY = 4
"""Of one gateway: who renews more often is broken, or plays with us."""
FORGOTTEN = (CLIENT_DAYS + 1) * MOST_A_DAY
"""So many more than are known may have been issued by a central that was then restored from a
backup that is no older than a certificate lasts."""

_OWN = client_certificates.c


class TooOften(Exception):
    """A gateway had all the certificates that it may have in a day."""


def issue(
    connection: Connection,
    authority: Authority,
    gateway: str,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
) -> str:
    """A certificate of the gateway for this key, PEM: the one that it has, if that serves on.

    So a request that comes again gets the same answer. TooOften after MOST_A_DAY new ones.
    """
    fingerprint = _fingerprint(key)
    lasts = utc_text(now + timedelta(days=LEFT_DAYS))
    own = _OWN.gateway == gateway
    found = connection.scalar(
        select(_OWN.certificate).where(own, _OWN.key == fingerprint, _OWN.ends > lasts)
    )
    if found is not None:
        return str(found)
    lately = _OWN.issued > utc_text(now - timedelta(days=1))
    if (connection.scalar(select(func.count()).where(own, lately)) or 0) >= MOST_A_DAY:
        raise TooOften
    number = (connection.scalar(select(func.max(_OWN.number)).where(own)) or 0) + 1
    ends = now + timedelta(days=CLIENT_DAYS)
    made = authority.client(gateway, key, authority.serial_of(gateway, number), ends)
    pem = made.public_bytes(PEM).decode()
    connection.execute(
        insert(client_certificates).values(
            gateway=gateway,
            number=number,
            key=fingerprint,
            issued=utc_text(now),
            ends=utc_text(ends),
            certificate=pem,
        )
    )
    return pem


def revocation_list(connection: Connection, authority: Authority) -> bytes:
    """Every certificate of every revoked gateway, also such as this database has forgotten."""
    newest = func.coalesce(func.max(_OWN.number), 0)
    query = (
        select(gateways.c.name, newest)
        .select_from(gateways.outerjoin(client_certificates, _OWN.gateway == gateways.c.name))
        .where(gateways.c.revoked.is_not(None))
        .group_by(gateways.c.name)
        .order_by(gateways.c.name)
    )
    known = [(str(name), int(through)) for name, through in connection.execute(query)]
    return authority.revoked(_serials(authority, known), len(known))


def number_of_revoked(connection: Connection) -> int:
    """The number of the list that holds now: how many gateways are revoked, which never falls."""
    query = select(func.count()).select_from(gateways).where(gateways.c.revoked.is_not(None))
    return int(connection.scalar(query) or 0)


def _serials(authority: Authority, known: list[tuple[str, int]]) -> Iterator[int]:
    for name, through in known:
        for number in range(1, through + FORGOTTEN + 1):
            yield authority.serial_of(name, number)


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    raw = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(raw).hexdigest()
