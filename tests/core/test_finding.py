"""A receipt's code: what it is made of, and what a person may make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.finding import ALPHABET, FindingCode, check_of, finding_code, read_code
from gateway.core.units import MAX_SAFE_INTEGER

HASH = "9e3f00ff" + "0" * 56

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
sequences = st.integers(1, MAX_SAFE_INTEGER)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


def test_the_check_is_the_first_25_bits_of_the_hash() -> None:
    # 9e3f00ff = 10011 11000 11111 10000 00001 1111111
    assert check_of(HASH) == "KRZG1"
    assert str(finding_code("kupang-01", 1234, HASH)) == "kupang-01-1234-KRZG1"
    assert check_of("f" * 64) == "ZZZZZ"
    assert check_of("0" * 64) == "00000"


@given(names, sequences, hashes)
def test_what_is_printed_reads_back(name: str, sequence: int, entry_hash: str) -> None:
    code = finding_code(name, sequence, entry_hash)
    read = read_code(str(code))
    assert read == code
    assert read.fits(entry_hash)


@pytest.mark.parametrize(
    "typed",
    [
        "kupang-01-1234-KRZG1",
        " KUPANG-01-1234-krzg1\n",
        "kupang-01 1234 KRZGl",
        "Kupang-01/1234/KRZGI",
        "kupang-01 - 1234 - krzg1",
    ],
)
def test_it_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == FindingCode("kupang-01", 1234, "KRZG1")


def test_o_is_zero() -> None:
    assert read_code("depot-7-ooooo").fits("0" * 64)


@pytest.mark.parametrize("place", range(5))
def test_one_wrong_character_does_not_fit(place: int) -> None:
    check = check_of(HASH)
    for other in set(ALPHABET) - {check[place]}:
        wrong = check[:place] + other + check[place + 1 :]
        assert not read_code(f"kupang-01-1234-{wrong}").fits(HASH)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1234-KRZG1",
        "kupang-01-1234",
        "kupang-01-1234-KRZG",
        "kupang-01-1234-KRZG11",
        "kupang-01-0-KRZG1",
        "kupang-01-9007199254740992-KRZG1",
        "kupang-01--KRZG1",
        "kupang 01-1234-KR ZG1",
        "'; DROP TABLE entries; --",
        "kupang-01-\u0661\u0662-KRZG1",
        "x" * 10_000,
    ],
)
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match="such as kupang-01-1234-K7Q2M") as refused:
        read_code(typed)
    assert len(str(refused.value)) < 300
