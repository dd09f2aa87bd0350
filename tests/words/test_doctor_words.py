"""The doctor's sentences: in both languages, all used, each filled by what its verdict has."""

import re
from pathlib import Path

import pytest

import gateway.doctor
from gateway.doctor import said as said_module
from gateway.doctor.codes import CODES, Status
from gateway.doctor.judging.running import judge_running
from gateway.doctor.said import said
from gateway.doctor.verdict import Verdict, verdict
from gateway.words import LANGUAGES, catalogue
from tests.gateway.doctor.test_judging import PUMPS, SAID, TABLE
from tests.words.test_words import fields

BOOK = said_module.BOOK
LONGEST = 125
ROOT = Path(gateway.doctor.__file__).parents[1]
MADE = ("check_", "expected_", "found_", "do_", "why_", "status_")


def test_both_languages_say_the_same_things_with_the_same_fields() -> None:
    first, second = (catalogue(language, BOOK) for language in LANGUAGES)
    assert list(first) == list(second), "in the same order, for whoever translates"
    for code, text in first.items():
        assert fields(text) == fields(second[code]), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_sentence_for_each_and_none_is_left_over(language: str) -> None:
    book = catalogue(language, BOOK)
    checks = {code.check for code in CODES.values()}
    wanted = {f"check_{check}" for check in checks} | {f"expected_{check}" for check in checks}
    wanted |= {f"found_{code}" for code in CODES} | {f"status_{status}" for status in Status}
    wanted |= {f"do_{code}" for code, of in CODES.items() if of.status is not Status.OK}
    made = {code for code in book if code.startswith((*MADE[:4], "status_"))}
    assert made == wanted
    for code, text in book.items():
        assert text.strip() == text != "", code
        assert len(text) <= LONGEST, (code, len(text))


def test_no_other_word_is_unused() -> None:
    files = [*ROOT.glob("doctor/**/*.py"), *ROOT.glob("console/**/*.py"), ROOT / "cli/doctor.py"]
    files += ROOT.glob("console/templates/*.html")
    text = "\n".join(file.read_text() for file in files)
    said_somewhere = set(re.findall(r'["\'](\w+)["\']', text))
    book = catalogue("en", BOOK)
    assert {code for code in book if not code.startswith(MADE)} - said_somewhere == set()
    whys = {code.removeprefix("why_") for code in book if code.startswith("why_")}
    alarms = {"totaliser_drifted", "bypass_left_on", "flow_unauthorised"}
    assert whys - alarms - said_somewhere == set()


def every_verdict() -> list[Verdict]:
    blocked = [*judge_running(SAID, PUMPS, "b:1", None), verdict("pins_held")]
    return [*(found for found, _ in TABLE), *blocked]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_verdict_fills_its_sentences(language: str) -> None:
    for one in every_verdict():
        sentence = said(one, language)
        assert "{" not in sentence.expected + sentence.found + sentence.do
        assert bool(sentence.do) is (one.status is not Status.OK)


def test_a_code_in_a_value_is_said_in_words() -> None:
    one = said(verdict("relay_not_tried", "pump 2", why="gateway_runs"), "id")
    assert one.of == "pompa 2"
    assert one.found == "tidak diuji: gateway sedang berjalan"
    assert said(verdict("pump_faulted", "pump 1", fault="contact_welded"), "en").found == (
        "Relay welded, call technician"
    )
    assert said(verdict("limiter_refused", "pump 1", why="nozzle"), "en").found.endswith("nozzle")
