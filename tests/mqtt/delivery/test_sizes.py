"""How long messages are: longer while all is well, shorter after each cut."""

from mqtt.delivery import (
    FIRST_BYTES,
    WINDOW_MESSAGES,
    Delivery,
)
from mqtt.messages import LedgerMessage
from mqtt.payloads import decode_envelope
from tests.mqtt.delivery.sending import SIGNER, ack, ledger, sent
from tests.mqtt.parties import (
    GATEWAY_RING,
    Log,
)

SEAL_BYTES = 500
"""And what else is in a message beside its entries."""


def longest(log: Log, delivery: Delivery) -> int:
    """Bytes of the longest message that is sent now; all of them are then acknowledged."""
    payloads = []
    while (payload := delivery.next_message(0)) is not None:
        payloads.append(payload)
    message = decode_envelope("ledger", payloads[-1])
    assert isinstance(message, LedgerMessage)
    delivery.acknowledge(ack(log, message.seal.sequence), 0)
    return max(map(len, payloads))


def cut_off(delivery: Delivery) -> None:
    """The connection ends with messages on the way, and comes back."""
    assert sent(delivery)
    delivery.went_down()
    delivery.restart()


def test_messages_double_while_all_is_well() -> None:
    log = ledger(3000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    first = longest(log, delivery)
    assert 0.9 * FIRST_BYTES < first < FIRST_BYTES + SEAL_BYTES
    assert longest(log, delivery) > 1.9 * first, "four came through, of at most 400 entries each"


def test_a_cut_halves_the_messages_and_they_grow_again_slowly() -> None:
    log = ledger(1000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    cut_off(delivery)
    cut_off(delivery)
    after_cuts = longest(log, delivery)
    assert 0.8 * FIRST_BYTES / 4 < after_cuts < FIRST_BYTES / 4 + SEAL_BYTES
    grown = FIRST_BYTES / 4 * 1.2**WINDOW_MESSAGES
    assert 0.8 * grown < longest(log, delivery) < grown + SEAL_BYTES


def test_however_often_it_is_cut_one_entry_is_sent_at_least() -> None:
    log = Log()
    for _ in range(5):
        log.append("pump.cleared", {"text": "x" * 2000})
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    for _ in range(20):
        cut_off(delivery)
    assert sent(delivery) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_cut_while_nothing_is_on_the_way_changes_nothing() -> None:
    log = ledger(1000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    delivery.went_down()
    delivery.restart()
    assert longest(log, delivery) > 0.9 * FIRST_BYTES


def test_what_is_late_is_repeated_in_smaller_messages() -> None:
    log = ledger(1000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    assert sent(delivery)
    delivery.resend()
    assert 0.8 * FIRST_BYTES / 2 < longest(log, delivery) < FIRST_BYTES / 2 + SEAL_BYTES
