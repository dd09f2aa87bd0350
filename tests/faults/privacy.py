"""Whether a log names a card, a vehicle or a person."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{8,20}(?![0-9a-f])")
PEOPLE = ("Ama Nalle",)
"""As they sign in and open shifts in tests."""


def naming_lines(log: str, uids: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those with one of these UIDs, or of the plates, subjects and people in `names`, however
    they are spaced and capitalised."""
    sought = {uid.casefold() for uid in uids}
    squashed = {_squashed(name) for name in (*names, *PEOPLE)}
    return [line for line in log.splitlines() if _names(line, sought, squashed)]


def of_city(folder: Path) -> tuple[list[str], list[str]]:
    """UIDs and plates of the city that `takar init` made there."""
    book = json.loads((folder / "cards.json").read_text())
    return [card["uid"] for card in book], [card["plate"] for card in book if card["plate"]]


def _names(line: str, uids: set[str], names: set[str]) -> bool:
    squashed = _squashed(line)
    return not uids.isdisjoint(_HEX.findall(line.casefold())) or any(
        name in squashed for name in names
    )


def _squashed(text: str) -> str:
    return re.sub("[ -]", "", text.casefold())
