"""Admit a new gateway by its code: once, one device, for some days, with few wrong attempts."""

import logging
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from gateway.core.facts import KeyStatement
from mqtt.central import gateway_keys
from mqtt.central.decisions import decided
from mqtt.central.enrolment_tables import invitations
from mqtt.central.key_tables import gateway_keys as keys_table
from mqtt.central.periods import utc_text
from mqtt.central.register import enrol_gateway
from mqtt.central.tables import gateways, identity
from mqtt.central.vouching_for import RequestRefused, Vouching, tls_key
from mqtt.certificates import public_key
from mqtt.enrolment.asking import signature_fits, with_signature
from mqtt.enrolment.messages import EnrolmentAnswer, EnrolmentRequest, mac_fits, with_mac
from mqtt.keys import KeyRefused, key_id
from mqtt.seals import CENTRAL

log = logging.getLogger(__name__)

MOST_WRONG = 10
"""Requests with an invitation's name that do not fit its code, until it is locked."""


class Admitting:
    """One request, in one transaction."""

    def __init__(self, vouching: Vouching, request: EnrolmentRequest) -> None:
        self._vouching, self._request = vouching, request
        self._connection = vouching.connection
        self._this = invitations.c.invitation == request.invitation
        query = select(invitations).where(self._this)
        self._row: Row[Any] | None = self._connection.execute(query).one_or_none()

    def refusal(self) -> RequestRefused | None:
        """Why the code admits this request not; counts a wrong attempt."""
        row, now = self._row, utc_text(self._vouching.now)
        if row is None:
            return RequestRefused(
                "unknown_code",
                "this central has given no such code, or has given a newer one for that gateway "
                "since. Ask for it again: takar central invite",
            )
        again = f"Ask for a new one: takar central invite {row.gateway}"
        if row.wrong >= MOST_WRONG:
            return RequestRefused(
                "locked_code",
                f"{MOST_WRONG} requests did not fit the code of {row.gateway}, so it is locked. "
                f"{again}",
            )
        if not mac_fits(self._request, bytes.fromhex(row.device_key)):
            more = update(invitations).where(self._this).values(wrong=row.wrong + 1)
            self._connection.execute(more)
            return RequestRefused(
                "wrong_code",
                f"the request does not fit the code of {row.gateway}: it was altered on its way, "
                f"or is of somebody who does not know the code ({row.wrong + 1} of {MOST_WRONG})",
            )
        if row.used_by is not None:
            asker = self._request.seal_key, self._request.incarnation
            if (row.used_by, row.incarnation) == asker:
                return None  # its answer was lost on the way
            used = key_id(public_key(row.used_by))
            return RequestRefused(
                "used_code",
                f"the code of {row.gateway} was used by the device with seal key {used}. If that "
                f"was not yours, revoke it: takar revoke {row.gateway}. One code is for one device",
            )
        if row.expires <= now:
            return RequestRefused(
                "expired_code",
                f"the code of {row.gateway} was good until {row.expires}, and it is {now} at "
                f"central. {again}",
            )
        return None

    def answer(self) -> EnrolmentAnswer:
        """After `refusal` has found nothing: certify the keys, and register the gateway.

        RequestRefused where the request contradicts itself; nothing is changed then.
        """
        row, request, vouching = self._row, self._request, self._vouching
        assert row is not None  # noqa: S101  # `refusal` has said so
        seal_key = public_key(request.seal_key)
        if not signature_fits(request, seal_key):
            raise RequestRefused("malformed", "the request is not signed by the seal key in it")
        tls = tls_key(request.tls_request)
        if row.used_by is None:
            self._register(row.gateway, forgotten=row.forgotten)
        vouching.refuse_revoked(row.gateway)
        own = self._connection.execute(select(identity.c.city_timezone, identity.c.epoch)).one()
        common = vouching.certified(row.gateway, request.nonce, tls)
        answer = EnrolmentAnswer(
            **msgspec.structs.asdict(common),
            city_timezone=own.city_timezone,
            epoch=own.epoch,
            key_certificate=self._word_for(row.gateway, key_id(seal_key)),
            broker_host=vouching.broker.host,
            broker_port=vouching.broker.port,
            mac="",
        )
        signed = with_signature(answer, vouching.central)
        return with_mac(signed, bytes.fromhex(row.central_key))

    def _register(self, gateway: str, *, forgotten: bool) -> None:
        """The device that the code was for: from here on it is a gateway as any other."""
        connection, request, now = self._connection, self._request, self._vouching.now
        taken = select(gateways.c.name).where(gateways.c.name == gateway)
        if connection.scalar(taken) is not None:
            raise RequestRefused(
                "used_code", f"a gateway {gateway} is enrolled already; invite under another name"
            )
        seal_key, former = public_key(request.seal_key), request.former
        if former is not None and former.gateway != gateway:
            raise RequestRefused(
                "used_code",
                f"this device is gateway {former.gateway}, and the code is for {gateway}. Invite "
                f"it under its own name: takar central invite {former.gateway}",
            )
        if forgotten and former is None:
            raise RequestRefused(
                "used_code",
                f"the code is for the device that {gateway} is already, and this one is new. If "
                f"that one is lost, its litres are: takar central invite {gateway}, without "
                "--forgotten",
            )
        epoch = former.epoch if former is not None else 0
        enrol_gateway(connection, gateway, request.incarnation, now, epoch=epoch)
        try:
            gateway_keys.certify(
                connection, self._vouching.central, gateway, request.incarnation, seal_key, now
            )
        except KeyRefused as error:
            raise RequestRefused("malformed", str(error)) from error
        used = {"used_by": request.seal_key, "incarnation": request.incarnation}
        connection.execute(update(invitations).where(self._this).values(**used))
        reason = f"by code {request.invitation}, with seal key {key_id(seal_key)}"
        decided(connection, f"gateway {gateway} enrolled", by=CENTRAL, reason=reason, now=now)
        log.info(
            "gateway %s is enrolled, seal key %s",
            gateway,
            key_id(seal_key),
            extra={"event": "gateway_enrolled"},
        )

    def _word_for(self, gateway: str, wanted: str) -> KeyStatement:
        """What central says of a gateway's seal key."""
        columns = keys_table.c
        query = select(columns.certificate).where(
            columns.gateway == gateway, columns.key_id == wanted, columns.certificate.is_not(None)
        )
        found = self._connection.scalar(query.order_by(columns.serial.desc()).limit(1))
        if found is None:
            raise RequestRefused("unknown_key", f"key {wanted} of {gateway} seals no more")
        return msgspec.json.decode(found, type=KeyStatement)
