"""Invite a gateway that does not exist yet: its name is kept, and a code is made for it."""

from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, delete, insert, select

from gateway.core.fields import Name
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.enrolment_tables import invitations
from mqtt.central.periods import utc_text
from mqtt.central.tables import gateways
from mqtt.enrolment.code import Code, new_code, shared
from mqtt.seals import CENTRAL


def invite(
    connection: Connection,
    gateway: str,
    root: Ed25519PublicKey,
    days: int,
    *,
    by: str,
    now: datetime,
    forgotten: bool = False,
) -> Code:
    """The code for a new gateway, good for so many days and one device; it is kept nowhere.

    `forgotten`: the gateway is there, and central was restored from a backup that does not know
    it; nothing is minted until it has enrolled. An earlier code for that name, if it was not
    used, is good no more, nor does it keep anything from being minted. DecisionRefused if there
    is such a gateway, or the name cannot be one.
    """
    _refuse_name(connection, gateway)
    unused = invitations.c.gateway == gateway, invitations.c.used_by.is_(None)
    connection.execute(delete(invitations).where(*unused))
    code = new_code(root)
    keys = shared(code.secret)
    expires = now + timedelta(days=days)
    connection.execute(
        insert(invitations).values(
            invitation=keys.invitation,
            gateway=gateway,
            device_key=keys.device.hex(),
            central_key=keys.central.hex(),
            made=utc_text(now),
            expires=utc_text(expires),
            wrong=0,
            forgotten=forgotten,
        )
    )
    what = f"gateway {gateway} invited{' as one that is there' if forgotten else ''}"
    reason = f"code {keys.invitation}, good until {utc_text(expires)}"
    decided(connection, what, by=by, reason=reason, now=now)
    return code


def _refuse_name(connection: Connection, gateway: str) -> None:
    try:
        msgspec.convert(gateway, Name)
    except msgspec.ValidationError as error:
        raise DecisionRefused(
            f"{gateway!r} cannot be a gateway's name: expected 1 to 64 of a-z 0-9 . _ -, such as "
            "kupang-04"
        ) from error
    if gateway == CENTRAL:
        raise DecisionRefused("no gateway is called central: that is the other side's name")
    row = connection.execute(
        select(gateways.c.revoked).where(gateways.c.name == gateway)
    ).one_or_none()
    if row is None:
        return
    if row.revoked is not None:
        raise DecisionRefused(
            f"gateway {gateway} is revoked ({row.revoked}), and its name with it: what the stolen "
            "one says must never pass for another's. Invite the new one under a new name"
        )
    raise DecisionRefused(
        f"gateway {gateway} is enrolled already. A new card for it: takar restore there, with its "
        "own keys. If those are lost: takar revoke it, and invite a new one under a new name"
    )
