"""Quantities, times and numbers as people type them, made into whole units."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_LITRES = re.compile(r"([0-9]{1,6})(?:([.,])([0-9]{1,3}))?(?: ?[lL])?")
_RUPIAH = re.compile(r"(?:[Rr][Pp]\.? ?)?([0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*|[0-9]{1,12})")
_KM = re.compile(r"[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*|[0-9]{1,8}")
_HOURS = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]))?")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::00)?")
_BETWEEN = re.compile(r"[^0-9A-Z]+")
THOUSAND = 3
"""So many digits behind the mark for thousands."""


class Mistaken(Exception):
    """What was typed cannot be asked for; nothing was changed."""

    def __init__(self, code: str, **values: int | str) -> None:
        """`code` of the sentence that says why, `values` of its words; volumes end in `_ml`, money
        in `_idr`."""
        super().__init__(code)
        self.code = code
        self.values = values


def volume_ml(text: str, language: str) -> int:
    """Litres with a comma or a point before up to 3 decimals. Mistaken also where it may be a
    thousand that is meant: `1.000` in Indonesian, `1,000` in English."""
    match = _LITRES.fullmatch(text)
    if match is None:
        raise Mistaken("litres_wrong")
    whole, mark, decimals = match[1], match[2], match[3] or ""
    if mark == ("," if language == "en" else ".") and len(decimals) == THOUSAND:
        raise Mistaken("litres_doubtful", litres=whole + decimals)
    return int(whole) * 1000 + int(decimals.ljust(3, "0"))


def amount_idr(text: str) -> int:
    """Whole rupiah, with or without `Rp` and marks between thousands."""
    match = _RUPIAH.fullmatch(text)
    if match is None:
        raise Mistaken("rupiah_wrong")
    return int(re.sub(r"[.,]", "", match[1]))


def reading(text: str, unit: str) -> int:
    """Of a vehicle's own meter: whole km, or hours with one decimal for the unit `h/10`."""
    if unit == "km":
        if _KM.fullmatch(text) is None:
            raise Mistaken("km_wrong", reading=text)
        return int(re.sub(r"[., ]", "", text))
    match = _HOURS.fullmatch(text)
    if match is None:
        raise Mistaken("hours_wrong", reading=text)
    return int(match[1]) * 10 + int(match[2] or 0)


def moment(text: str, zone: ZoneInfo) -> str:
    """Date and time in the city's zone, as a browser's own field has it; UTC text."""
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        local = datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=zone)
        utc = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Mistaken("moment_wrong") from None
    return f"{utc:%Y-%m-%dT%H:%M:%S}.000Z"


def number(text: str) -> str:
    """A number of a paper as it is kept: capitals, with a hyphen where anything else was."""
    return _BETWEEN.sub("-", text.upper()).strip("-")
