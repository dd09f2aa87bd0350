"""What is sent and sent again, and which acknowledgements count."""

import msgspec
import pytest

from gateway.core.units import NS_PER_S
from mqtt.batches import check_batch
from mqtt.delivery import (
    BATCH_BYTES,
    FIRST_BYTES,
    WINDOW_AT_MOST,
    WINDOW_MESSAGES,
    Delivery,
    LedgerForked,
)
from mqtt.messages import MAX_ENTRIES, LedgerMessage
from mqtt.payloads import MessageRejected, decode_envelope
from mqtt.seals import Seal, SealInvalid, Signer
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    GATEWAY_RING,
    INCARNATION,
    Log,
)

SIGNER = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)
CENTRAL = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH)
SEAL_BYTES = 500
"""And what else is in a message beside its entries."""


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


def test_a_window_of_messages_goes_ahead_of_acknowledgements() -> None:
    log = ledger(2000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    first = sent(delivery)
    assert len(first) == WINDOW_MESSAGES
    assert delivery.acknowledge(ack(log, first[0][1] - 1), 1) == first[0][1] - 1
    assert sent(delivery) == []
    assert delivery.acknowledge(ack(log, first[1][1]), 2) == first[1][1]
    ahead = sent(delivery)
    assert len(ahead) == 4, "two places free, and two more for two that were in time"
    assert [one[0] for one in ahead] == [before[1] + 1 for before in (first[-1], *ahead[:-1])]


def test_the_window_grows_with_acknowledgements_up_to_a_bound_and_begins_again() -> None:
    log = ledger(40_000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    lengths = []
    for _ in range(5):
        ranges = sent(delivery)
        lengths.append(len(ranges))
        delivery.acknowledge(ack(log, ranges[-1][1]), 0)
    assert lengths == [4, 8, 16, WINDOW_AT_MOST, WINDOW_AT_MOST]
    for begin_again in (delivery.resend, delivery.restart):
        begin_again()
        assert len(sent(delivery)) == WINDOW_MESSAGES


def test_sending_starts_after_what_was_acknowledged_before() -> None:
    log = ledger(10)
    log.acknowledged = 7
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    assert sent(delivery) == [(8, 10)]
    log.stop()
    assert sent(delivery) == [(11, 11)]


def test_large_entries_go_in_smaller_messages() -> None:
    log = Log()
    for _ in range(5):
        log.append("pump.cleared", {"text": "x" * 80_000})
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    messages = [delivery.next_message(0) for _ in range(3)]
    assert max(len(payload or b"") for payload in messages) <= BATCH_BYTES + 1000
    assert all(messages)


def test_overdue_is_sent_again_ever_more_rarely_until_central_moves() -> None:
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    now_ns, waits_s = 0, []
    for _ in range(6):
        assert sent(delivery, now_ns) == [(1, 3)]
        assert delivery.overdue_at_ns is not None
        waits_s.append((delivery.overdue_at_ns - now_ns) // NS_PER_S)
        now_ns = delivery.overdue_at_ns
        delivery.resend()
    assert waits_s == [5, 10, 20, 40, 60, 60]
    assert sent(delivery, now_ns) == [(1, 3)]
    delivery.acknowledge(ack(log, 2), now_ns)
    assert delivery.overdue_at_ns == now_ns + 5 * NS_PER_S
    delivery.acknowledge(ack(log, 3), now_ns)
    assert delivery.overdue_at_ns is None


def test_a_reconnect_sends_everything_unacknowledged_again() -> None:
    log = ledger(250)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    assert sent(delivery)[-1][1] == 250
    delivery.acknowledge(ack(log, 120), 0)
    delivery.went_down()
    delivery.restart()
    again = sent(delivery)
    assert (again[0][0], again[-1][1]) == (121, 250)


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


def test_a_slow_acknowledgement_makes_it_wait_longer_for_the_next() -> None:
    log = ledger(1000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    (_, first), *_ = sent(delivery)
    delivery.acknowledge(ack(log, first), 4 * NS_PER_S)
    assert delivery.overdue_at_ns == (4 + 4 * 4) * NS_PER_S


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
def test_another_history_is_a_fork_and_is_sent_once_a_connection(
    through: int, head: str, detail: str
) -> None:
    log = ledger(3)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    with pytest.raises(LedgerForked, match=detail):
        delivery.acknowledge(CENTRAL.seal("ledger-ack", through, head), 0)
    delivery.restart()
    assert sent(delivery) == [(1, 3)], "so that central sees it too"
    delivery.resend()
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
