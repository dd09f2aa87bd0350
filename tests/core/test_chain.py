"""One canonical form, one hash: what anybody can compute from the published contract."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.chain import GENESIS, canonical, entry_hash
from gateway.core.units import MAX_SAFE_INTEGER


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    value = {"b": [1, True, None, "é\n"], "a": {"€": "\u0001", "A": 1.5}}
    assert canonical(value) == '{"a":{"A":1.5,"€":"\\u0001"},"b":[1,true,null,"é\\n"]}'.encode()


def test_keys_are_sorted_by_utf_16_units() -> None:
    assert list(json.loads(canonical({"\ue000": 1, "\U00010000": 2}))) == ["\U00010000", "\ue000"]


@pytest.mark.parametrize(
    "value", [MAX_SAFE_INTEGER + 1, -MAX_SAFE_INTEGER - 1, float("nan"), float("inf"), {1: 2}]
)
def test_what_json_cannot_keep_has_no_canonical_form(value: object) -> None:
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical({"value": value})


@pytest.mark.parametrize("value", [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER])
def test_the_largest_integers_are_kept(value: int) -> None:
    assert canonical([value]) == f"[{value}]".encode()


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER - 1, MAX_SAFE_INTEGER + 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(JSON)
def test_every_value_is_written_as_the_reference_does(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError):
        with pytest.raises(ValueError, match="canonical JSON"):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_every_character_is_written_as_the_reference_does() -> None:
    characters = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    assert canonical(characters) == rfc8785.dumps(characters)


@pytest.mark.parametrize("value", [b"x", (1,), {1}, 1.0, "\ud800"])
def test_what_is_not_plain_is_left_to_the_reference(value: object) -> None:
    try:
        expected = rfc8785.dumps({"value": value})  # type: ignore[dict-item]
    except (rfc8785.CanonicalizationError, UnicodeError):
        with pytest.raises(ValueError, match="canonical JSON"):
            canonical({"value": value})
    else:
        assert canonical({"value": value}) == expected


def test_the_hash_covers_every_field_and_no_order() -> None:
    entry = {"sequence": 1, "prevhash": GENESIS, "data": {"x": 1}}
    expected = hashlib.sha256(
        b'{"data":{"x":1},"prevhash":"' + b"0" * 64 + b'","sequence":1}'
    ).hexdigest()
    assert entry_hash(entry) == expected
    assert entry_hash(dict(reversed(entry.items()))) == expected
    for field in entry:
        assert entry_hash(entry | {field: 2}) != expected
