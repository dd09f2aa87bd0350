"""Which acknowledgements count, and which batches are one chain."""

import msgspec
import pytest

from mqtt.batches import check_batch
from mqtt.delivery import (
    Delivery,
    LedgerForked,
)
from mqtt.messages import MAX_ENTRIES
from mqtt.payloads import MessageRejected
from mqtt.seals import SealInvalid, Signer
from tests.mqtt.delivery.sending import CENTRAL, SIGNER, ack, ledger, sent
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    GATEWAY_RING,
    INCARNATION,
)


def test_a_lower_or_repeated_acknowledgement_is_stale() -> None:
    log = ledger(5)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    assert delivery.acknowledge(ack(log, 4), 0) == 4
    assert delivery.acknowledge(ack(log, 4), 0) is None
    assert delivery.acknowledge(ack(log, 2), 0) is None
    assert delivery.acknowledge(CENTRAL.seal("ledger-ack", 0, "0" * 64), 0) is None
    assert sent(delivery) == [(5, 5)]


@pytest.mark.parametrize(
    "signer",
    [
        Signer(CENTRAL_KEY, "depot-2", INCARNATION, EPOCH),
        Signer(CENTRAL_KEY, GATEWAY, "0" * 16, EPOCH),
        Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH + 1),
        Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH),
    ],
    ids=["other gateway", "other incarnation", "other epoch", "our own key"],
)
def test_a_seal_that_is_not_for_us_changes_nothing(signer: Signer) -> None:
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    with pytest.raises(SealInvalid):
        delivery.acknowledge(signer.seal("ledger-ack", 3, "f" * 64), 0)
    with pytest.raises(SealInvalid):
        delivery.acknowledge(msgspec.structs.replace(ack(log, 2), sequence=3), 0)
    assert sent(delivery) == [(1, 3)]


@pytest.mark.parametrize(
    ("through", "head", "detail"),
    [
        (2, "f" * 64, "central's entry 2 has hash ffffffffffffffff…, ours has"),
        (4, "f" * 64, "central acknowledges entry 4, our ledger ends at 3"),
    ],
)
def test_another_history_is_a_fork_and_is_sent_once(through: int, head: str, detail: str) -> None:
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    with pytest.raises(LedgerForked, match=detail):
        delivery.acknowledge(CENTRAL.seal("ledger-ack", through, head), 0)
    assert sent(delivery) == [(1, 3)], "so that central sees it too"
    delivery.resend()
    assert sent(delivery) == []
    delivery.restart()
    assert sent(delivery) == [], "central may have been restored since, and would take it"


def test_a_ledger_that_was_forked_before_this_start_is_not_sent() -> None:
    delivery = Delivery(ledger(3), SIGNER, GATEWAY_RING, forked=True)
    assert sent(delivery) == []


def test_a_forked_ledger_is_not_brought_to_a_restored_central() -> None:
    """Which has forgotten the history that contradicts it, and would put it in its place."""
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    with pytest.raises(LedgerForked):
        delivery.acknowledge(CENTRAL.seal("ledger-ack", 9, "f" * 64), 0)
    restored = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH + 1)
    with pytest.raises(LedgerForked, match="not adopted"):
        delivery.new_epoch(restored.seal("ledger-ack", 2, log.entries[1].hash))
    assert sent(delivery) == []


def test_a_fork_below_what_is_acknowledged_is_a_fork_too() -> None:
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    delivery.acknowledge(ack(log, 3), 0)
    with pytest.raises(LedgerForked):
        delivery.acknowledge(CENTRAL.seal("ledger-ack", 1, "f" * 64), 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sequence": 9}, "expected entry 2, found 9"),
        ({"prevhash": "f" * 64}, "does not carry the hash of the one before"),
        ({"source": "takar/depot-2"}, "is from takar/depot-2, expected takar/depot-1"),
        ({"id": f"{INCARNATION}/3"}, "entry 2 calls itself"),
        ({"time": "2026-01-01T00:00:09.000Z"}, "entry 3 does not carry"),
        ({"data": {"n": 2**53}}, "entry 2 has no canonical form"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_batch_must_be_one_chain(change: dict[str, object], reason: str) -> None:
    log = ledger(3)
    seal = SIGNER.seal("ledger", *log.head())
    entries = list(log.entries)
    entries[1] = msgspec.structs.replace(entries[1], **change)
    with pytest.raises(MessageRejected, match=reason):
        check_batch(entries, seal, f"takar/{GATEWAY}")


def test_a_batch_must_end_at_its_seal() -> None:
    log = ledger(MAX_ENTRIES)
    seal = SIGNER.seal("ledger", *log.head())
    check_batch(log.entries, seal, f"takar/{GATEWAY}")
    with pytest.raises(
        MessageRejected,
        match=rf"sealed at {MAX_ENTRIES} .* but the entries end at {MAX_ENTRIES - 1}",
    ):
        check_batch(log.entries[:-1], seal, f"takar/{GATEWAY}")
