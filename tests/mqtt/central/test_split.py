"""The split's bounds, searched; and that it does what its reasoning says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt.central.split import Place, Split, split

PLACES = st.lists(
    st.builds(
        Place,
        gateway=st.sampled_from("abcdef"),
        taken_ml=st.integers(0, 2_000_000) | st.just(0),
        online_permille=st.integers(0, 1000),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda place: place.gateway,
)
QUOTA_ML = st.integers(0, 300_000) | st.integers(0, 2**53 - 1)
FILL_ML = st.integers(0, 100_000)


@given(QUOTA_ML, PLACES, FILL_ML)
def test_what_is_granted_and_kept_is_the_quota(
    quota_ml: int, places: list[Place], fill_ml: int
) -> None:
    made = split(quota_ml, places, fill_ml)
    assert list(made.first_ml) == [place.gateway for place in places]
    assert sum(made.first_ml.values()) + made.reserve_ml == quota_ml
    assert min(*made.first_ml.values(), made.reserve_ml) >= 0


@given(QUOTA_ML, PLACES, FILL_ML)
def test_home_gets_most_where_links_are_alike(
    quota_ml: int, places: list[Place], fill_ml: int
) -> None:
    alike = [Place(place.gateway, place.taken_ml, 500) for place in places]
    home = max(alike, key=lambda place: place.taken_ml)
    made = split(quota_ml, alike, fill_ml)
    assert made.first_ml[home.gateway] >= max(made.first_ml.values()) - len(places)


@given(QUOTA_ML, PLACES, FILL_ML)
def test_nothing_is_kept_from_gateways_that_never_have_a_link(
    quota_ml: int, places: list[Place], fill_ml: int
) -> None:
    cut_off = [Place(place.gateway, place.taken_ml, 0) for place in places]
    assert split(quota_ml, cut_off, fill_ml).reserve_ml == 0


@given(QUOTA_ML, PLACES, FILL_ML)
def test_without_a_past_links_alone_make_a_difference(
    quota_ml: int, places: list[Place], fill_ml: int
) -> None:
    new = [Place(place.gateway) for place in places]
    volumes_ml = list(split(quota_ml, new, fill_ml).first_ml.values())
    assert max(volumes_ml) - min(volumes_ml) <= 2 * len(new)


def test_a_part_that_makes_no_half_fill_is_not_granted() -> None:
    places = [Place("home", 90_000, 1000), Place("near", 25_000, 1000), Place("far", 1_000, 1000)]
    made = split(60_000, places, 10_000)
    assert made.first_ml["far"] == 0
    assert made.first_ml["near"] > 5_000
    assert made.first_ml["home"] > made.first_ml["near"]
    assert made.reserve_ml > 60_000 * 0.3


def test_who_is_offline_more_keeps_more_of_its_part() -> None:
    places = [Place("linked", 50_000, 1000), Place("cut-off", 50_000, 100)]
    made = split(60_000, places, 10_000)
    assert made.first_ml["cut-off"] > made.first_ml["linked"] + 7_000


def test_a_single_gateway_gets_everything() -> None:
    assert split(40_000, [Place("only", 0, 1000)], 10_000) == Split({"only": 40_000}, 0)


@pytest.mark.parametrize(
    ("quota_ml", "places", "fill_ml"),
    [
        (1, [], 1),
        (1, [Place("a"), Place("a")], 1),
        (-1, [Place("a")], 1),
        (1, [Place("a")], -1),
        (1, [Place("a", -1)], 1),
        (1, [Place("a", 0, 1001)], 1),
    ],
)
def test_a_split_that_cannot_be_is_refused(
    quota_ml: int, places: list[Place], fill_ml: int
) -> None:
    with pytest.raises(ValueError, match=r"cannot split|permille"):
        split(quota_ml, places, fill_ml)
