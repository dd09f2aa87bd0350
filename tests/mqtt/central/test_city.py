"""The model city has the real one's totals, and is the same for the same seed."""

import re
from collections import Counter

import msgspec
import pytest

from gateway.core.units import amount_idr
from mqtt.central.city.generate import City, generate

MONTHS = 12


@pytest.fixture(scope="module", params=[1, 7, 2026])
def city(request: pytest.FixtureRequest) -> City:
    return generate(request.param, "2026-07")


def test_the_same_seed_gives_the_same_city() -> None:
    assert generate(5, "2026-07") == generate(5, "2026-07")
    assert generate(5, "2026-07").cards != generate(6, "2026-07").cards


def test_totals(city: City) -> None:
    assert (len(city.departments), len(city.subjects)) == (43, 1008)
    assert 8_000_000_000 < sum(one.budget_idr for one in city.departments) < 8_200_000_000
    motorcycles = sum(one.put.vehicle == "motorcycle" for one in city.subjects)
    assert motorcycles == 524
    assert {one.put.vehicle for one in city.subjects} == {
        "motorcycle",
        "car",
        "truck",
        "genset",
        "machine",
        "container",
    }


def test_a_years_quotas_fit_each_budget_and_nearly_use_it(city: City) -> None:
    price = {one.product: one.price_idr_per_l for one in city.prices}
    cost: Counter[str] = Counter()
    for one in city.subjects:
        dearest = max(price[product] for product in one.put.products)
        cost[one.put.department] += MONTHS * amount_idr(one.quota_ml, dearest)
    for department in city.departments:
        cost[department.name] += MONTHS * amount_idr(department.emergency_ml, max(price.values()))
        assert 0.9 * department.budget_idr < cost[department.name] <= department.budget_idr


def test_everything_keeps_the_contracts_bounds(city: City) -> None:
    for one in (*(s.put for s in city.subjects), *city.cards, *city.prices, city.policy):
        assert msgspec.convert(msgspec.to_builtins(one), type(one)) == one
    assert all(one.quota_ml > 0 for one in city.subjects)


def test_plates_and_uids_are_unique(city: City) -> None:
    plates = [one.put.plate for one in city.subjects]
    assert len(set(plates)) == len({one.put.subject for one in city.subjects}) == 1008
    wheeled = [
        one.put for one in city.subjects if one.put.vehicle in ("motorcycle", "car", "truck")
    ]
    assert all(re.fullmatch(r"DH \d{4} [A-Z]{2}", put.plate) for put in wheeled)
    uids = [card.uid for card in city.cards]
    assert len(set(uids)) == len(uids)
    lengths = Counter(len(uid) // 2 for uid in uids)
    assert set(lengths) == {4, 7}
    assert lengths[7] > 4 * lengths[4]


def test_no_uid_looks_like_a_cascade_tag_or_a_random_id(city: City) -> None:
    for uid in (bytes.fromhex(card.uid) for card in city.cards):
        assert uid[0] not in (0x08, 0x88)
        assert len(uid) == 4 or (uid[0] == 0x04 and uid[3] != 0x88)


def test_some_are_blocked_replaced_and_lost(city: City) -> None:
    assert sum(one.put.blocked for one in city.subjects) == 20
    status = Counter(card.status for card in city.cards if card.card == "vehicle")
    assert status == {"active": 1002, "replaced": 30, "lost": 6}
    replaced = {card.holder for card in city.cards if card.status == "replaced"}
    active = {card.holder for card in city.cards if card.status == "active"}
    assert replaced <= active


def test_only_listed_classes_may_take_subsidised_fuel(city: City) -> None:
    subsidised = {one.product for one in city.prices if one.subsidised}
    for one in city.subjects:
        assert bool(subsidised & set(one.put.products)) == one.put.subsidy_allowed
    assert {"damkar", "dlhk", "dinkes"} <= {
        one.put.department for one in city.subjects if one.put.subsidy_allowed
    }


def test_departments_with_ambulances_or_fire_engines_have_an_emergency_quota(city: City) -> None:
    own_ml: Counter[str] = Counter()
    for one in city.subjects:
        if one.put.emergency:
            own_ml[one.put.department] += one.quota_ml
    assert {"dinkes", "rsud", "damkar"} <= set(own_ml)
    for department in city.departments:
        assert abs(department.emergency_ml - own_ml[department.name] // 2) <= 12
    assert city.override_ml == 100_000


def test_people_have_cards(city: City) -> None:
    kinds = {card.card for card in city.cards}
    assert kinds == {"vehicle", "driver", "attendant", "supervisor", "technician"}
