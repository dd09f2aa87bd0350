"""A central that was restored begins a new epoch: what the link makes of it."""

from typing import Any

import pytest

from gateway.core.units import NS_PER_S
from mqtt.messages import LedgerMessage, Request
from mqtt.payloads import decode, encode
from mqtt.seals import Signer
from mqtt.topics import parse_topic
from tests.mqtt.exchange.gateway import Gateway, acknowledgement, directives
from tests.mqtt.parties import (
    CENTRAL_KEY,
    EPOCH,
    GATEWAY,
    GATEWAY_KEY,
    INCARNATION,
)

NEXT_EPOCH = Signer(CENTRAL_KEY, GATEWAY, INCARNATION, EPOCH + 1)


def epochs_of(gateway: Gateway) -> list[Any]:
    return [one for one in gateway.told if one[0] == "epoch"]


def test_a_new_epoch_is_adopted_and_the_ledger_sent_again_from_what_central_has(
    gateway: Gateway,
) -> None:
    gateway.receive("ledger/ack", acknowledgement())
    gateway.receive_directives(directives(10), 1, 10)
    gateway.sent.clear()
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    assert epochs_of(gateway) == [("epoch", EPOCH + 1, 1)]
    ledger, request = (decode(parse_topic(one.topic)[1], one.payload) for one in gateway.sent)
    assert isinstance(ledger, LedgerMessage)
    assert [entry.sequence for entry in ledger.entries] == [2, 3, 4]
    assert isinstance(request, Request)
    assert (request.from_sequence, request.seal.epoch) == (1, EPOCH + 1)
    gateway.receive("ledger/ack", acknowledgement())
    assert gateway.told[1] == ("ack", 3)
    assert len(epochs_of(gateway)) == 1, "one of an old epoch is stale"


@pytest.mark.parametrize(
    "signer",
    [
        Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH + 1),
        Signer(CENTRAL_KEY, GATEWAY, "0" * 16, EPOCH + 1),
    ],
)
def test_only_centrals_seal_for_this_incarnation_makes_an_epoch_ours(
    gateway: Gateway, signer: Signer
) -> None:
    gateway.receive("ledger/ack", acknowledgement(signer, 1))
    assert epochs_of(gateway) == []


def test_a_new_epoch_with_another_history_is_a_fork(gateway: Gateway) -> None:
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 2, "f" * 64))
    assert epochs_of(gateway) == []
    assert gateway.told[-1][0] == "forked"


def test_an_epoch_that_could_not_be_adopted_is_tried_again(gateway: Gateway) -> None:
    gateway.apply_fails = True
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    gateway.apply_fails = False
    gateway.later(4 * NS_PER_S)
    assert epochs_of(gateway) == []
    gateway.later(NS_PER_S)
    assert epochs_of(gateway) == [("epoch", EPOCH + 1, 1)]


def test_the_new_directives_are_complete_at_the_head_that_came_before_the_epoch(
    gateway: Gateway,
) -> None:
    log = directives(20)
    head = encode(NEXT_EPOCH.seal("directives-head", *log.head()))
    gateway.receive("directives/head", head)
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    gateway.receive_directives(log, 1, 10, NEXT_EPOCH)
    assert "complete" not in gateway.told
    gateway.receive_directives(log, 11, 20, NEXT_EPOCH)
    assert gateway.told[-1] == "complete"


def test_what_central_lacks_and_we_pruned_is_said(gateway: Gateway) -> None:
    gateway.receive("ledger/ack", acknowledgement())
    kept = gateway.ledger.entries[2:]
    gateway.ledger.entries_after = (  # type: ignore[method-assign]
        lambda sequence, limit: [e for e in kept if e.sequence > sequence][:limit]
    )
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 1))
    assert gateway.told[-1] == ("state", False)
    gateway.receive("ledger/ack", acknowledgement(NEXT_EPOCH, 3))
    assert gateway.told[-1] == ("state", True)
