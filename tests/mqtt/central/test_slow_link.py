"""A whole city over 2 kB/s with a cut every ten seconds, and what one changed vehicle costs."""

from random import Random
from typing import Any

import msgspec
import pytest

from gateway.core.allocation import PutCard, PutSubject
from gateway.core.units import NS_PER_S
from gateway.store.directives import applied, empty_tables
from mqtt.central.city.generate import generate
from mqtt.central.directives import append, log_of
from mqtt.connection import Publication
from mqtt.messages import Request
from mqtt.payloads import encode
from mqtt.snapshot import snapshot_of
from tests.mqtt.central.city import NOW, PERIOD, vehicle
from tests.mqtt.central.slow_link import SlowLink


def say(office: Any, *bodies: PutSubject | PutCard) -> list[Any]:
    with office.engine.begin() as connection:
        append(connection, bodies, NOW, only="depot-1")
    with office.engine.connect() as connection:
        return list(log_of(connection, "depot-1"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_city_arrives_in_pieces_that_resume(office: Any, seed: int) -> None:
    city = generate(seed, PERIOD)
    log = say(office, *(one.put for one in city.subjects), *city.cards)
    content = sum(len(msgspec.json.encode(one)) for one in snapshot_of(log).entries)
    link = SlowLink(office, seed)
    link.run(len(log), at_most_s=1800)
    assert link.tables == applied(empty_tables(1), log)
    assert len(link.tables["subjects"]) > 1008
    assert link.cuts > 10
    down, up = link.down.sent_bytes / content, link.up.sent_bytes / content
    print(
        f"{content} bytes of content in {link.now_ns / NS_PER_S:.0f} s with {link.cuts} cuts: "
        f"{down:.2f} times as many came down, {up:.2f} went up"
    )
    assert down < 1.6


def test_what_changes_on_the_way_follows_as_a_tail(office: Any) -> None:
    say(office, *(vehicle(f"dh-{number}-zz") for number in range(300)))
    link = SlowLink(office, 7)
    link.run(1, at_most_s=900)
    log = say(office, *(vehicle(f"dh-{number}-zz") for number in range(300, 310)))
    link.run(len(log), at_most_s=1800)
    assert link.tables == applied(empty_tables(1), log)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_lost_doubled_or_reordered_the_cache_is_what_the_log_says(
    office: Any, seed: int
) -> None:
    random = Random(seed)
    link = SlowLink(office, seed)
    seen: list[Publication] = []

    def disturb(message: Publication) -> list[Publication]:
        """Lose it, or bring it with any that came before, in any order."""
        seen.append(message)
        sent = [message] * random.choice([0, 1, 1, 1, 2])
        sent += random.sample(seen, min(len(seen), random.choice([0, 0, 1, 3])))
        return random.sample(sent, len(sent))

    link.disturb = disturb
    for _ in range(4):
        count = random.choice([1, 5, 120])
        cars = [f"dh-{random.randrange(40)}-zz" for _ in range(count)]
        products = [random.choice([["pertamax"], ["dexlite"]]) for _ in cars]
        log = say(office, *map(vehicle, cars, products))
        # Sometimes it is still under way when more is said.
        link.run(random.choice([len(log) - 100, len(log)]), at_most_s=36_000)
    link.run(len(log), at_most_s=72_000)
    assert link.tables == applied(empty_tables(1), log)
    assert office.row("depot-1").fork is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_backlog_of_a_thousand_sales_arrives(office: Any, seed: int) -> None:
    for _ in range(1000):
        office.first.sell(1)
    content = sum(len(msgspec.json.encode(entry)) for entry in office.first.entries)
    link = SlowLink(office, seed)
    link.deliver(1000, at_most_s=1800)
    assert office.count() == (1000, 1000, 1000)
    assert not office.rejections()
    assert link.cuts > 20
    up, down = link.up.sent_bytes / content, link.down.sent_bytes / content
    print(
        f"{content} bytes of entries in {link.now_ns / NS_PER_S:.0f} s with {link.cuts} cuts: "
        f"{up:.2f} times as many went up, {down:.2f} came down"
    )
    assert up < 2


def cost_of_one_change(office: Any, subjects: int) -> int:
    """Bytes of head, request and answer for one changed vehicle of a city of so many."""
    before = say(office, *(vehicle(f"dh-{number:05}-zz") for number in range(subjects)))[-1]
    say(office, vehicle("dh-00001-zz", ["dexlite"]))
    heads = office.handler().new_heads({})
    (head,) = (one for one in heads if one.topic == "takar/v1/depot-1/directives/head")
    wanted = before.sequence + 1
    seal = office.first.signer.seal("request", wanted, before.hash)
    request = Request(request="directives", from_sequence=wanted, bytes=4096, seal=seal)
    payload = encode(request)
    (answer,) = office.handle(office.first.received("requests", payload))
    return sum(map(len, (head.payload, payload, answer.payload)))


def test_one_changed_vehicle_costs_the_same_in_any_city(make_office: Any, tmp_path: Any) -> None:
    costs = {}
    for subjects in (100, 1008, 10_000):
        folder = tmp_path / str(subjects)
        folder.mkdir()
        office = make_office(folder)
        costs[subjects] = cost_of_one_change(office, subjects)
        office.engine.dispose()
    print(f"bytes for one changed vehicle, by subjects of the city: {costs}")
    # The sequence occurs in head, request (twice with its seal), entry (twice) and seal.
    assert max(costs.values()) - min(costs.values()) <= 6 * 2
