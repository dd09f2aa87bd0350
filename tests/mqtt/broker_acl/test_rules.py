"""What the published access rules refuse, and what they let through, over real TLS.

The broker's own answers prove nothing (it acknowledges what it refuses), so each test looks at
who receives what. A legal message that follows on the same way is the fence: when it has
arrived, what was sent before it will not come any more.
"""

from collections.abc import Callable
from typing import Any

import pytest
from paho.mqtt.client import topic_matches_sub

from mqtt.topics import KINDS, Kind, topic_of

A, B, CENTRAL = "depot-a", "depot-b", "central"
SAID_BY_GATEWAY: list[Kind] = ["status", "ledger", "requests", "live"]
TOLD_BY_CENTRAL: list[Kind] = ["ledger/ack", "directives", "directives/head", "keys"]
assert sorted(SAID_BY_GATEWAY + TOLD_BY_CENTRAL) == sorted(KINDS)

NOT_TO_PUBLISH = [
    *(f"takar/v1/{B}/{kind}" for kind in KINDS),
    *(f"takar/v1/{A}/{kind}" for kind in TOLD_BY_CENTRAL),
    *(f"takar/v1/{CENTRAL}/{kind}" for kind in KINDS),
    f"takar/v1/{A}/ledger/other",
    f"takar/v1/{A}",
    "takar/v1/status",
]
NOT_TO_READ = [
    *(f"takar/v1/{B}/{kind}" for kind in KINDS),
    *(f"takar/v1/{A}/{kind}" for kind in SAID_BY_GATEWAY),
    f"takar/v1/{B}/#",
    "takar/v1/+/ledger",
    "takar/v1/+/ledger/ack",
    "takar/v1/+/+",
    "takar/v1/+/directives/+",
    "takar/#",
    "+/+/+/+",
    "#",
    "$share/all/takar/v1/#",
]


@pytest.mark.parametrize("kind", SAID_BY_GATEWAY)
def test_a_gateway_says_what_is_its_own(depot_a: Any, central: Any, kind: Any) -> None:
    topic = topic_of(A, kind)
    assert central.hears(depot_a.publish(topic)) == topic


@pytest.mark.parametrize("kind", TOLD_BY_CENTRAL)
def test_a_gateway_hears_what_is_its_own(depot_a: Any, central: Any, kind: Any) -> None:
    topic = topic_of(A, kind)
    depot_a.subscribe(topic)
    assert depot_a.hears(central.publish(topic)) == topic


@pytest.mark.parametrize("retain", [False, True], ids=["passing", "retained"])
@pytest.mark.parametrize("topic", NOT_TO_PUBLISH)
def test_what_a_gateway_may_not_publish(
    depot_a: Any, central: Any, topic: str, retain: bool
) -> None:
    refused = depot_a.publish(topic, retain=retain)
    central.hears(depot_a.publish(topic_of(A, "live")))
    assert refused not in [payload for _, payload in central.heard]


def test_a_refused_retained_message_replaces_nothing(
    depot_a: Any, depot_b: Any, central: Any
) -> None:
    """What a late reader gets is what the owner left there; not even a deletion comes through."""
    topic = topic_of(B, "status")
    left = depot_b.publish(topic, retain=True)
    central.hears(left)
    depot_a.publish(topic, retain=True)
    depot_a.client.publish(topic, b"", 1, retain=True)
    central.hears(depot_a.publish(topic_of(A, "live")))
    before = len(central.heard)
    central.subscribe(topic)  # once more: the broker sends what is retained again
    central.hears(depot_a.publish(topic_of(A, "live")))
    assert (topic, left) in central.heard[before:]
    assert [heard for heard in central.heard[before:] if heard[0] == topic] == [(topic, left)]


@pytest.mark.parametrize("wanted", NOT_TO_READ)
def test_what_a_gateway_may_not_read(depot_a: Any, depot_b: Any, central: Any, wanted: str) -> None:
    """All seven kinds are really delivered to those who may read them, and none to A."""
    depot_b.subscribe(*(topic_of(B, kind) for kind in TOLD_BY_CENTRAL))
    depot_a.subscribe(topic_of(A, "directives"))
    left = depot_b.publish(topic_of(B, "status"), retain=True)
    central.hears(left)

    depot_a.subscribe(wanted)
    said = [depot_b.publish(topic_of(B, kind)) for kind in SAID_BY_GATEWAY]
    said += [depot_a.publish(topic_of(A, kind)) for kind in SAID_BY_GATEWAY]
    told = [central.publish(topic_of(B, kind)) for kind in TOLD_BY_CENTRAL]
    for payload in said:
        central.hears(payload)
    for payload in told:
        depot_b.hears(payload)
    depot_a.hears(central.publish(topic_of(A, "directives")))

    heard = {payload for _, payload in depot_a.heard}
    assert not heard & {left, *said, *told}
    depot_a.client.unsubscribe(wanted)


def test_a_last_will_is_under_the_same_rules(city: Any, depot_b: Any, central: Any) -> None:
    """Both die in the same way; the broker says the one's last word and not the other's."""
    forger = city.join(A, will=(topic_of(B, "status"), b"depot-b has died"))
    forger.vanish()
    city.join(A, will=(topic_of(A, "status"), b"depot-a has died")).vanish()
    central.hears(b"depot-a has died")
    assert b"depot-b has died" not in [payload for _, payload in central.heard]
    city.parties.pop(A, None)


@pytest.mark.parametrize(
    "claim",
    [{"client_id": B}, {"username": B}, {"client_id": B, "username": B}, {"username": CENTRAL}],
    ids=["client id", "user name", "both", "central's"],
)
def test_only_the_certificate_is_a_name(
    city: Any, depot_b: Any, central: Any, claim: dict[str, str]
) -> None:
    """Whatever name A gives, it is A still: it neither speaks for B nor ends B's session."""
    depot_b.subscribe(topic_of(B, "directives"))
    dropped = depot_b.dropped
    false_b = city.join(A, **claim)
    false_b.subscribe(topic_of(B, "directives"), topic_of(A, "directives"))
    refused = false_b.publish(topic_of(B, "ledger"))
    assert central.hears(false_b.publish(topic_of(A, "ledger"))) == topic_of(A, "ledger")
    meant_for_b = central.publish(topic_of(B, "directives"))
    depot_b.hears(meant_for_b)
    false_b.hears(central.publish(topic_of(A, "directives")))
    assert refused not in [payload for _, payload in central.heard]
    assert meant_for_b not in [payload for _, payload in false_b.heard]
    assert depot_b.dropped == dropped
    city.parties.pop(A, None)


def test_the_tests_would_see_what_is_let_through(start_city: Callable[..., Any]) -> None:
    """The control: with rules that allow all, the same looks find the forbidden messages."""
    open_city = start_city("5", "pattern readwrite #\n")
    central, depot_a, depot_b = (open_city.party(name) for name in (CENTRAL, A, B))
    for topic in NOT_TO_PUBLISH:
        assert central.hears(depot_a.publish(topic)) == topic
    for wanted in NOT_TO_READ:
        depot_a.subscribe(wanted)
        ours = [topic_of(A, kind) for kind in SAID_BY_GATEWAY]
        for topic in ours if wanted in ours else [topic_of(B, kind) for kind in KINDS]:
            if _fits(wanted, topic):
                assert depot_a.hears(depot_b.publish(topic)) == topic
        depot_a.client.unsubscribe(wanted)


def _fits(wanted: str, topic: str) -> bool:
    return topic_matches_sub(wanted.removeprefix("$share/all/"), topic)
