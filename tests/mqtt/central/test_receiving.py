"""How long central gathers messages for one commit."""

from queue import Empty
from typing import Any

import pytest

from mqtt.central.opening import Received
from mqtt.central.receiving import ENOUGH_BYTES, Receipt, Receiving
from tests.mqtt.brokers import Settings

WINDOW_S = 60.0


class Inbox:
    """What has arrived, and how long somebody would have waited for each."""

    def __init__(self) -> None:
        self.there: list[Receipt] = []
        self.waited_s: list[float] = []

    def get(self, *, timeout: float) -> Receipt:
        self.waited_s.append(timeout)
        if not self.there:
            raise Empty
        return self.there.pop(0)


def of(size: int) -> Receipt:
    return Receipt(Received("takar/v1/depot-1/ledger", bytes(size)), 1, 1, 1)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def receiving(inbox: Inbox) -> Receiving:
    made = Receiving(Settings(port=1), on_up=lambda: None, reconnect_s=(1, 1))
    made._inbox = inbox  # type: ignore[assignment]
    return made


def gathered(receiving: Receiving, inbox: Inbox, *sizes: int) -> Any:
    """How many are taken together, and how long the last is waited for."""
    inbox.there = [of(size) for size in sizes]
    group = receiving.gather(1.0, WINDOW_S)
    return len(group), inbox.waited_s[-1]


def test_a_small_message_waits_for_others(receiving: Receiving, inbox: Inbox) -> None:
    taken, waited_s = gathered(receiving, inbox, 400, 400)
    assert taken == 2
    assert WINDOW_S / 2 < waited_s <= WINDOW_S


def test_what_is_worth_a_commit_waits_for_nothing(receiving: Receiving, inbox: Inbox) -> None:
    assert gathered(receiving, inbox, ENOUGH_BYTES - 1, 1, 400) == (3, 0)


def test_the_end_of_a_backlog_waits_for_nothing(receiving: Receiving, inbox: Inbox) -> None:
    gathered(receiving, inbox, ENOUGH_BYTES)
    assert gathered(receiving, inbox, 400) == (1, 0)
    assert gathered(receiving, inbox, 400)[1] > WINDOW_S / 2
