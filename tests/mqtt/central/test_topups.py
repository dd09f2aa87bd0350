"""What an answer to a request may give and call back, searched; and its reasoning, shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtt.central.topups import USEFUL_ML, Answer, OpenGrant, answer, give_back_ml

GRANTS = st.lists(
    st.builds(
        OpenGrant,
        gateway=st.sampled_from(["asker", "b", "c"]),
        grant_no=st.integers(1, 50),
        idle_ml=st.integers(0, 40_000),
        online=st.booleans(),
        recalled=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda grant: (grant.gateway, grant.grant_no),
)
VOLUME_ML = st.integers(0, 60_000)


def held(gateway: str, idle_ml: int, *, online: bool = True, recalled: bool = False) -> OpenGrant:
    return OpenGrant(gateway, 7, idle_ml, online, recalled)


@given(VOLUME_ML, VOLUME_ML, GRANTS)
def test_no_more_is_given_than_is_wanted_and_there(
    wanted_ml: int, reserve_ml: int, grants: list[OpenGrant]
) -> None:
    given_ml = answer(wanted_ml, "asker", reserve_ml, grants).give_ml
    assert given_ml is None or 0 <= given_ml <= min(wanted_ml, reserve_ml)


@given(VOLUME_ML, VOLUME_ML, GRANTS)
def test_only_what_helps_is_recalled_and_only_once(
    wanted_ml: int, reserve_ml: int, grants: list[OpenGrant]
) -> None:
    recall = answer(wanted_ml, "asker", reserve_ml, grants).recall
    assert all(one.gateway != "asker" and one.idle_ml and not one.recalled for one in recall)
    assert recall == () or wanted_ml > reserve_ml
    without_last = reserve_ml + sum(one.idle_ml for one in recall[:-1])
    assert recall == () or without_last < wanted_ml


@given(VOLUME_ML, VOLUME_ML, GRANTS)
def test_it_waits_only_for_litres_that_can_come(
    wanted_ml: int, reserve_ml: int, grants: list[OpenGrant]
) -> None:
    found = answer(wanted_ml, "asker", reserve_ml, grants)
    if found.give_ml is None:
        assert any(one.gateway != "asker" and one.idle_ml for one in grants)
        assert any(one.recalled for one in grants) or found.recall


def test_the_reserve_is_enough() -> None:
    assert answer(20_000, "a", 20_000, [held("b", 9_000)]) == Answer(20_000, ())


def test_a_short_reserve_is_given_at_once_and_the_rest_called_back() -> None:
    idle = held("b", 9_000)
    assert answer(20_000, "a", USEFUL_ML, [idle]) == Answer(USEFUL_ML, (idle,))


def test_a_useless_rest_waits_for_more() -> None:
    idle = held("b", 9_000)
    assert answer(20_000, "a", USEFUL_ML - 1, [idle]) == Answer(None, (idle,))
    called = held("b", 9_000, recalled=True)
    assert answer(20_000, "a", 0, [called]) == Answer(None, ())


def test_nothing_left_is_said() -> None:
    assert answer(20_000, "a", 0, [held("a", 5_000)]) == Answer(0, ())
    assert answer(20_000, "a", 700, []) == Answer(700, ())


def test_those_with_a_link_are_called_first_and_no_more_than_needed() -> None:
    near, small, cut_off = (
        held("b", 12_000),
        held("c", 5_000),
        held("d", 30_000, online=False),
    )
    assert answer(10_000, "a", 0, [cut_off, small, near]).recall == (near,)
    assert answer(16_000, "a", 0, [cut_off, small, near]).recall == (near, small)
    assert answer(20_000, "a", 0, [cut_off, small, near]).recall == (near, small, cut_off)


def test_what_an_offline_gateway_was_asked_for_is_not_counted_on() -> None:
    awaited = held("c", 30_000, online=False, recalled=True)
    near = held("b", 12_000)
    assert answer(10_000, "a", 0, [awaited, near]).recall == (near,)


def test_negative_volumes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot give"):
        answer(-1, "a", 0, [])


@given(VOLUME_ML, VOLUME_ML, VOLUME_ML)
def test_no_more_goes_back_than_came_and_is_there(
    returned_ml: int, reserve_ml: int, short_ml: int
) -> None:
    back_ml = give_back_ml(returned_ml, reserve_ml, short_ml)
    assert back_ml == 0 or USEFUL_ML <= back_ml <= min(returned_ml, reserve_ml - short_ml)


def test_what_others_still_want_is_kept_for_them() -> None:
    assert give_back_ml(17_000, 17_000, 0) == 17_000
    assert give_back_ml(17_000, 17_000, 12_000) == 5_000
    assert give_back_ml(17_000, 17_000, 16_000) == 0
