"""Lines in columns: none too wide, nothing lost, nothing but letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.receipt_printer.slip import MOST_CHARACTERS, Line, Pair, Rule, Text, laid_out, plain

texts = st.text(max_size=300)
lines: st.SearchStrategy[Line] = st.one_of(
    st.builds(Text, text=texts, strong=st.booleans()),
    st.builds(Pair, name=texts, value=texts, strong=st.booleans()),
    st.builds(Rule),
)


@given(st.lists(lines, max_size=6), st.sampled_from((32, 42, 48)))
def test_whatever_is_on_it_fits_and_is_printable(given_lines: list[Line], columns: int) -> None:
    for line in laid_out(given_lines, columns):
        assert len(line.text) <= columns
        assert all(" " <= one <= "~" for one in line.text)


@given(st.from_regex(r"[!-~]{1,12}", fullmatch=True), st.from_regex(r"[!-~]{1,60}", fullmatch=True))
def test_a_pair_loses_nothing(name: str, value: str) -> None:
    said = "".join(line.text for line in laid_out([Pair(name, value)], 32))
    assert said.replace(" ", "") == name + value


def test_a_pair_that_is_too_wide_takes_two_lines() -> None:
    found = laid_out([Pair("Petugas", "Maria Magdalena Yohanes Ndolu")], 32)
    assert [line.text for line in found] == ["Petugas", "   Maria Magdalena Yohanes Ndolu"]
    assert laid_out([Pair("a" * 15, "b" * 16)], 32)[0].text == "a" * 15 + " " + "b" * 16
    assert len(laid_out([Pair("a" * 16, "b" * 16)], 32)) == 2


def test_a_text_is_in_the_middle_and_wraps() -> None:
    found = laid_out([Text("SALINAN", strong=True), Text("a " * 30)], 32)
    assert found[0] == ("            SALINAN", True)
    assert [len(line.text) for line in found[1:]] == [31, 29]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("DH 1932 BH", "DH 1932 BH"),
        ("José Ndun\u0303a", "Jose Nduna"),
        ("a\x1b@b", "a?@b"),
        ("\x1bV\x00", "?V?"),
        ("a\r\n\tb", "a b"),
        ("\u202eevil\u2069", "?evil?"),
        ("—‘x’", "-'x'"),
        ("\u00a0\u3000", ""),
        ("注文", "??"),
        ("\x00\x07\x7f\x80\x9b", "?????"),
        ("ﬁ½", "fi1?2"),
    ],
)
def test_only_letters_reach_a_printer(said: str, printed: str) -> None:
    assert plain(said) == printed


def test_a_very_long_text_is_cut() -> None:
    assert len(plain("x" * 100_000)) == MOST_CHARACTERS
