"""Messages refused whole: logged in one line, counted, and kept to be looked at."""

import logging

from sqlalchemy import Connection, delete, insert, select, update

from mqtt.central.report_tables import rejected
from mqtt.central.tables import gateways
from mqtt.keys import Keys
from mqtt.messages import Status
from mqtt.payloads import MessageRejected, decode
from mqtt.seals import SealInvalid, verify
from mqtt.topics import topic_of

log = logging.getLogger(__name__)

KEPT = 1000
KEPT_BYTES = 4096


def reject(
    connection: Connection,
    received: str,
    topic: str,
    payload: bytes,
    *,
    reason: str,
    gateway: str,
    fork: bool,
) -> None:
    """Keep the newest KEPT refused messages, each cut to KEPT_BYTES.

    Counts against the gateway whose topic it came on, if there is one; `fork` marks it so.
    """
    log.warning(
        "rejected a message on %s: %s", topic[:120], reason, extra={"event": "message_rejected"}
    )
    result = connection.execute(
        insert(rejected).values(
            received=received, topic=topic[:200], reason=reason, payload=payload[:KEPT_BYTES]
        )
    )
    (newest,) = result.inserted_primary_key or (0,)
    connection.execute(delete(rejected).where(rejected.c.id <= newest - KEPT))
    values: dict[str, object] = {"rejected": gateways.c.rejected + 1}
    if fork:
        values["fork"] = reason
    connection.execute(update(gateways).where(gateways.c.name == gateway).values(**values))


def take_back_births(connection: Connection, gateway: str, keys: Keys) -> None:
    """A gateway that has changed its key says with the new one that it is there, before its
    ledger has told us of that key: what was refused for that alone is no refusal."""
    of_births = rejected.c.topic == topic_of(gateway, "status")
    rows = connection.execute(select(rejected.c.id, rejected.c.payload).where(of_births))
    proven = [place for place, payload in rows.all() if _is_proven(payload, gateway, keys)]
    if proven:
        connection.execute(delete(rejected).where(rejected.c.id.in_(proven)))
        fewer = gateways.c.rejected - len(proven)
        connection.execute(
            update(gateways).where(gateways.c.name == gateway).values(rejected=fewer)
        )


def _is_proven(payload: bytes, gateway: str, keys: Keys) -> bool:
    try:
        status = decode("status", payload)
        if not isinstance(status, Status):
            return False
        verify(status.seal, keys, type="status", gateway=gateway)
    except (MessageRejected, SealInvalid):
        return False
    return True
