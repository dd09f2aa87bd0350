"""Fields of a message: written as `key=value`, read back, each within its bounds at both ends."""

TYPE_CHECKING = False  # mypy takes it for True; the chip has no `typing`
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[str, Any]
    Messages = dict[str, tuple[tuple[str, Any], ...]]
else:
    Fields = Messages = dict

WORD_MAX = 64
LAGS_MAX = 6
LAG_NUMBER_MAX = (1 << 32) - 1

REQUIRED = None
_WORD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"


class BadMessage(Exception):
    """What was expected; one word for the wire."""


class Number:
    """A whole number within bounds; absent means `absent`, REQUIRED that it may not be."""

    def __init__(self, least: int, most: int, absent: "int | None" = REQUIRED) -> None:
        self.least, self.most, self.absent = least, most, absent

    def read(self, text: str) -> int:
        digits = text[1:] if text.startswith("-") else text
        if not digits.isdigit() or str(int(text)) != text:
            raise ValueError
        return self.check(int(text))

    def check(self, value: int) -> int:
        if not self.least <= value <= self.most:
            raise ValueError
        return value

    def text(self, value: int) -> str:
        return str(self.check(value))


class Word:
    """Letters, digits, point, underscore and hyphen; one of `choices` where there are any. At
    least one letter where the field may not be absent, unless "" is a choice."""

    def __init__(
        self,
        choices: "tuple[str, ...]" = (),
        absent: "str | None" = REQUIRED,
        most: int = WORD_MAX,
        more: str = "",
    ) -> None:
        self.choices, self.absent, self.most = choices, absent, most
        self._letters = _WORD + more

    def read(self, text: str) -> str:
        if len(text) > self.most or (self.choices and text not in self.choices):
            raise ValueError
        if not text and self.absent is REQUIRED and not self.choices:
            raise ValueError
        for character in text:
            if character not in self._letters:
                raise ValueError
        return text

    def text(self, value: str) -> str:
        return self.read(value)


class Lags:
    """`rate:lag,rate:lag`: up to six points of mHz and µs; Stops checks what they mean."""

    absent = ()

    def __init__(self) -> None:
        self._number = Number(0, LAG_NUMBER_MAX)

    def read(self, text: str) -> "tuple[tuple[int, int], ...]":
        points = []
        for point in text.split(","):
            rate, _, lag = point.partition(":")
            points.append((self._number.read(rate), self._number.read(lag)))
        return self.check(tuple(points))

    def check(self, points: "tuple[tuple[int, int], ...]") -> "tuple[tuple[int, int], ...]":
        if len(points) > LAGS_MAX:
            raise ValueError
        return points

    def text(self, points: "tuple[tuple[int, int], ...]") -> str:
        number = self._number
        return ",".join(
            [number.text(rate) + ":" + number.text(lag) for rate, lag in self.check(points)]
        )


def text(messages: Messages, verb: str, fields: Fields) -> str:
    """A line's text. BadMessage for what `read` would refuse; absent fields are left out."""
    declared = _declared(messages, verb)
    known = [key for key, _ in declared]
    for key in fields:
        if key not in known:
            raise BadMessage("unknown-" + key)
    parts = [verb]
    for key, kind in declared:
        value = fields.get(key, kind.absent)
        if value is REQUIRED:
            raise BadMessage("missing-" + key)
        if value == kind.absent:
            continue
        try:
            parts.append(key + "=" + kind.text(value))
        except ValueError:
            raise BadMessage("bad-" + key) from None
    return " ".join(parts)


def read(messages: Messages, line: str) -> tuple[str, Fields]:
    """(verb, fields) of a line's text, every field present. BadMessage for anything else."""
    parts = line.split(" ")
    declared = _declared(messages, parts[0])
    given: dict[str, str] = {}
    for part in parts[1:]:
        key, _, value = part.partition("=")
        if key in given:
            raise BadMessage("field-twice")
        given[key] = value
    fields = {}
    for key, kind in declared:
        if key not in given:
            if kind.absent is REQUIRED:
                raise BadMessage("missing-" + key)
            fields[key] = kind.absent
            continue
        try:
            fields[key] = kind.read(given.pop(key))
        except ValueError:
            raise BadMessage("bad-" + key) from None
    if given:
        raise BadMessage("unknown-field")
    return parts[0], fields


def _declared(messages: Messages, verb: str) -> "tuple[tuple[str, Any], ...]":
    if verb not in messages:
        raise BadMessage("unknown-verb")
    return messages[verb]
