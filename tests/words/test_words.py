"""Every code has words in both languages, and quantities read the Indonesian way."""

import string
import textwrap

import pytest

from gateway.core.reasons import Fault, Reason, Status
from gateway.words import LANGUAGES, catalogue, litres, rupiah, say

CODES: list[Status | Reason | Fault] = [*Status, *Reason, *Fault]
LINES, COLUMNS = 2, 20
KNOWN = {"remaining": "38,5 L", "until": "30 November", "time": "14:20"}


def fields(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_with_the_same_fields_in_both_languages(code: str) -> None:
    sentences = [catalogue(language)[code] for language in LANGUAGES]
    assert all(sentence.strip() == sentence != "" for sentence in sentences)
    first, *others = [fields(sentence) for sentence in sentences]
    assert all(other == first for other in others)
    assert first <= set(KNOWN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_left_without_a_code(language: str) -> None:
    assert set(catalogue(language)) == {code.value for code in CODES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_sentence_can_be_said_and_fits_a_small_display(code: str, language: str) -> None:
    said = say(code, language, **KNOWN)
    assert "{" not in said
    assert len(textwrap.wrap(said, COLUMNS, break_long_words=False)) <= LINES
    assert max(map(len, said.split())) <= COLUMNS


def test_indonesian_comes_first() -> None:
    assert say("quota_exhausted") == "Kuota habis"
    assert say("authorised", remaining="38,5 L") == "Silakan isi, sisa 38,5 L"


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="'tet'; there are id, en"):
        say("ready", "tet")


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_code"):
        say("no_such_code")


@pytest.mark.parametrize(
    ("volume_ml", "decimals", "text"),
    [
        (0, 2, "0,00 L"),
        (1, 2, "0,00 L"),
        (9, 2, "0,00 L"),
        (10, 2, "0,01 L"),
        (999, 2, "0,99 L"),
        (999, 3, "0,999 L"),
        (999, 1, "0,9 L"),
        (999, 0, "0 L"),
        (1000, 0, "1 L"),
        (1000, 2, "1,00 L"),
        (38_500, 2, "38,50 L"),
        (999_999, 2, "999,99 L"),
        (1_000_000, 2, "1.000,00 L"),
        (1_234_567_890, 1, "1.234.567,8 L"),
        (-1, 3, "-0,001 L"),
        (-1500, 2, "-1,50 L"),
        (-1_000_000, 1, "-1.000,0 L"),
    ],
)
def test_litres(volume_ml: int, decimals: int, text: str) -> None:
    assert litres(volume_ml, decimals) == text


def test_litres_in_english() -> None:
    assert litres(1_234_567, 2, "en") == "1,234.56 L"
    assert litres(-38_500, 1, "en") == "-38.5 L"
    assert litres(999, 0, "en") == "0 L"


@pytest.mark.parametrize(
    ("amount_idr", "text"),
    [
        (0, "Rp 0"),
        (999, "Rp 999"),
        (1000, "Rp 1.000"),
        (1_250_000, "Rp 1.250.000"),
        (8_000_000_000, "Rp 8.000.000.000"),
        (-12_900, "Rp -12.900"),
    ],
)
def test_rupiah(amount_idr: int, text: str) -> None:
    assert rupiah(amount_idr) == text
