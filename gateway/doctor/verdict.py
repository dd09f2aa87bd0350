"""What a check comes to."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from gateway.doctor.codes import CODES, Status


class Verdict(Struct, frozen=True, kw_only=True):
    """One check's. Its sentences are in gateway/words/doctor, by `check` and `code`."""

    check: str
    of: str = ""
    """Which of several: `pump 1`, a serial number; "" where there is one only."""
    status: Status
    code: str
    values: dict[str, str | int] = {}
    """Those of the sentences."""


def verdict(code: str, of: str = "", **values: str | int) -> Verdict:
    """The verdict of a code of codes.py."""
    known = CODES[code]
    return Verdict(check=known.check, of=of, status=known.status, code=code, values=values)


def pump_name(number: int) -> str:
    return f"pump {number}"


class Worst(StrEnum):
    """What a whole examination comes to."""

    OK = "ok"
    UNSURE = "unsure"
    """Nothing failed; something warns or was not checked."""
    FAILED = "failed"


def worst(verdicts: Iterable[Verdict]) -> Worst:
    found = {one.status for one in verdicts}
    if Status.FAILED in found:
        return Worst.FAILED
    return Worst.OK if found <= {Status.OK} else Worst.UNSURE
