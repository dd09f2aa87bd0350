"""Verdicts in words, in the language of who reads them."""

from msgspec import Struct

from gateway.doctor.codes import Status
from gateway.doctor.verdict import Verdict
from gateway.words import catalogue

BOOK = "doctor"
CODED = ("why", "fault", "alarm")
"""Values that may be a code, with words of its own."""
PUMP = "pump "


class Said(Struct, frozen=True, kw_only=True):
    """One verdict's sentences; `do` is "" where all is well."""

    check: str
    of: str
    status: str
    expected: str
    found: str
    do: str


def said(one: Verdict, language: str) -> Said:
    words = catalogue(language, BOOK)
    values = {name: _in_words(name, value, language) for name, value in one.values.items()}
    of = one.of
    if of.startswith(PUMP):
        of = words["of_pump"].format(pump=of.removeprefix(PUMP))
    return Said(
        check=words[f"check_{one.check}"],
        of=of,
        status=words[f"status_{one.status}"],
        expected=words[f"expected_{one.check}"].format(**values),
        found=words[f"found_{one.code}"].format(**values),
        do="" if one.status is Status.OK else words[f"do_{one.code}"].format(**values),
    )


def _in_words(name: str, value: str | int, language: str) -> str:
    if name not in CODED:
        return str(value)
    known = catalogue(language, BOOK).get(f"why_{value}")
    return known or catalogue(language).get(str(value), str(value))
