"""The simulated month: what `takar bench split` claims holds for a small city too."""

from dataclasses import replace

import pytest

from benchmarks._month import Month
from mqtt.central.city.generate import City, generate


@pytest.fixture(scope="module")
def city() -> City:
    whole = generate(7, "2026-07")
    return replace(whole, subjects=whole.subjects[::10])


@pytest.mark.parametrize("stations", [2, 3, 5])
@pytest.mark.parametrize("offline_percent", [0, 10, 30])
def test_no_more_fills_are_short_than_with_an_even_split(
    city: City, stations: int, offline_percent: int
) -> None:
    month = Month(city, stations, offline_percent, 11)
    assert month.play("whole") <= month.play("home first") <= month.play("even")


def test_with_links_every_fill_that_the_quota_allows_is_served(city: City) -> None:
    month = Month(city, 3, 0, 11)
    assert len(month.fills) > 400
    assert month.play("whole") == 0
    assert month.play("even") > len(month.fills) // 4


def test_without_any_link_no_reserve_is_kept_in_vain(city: City) -> None:
    month = Month(city, 3, 100, 11)
    assert month.play("whole") == month.play("home first") < month.play("even") // 2


def test_the_same_seed_is_the_same_month(city: City) -> None:
    first, second = (Month(city, 3, 60, 5) for _ in range(2))
    assert first.fills == second.fills
    assert first.play("whole") == second.play("whole") == first.play("whole")
