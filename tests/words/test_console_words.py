"""The console's sentences: in both languages, all used, none too long for its place."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

import gateway.console
from gateway.console import declared, meter, override, preset, shift, voucher
from gateway.console.form import Form
from gateway.core.facts import OverrideReason
from gateway.core.reasons import Fault, Reason
from gateway.runtime.refusals import Refusal
from gateway.words import LANGUAGES, catalogue

CONSOLE = Path(gateway.console.__file__).parent
BOOK = "console"
FORMS = (declared, meter, override, preset, shift, voucher)
LONGEST = 90
LONGEST_ADVICE = 55
"""Read from two metres, in two lines."""
MADE = ("state_", "advice_", "do_", "ended_", "reason_", "field_", "why_")
"""Codes that are put together from one of the core's or a form's."""


def fields(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


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
        longest = LONGEST_ADVICE if code.startswith("advice_") else LONGEST
        assert len(text) <= longest, (code, len(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_refused_or_wrong_has_an_advice(language: str) -> None:
    book = catalogue(language, BOOK)
    assert {f"advice_{reason}" for reason in Reason} <= set(book)
    assert {f"do_{fault}" for fault in Fault} == {code for code in book if code.startswith("do_")}


def test_none_is_left_unused() -> None:
    files = [*CONSOLE.rglob("*.py"), *CONSOLE.rglob("*.html")]
    said = set(re.findall(r'["\'](\w+)["\']', "\n".join(file.read_text() for file in files)))
    codes = {code for code in catalogue("id", BOOK) if not code.startswith(MADE)}
    assert codes - said == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_refusal_of_a_form_and_each_field_has_words(language: str) -> None:
    book = catalogue(language, BOOK)
    whys = {code.removeprefix("why_") for code in book if code.startswith("why_")}
    assert whys == {*map(str, Refusal), "refused"}
    reasons = {code.removeprefix("reason_") for code in book if code.startswith("reason_")}
    assert reasons == set(get_args(OverrideReason))
    forms = [form for module in FORMS for form in vars(module).values() if isinstance(form, Form)]
    typed = {field for form in forms for field in form.fields}
    asked = {"volume_ml", "amount_idr", "receipt_no", "by", "other", "empty", "wrong"}
    assert {c.removeprefix("field_") for c in book if c.startswith("field_")} == typed | asked


def test_each_made_code_is_of_something_there_is() -> None:
    known = {*map(str, Reason), "no_news", "go", "reading"}
    advices = {c.removeprefix("advice_") for c in catalogue("id", BOOK) if c.startswith("advice_")}
    assert advices == known
