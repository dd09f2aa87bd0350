"""A ledger, what is sent of it, and central's acknowledgements."""

from mqtt.batches import check_batch
from mqtt.delivery import (
    Delivery,
)
from mqtt.messages import LedgerMessage
from mqtt.payloads import decode_envelope
from mqtt.seal import Seal
from mqtt.seals import Signer
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    INCARNATION,
    Log,
)

SIGNER = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)
CENTRAL = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)


def ack(log: Log, through: int, signer: Signer = CENTRAL) -> Seal:
    return signer.seal("ledger-ack", through, log.entries[through - 1].hash)


def ledger(entries: int) -> Log:
    log = Log()
    log.stop(entries)
    return log


def sent(delivery: Delivery, now_ns: int = 0) -> list[tuple[int, int]]:
    """First and last sequence of each message that is sent now."""
    ranges = []
    while (payload := delivery.next_message(now_ns)) is not None:
        message = decode_envelope("ledger", payload)
        assert isinstance(message, LedgerMessage)
        check_batch(message.entries, message.seal, f"takar/{GATEWAY}")
        ranges.append((message.entries[0].sequence, message.entries[-1].sequence))
    return ranges
