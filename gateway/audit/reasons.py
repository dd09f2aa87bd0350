"""Reasons that readers of lines, seals and keys give, in the language of the page.

They raise in English, for a log has one language. The English catalogue holds what they say, word
for word, so that a reason is known again by it; what nobody knows stays as it is, such as what a
person typed.
"""

import re
from functools import cache
from string import Formatter

from gateway.words import catalogue

BOOK = "reasons"
NESTED = {"why": "", "reach": "reach_", "reach_more": "reach_"}
"""Fields that are reasons themselves, and how the codes of theirs begin."""
NUMBER = r"-?\d+"
SHAPES = {
    "number": NUMBER,
    "through": NUMBER,
    "epoch": NUMBER,
    "sequence": NUMBER,
    "bound": NUMBER,
    "position": NUMBER,
    "entry_type": r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+",
    "expected": r"[^`]+?",
    "reach_more": r".+",
}
"""What a field looks like, where that keeps one sentence from another's words."""
NOT_ALONE = "reach_"


def said(text: str, language: str) -> str:
    """The reason in this language; itself where it is none that is known."""
    return text if language == "en" else _said(text, language, "")


def code_of(text: str) -> str | None:
    """Of the sentence that a reason is."""
    found = _match(text, "")
    return None if found is None else found[0]


def _said(text: str, language: str, prefix: str) -> str:
    found = _match(text, prefix)
    if found is None:
        return text
    code, values = found
    for name, kind in NESTED.items():
        if name in values:
            values[name] = _said(values[name], language, kind)
    return catalogue(language, BOOK)[code].format(**values)


def _match(text: str, prefix: str) -> tuple[str, dict[str, str]] | None:
    for code, pattern in _patterns():
        if code.startswith(NOT_ALONE) == bool(prefix):
            match = pattern.fullmatch(text)
            if match is not None:
                return code, match.groupdict()
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (code, re.compile("".join(map(_part, Formatter().parse(sentence))), re.DOTALL))
        for code, sentence in catalogue("en", BOOK).items()
    ]


def _part(part: tuple[str, str | None, str | None, str | None]) -> str:
    words, name, _, _ = part
    field = "" if name is None else f"(?P<{name}>{SHAPES.get(name, '.+?')})"
    return re.escape(words) + field
