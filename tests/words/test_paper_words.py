"""Words on paper: in both languages, all used, and none of them the console's too."""

import re
from pathlib import Path
from typing import get_args

import pytest

import gateway.console
import gateway.paper
from gateway.core.facts import OverrideReason
from gateway.words import LANGUAGES, catalogue
from tests.words.test_words import fields

BOOK = "paper"
LONGEST = 75


def test_both_languages_say_the_same_things_with_the_same_fields() -> None:
    first, second = (catalogue(language, BOOK) for language in LANGUAGES)
    assert list(first) == list(second), "in the same order, for whoever translates"
    assert {code: fields(text) for code, text in first.items()} == {
        code: fields(text) for code, text in second.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_is_empty_or_too_long(language: str) -> None:
    for code, text in catalogue(language, BOOK).items():
        assert text.strip() == text != "", code
        assert len(text) <= LONGEST, (code, len(text))


def test_all_are_used_and_all_that_are_used_are_there() -> None:
    paper = Path(gateway.paper.__file__).parent
    console = Path(gateway.console.__file__).parent
    files = [*paper.glob("*.py"), *console.rglob("*.py"), *console.rglob("*.html")]
    text = "\n".join(file.read_text() for file in files)
    codes = set(catalogue("id", BOOK))
    assert {f"reason_{reason}" for reason in get_args(OverrideReason)} <= set(
        catalogue("id", "console")
    )
    assert codes - set(re.findall(r'["\'](\w+)["\']', text)) == set()
    said = {
        code
        for file in paper.glob("*.py")
        for code in re.findall(r'\bt\(\s*"(\w+)"', file.read_text())
    }
    assert said <= codes | set(catalogue("id", "console"))
    assert codes & (set(catalogue("id", "console")) | set(catalogue("id"))) == set()
