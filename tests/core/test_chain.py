"""One canonical form, one hash: what anybody can compute from the published contract."""

import hashlib
import json

import pytest

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


def test_the_hash_covers_every_field_and_no_order() -> None:
    entry = {"sequence": 1, "prevhash": GENESIS, "data": {"x": 1}}
    expected = hashlib.sha256(
        b'{"data":{"x":1},"prevhash":"' + b"0" * 64 + b'","sequence":1}'
    ).hexdigest()
    assert entry_hash(entry) == expected
    assert entry_hash(dict(reversed(entry.items()))) == expected
    for field in entry:
        assert entry_hash(entry | {field: 2}) != expected
