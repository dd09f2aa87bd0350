"""What is sent ahead of acknowledgements, and sent again."""

from gateway.core.units import NS_PER_S
from mqtt.delivery import (
    BATCH_BYTES,
    WINDOW_AT_MOST,
    WINDOW_MESSAGES,
    Delivery,
)
from tests.mqtt.delivery.sending import SIGNER, ack, ledger, sent
from tests.mqtt.parties import (
    GATEWAY_RING,
    Log,
)


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


def test_a_slow_acknowledgement_makes_it_wait_longer_for_the_next() -> None:
    log = ledger(1000)
    delivery = Delivery(log, SIGNER, GATEWAY_RING)
    (_, first), *_ = sent(delivery)
    delivery.acknowledge(ack(log, first), 4 * NS_PER_S)
    assert delivery.overdue_at_ns == (4 + 4 * 4) * NS_PER_S
