"""An entry's line is taken in canonical form alone, whatever way it is read."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.audit.parse import BadLine, HashedEntry, parse
from gateway.core.chain import canonical
from gateway.core.units import MAX_SAFE_INTEGER
from tests.gateway.store.samples import TIME

NESTED: Any = {"seven": 1}
for _ in range(6):
    NESTED = [NESTED]

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER - 2, MAX_SAFE_INTEGER + 2)
    | st.sampled_from([2**63 - 1, 2**64, -(2**64), 1.0, 1.5, 1e16, -0.0])
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


def body_of(data: object, *, spaces: bool = False, ascii_only: bool = False) -> bytes:
    """As Python's own writer has it, which is the canonical form of most values."""
    entry = {
        "id": "00112233445566aa/1",
        "source": "takar/gateway",
        "type": "sale.completed",
        "time": TIME,
        "data": data,
        "sequence": 1,
        "prevhash": "0" * 64,
    }
    separators = (", ", ": ") if spaces else (",", ":")
    text = json.dumps(entry, sort_keys=True, separators=separators, ensure_ascii=ascii_only)
    return text.encode()


@given(st.dictionaries(st.text(max_size=3), VALUES), st.booleans(), st.booleans())
@example({"\ue000": 1, "\U00010000": 2}, False, False)
@example({"a": MAX_SAFE_INTEGER + 1}, False, False)
@example({"a": 1.0}, False, False)
@example({"a": 1e16}, False, False)
@example({"a": NESTED}, False, False)
@example({"a": 1}, True, False)
@example({"a": "é"}, False, True)
def test_an_entry_is_taken_where_it_is_in_canonical_form(
    data: dict[str, Any], spaces: bool, ascii_only: bool
) -> None:
    body = body_of(data, spaces=spaces, ascii_only=ascii_only)
    try:
        expected = canonical(json.loads(body)) == body
    except ValueError:
        expected = False
    line = b'{"entry":' + body + b"}"
    if not expected:
        with pytest.raises(BadLine):
            parse(line)
        return
    said = parse(line)
    assert isinstance(said, HashedEntry)
    assert said.why == ""
    assert (said.entry.data, said.hash) == (data, hashlib.sha256(body).hexdigest())


def test_a_name_twice_is_no_canonical_form() -> None:
    body = body_of({"a": 1}).replace(b'{"a":1}', b'{"a":1,"a":1}')
    with pytest.raises(BadLine, match="canonical"):
        parse(b'{"entry":' + body + b"}")
