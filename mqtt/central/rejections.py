"""Messages refused whole: logged in one line, counted, and kept to be looked at."""

import logging

from sqlalchemy import Connection, delete, insert, update

from mqtt.central.report_tables import rejected
from mqtt.central.tables import gateways

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
