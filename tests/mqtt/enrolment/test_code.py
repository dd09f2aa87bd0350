"""The code: what is typed is what was shown, or it is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mqtt.enrolment.code import (
    ALPHABET,
    Code,
    CodeRefused,
    code_text,
    new_code,
    read_code,
    root_hash,
)

CODES = st.builds(Code, st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))


@given(CODES)
def test_what_is_shown_reads_back(code: Code) -> None:
    text = code_text(code)
    assert [len(group) for group in text.split("-")] == [5] * 7
    assert read_code(text) == code
    typed = text.lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert read_code(f" {typed} ") == code


@given(CODES, st.data())
def test_a_wrong_character_or_two_swapped_ones_are_noticed(code: Code, data: st.DataObject) -> None:
    """One slip in 32,768 passes; none of these, for the examples are always the same."""
    text = code_text(code).replace("-", "")
    at = data.draw(st.integers(0, len(text) - 2))
    wrong = data.draw(st.sampled_from([one for one in ALPHABET if one != text[at]]))
    slips = [text[:at] + wrong + text[at + 1 :]]
    if text[at] != text[at + 1]:
        slips.append(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    for slip in slips:
        with pytest.raises(CodeRefused, match="has a slip"):
            read_code(slip)


@pytest.mark.parametrize(
    ("typed", "why"),
    [("", "found 0"), ("ABCDE-12345", "found 10"), ("U" * 35, "without U, found U")],
)
def test_what_is_no_code_is_said(typed: str, why: str) -> None:
    with pytest.raises(CodeRefused, match=why):
        read_code(typed)


def test_a_code_names_its_root_and_no_code_is_given_twice() -> None:
    root = Ed25519PrivateKey.generate().public_key()
    one, other = new_code(root), new_code(root)
    assert one.root == other.root == root_hash(root)
    assert one.secret != other.secret
    assert root_hash(Ed25519PrivateKey.generate().public_key()) != one.root
