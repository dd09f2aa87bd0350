"""Cards as people name them: by UID, or by the plate on the vehicle."""

import json
import re
from pathlib import Path

import click

UID = re.compile(r"(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})")


def read_card(text: str, book: Path) -> str:
    """The UID meant by `text`; a plate is looked up in `book`, the cards.json of `takar init`.

    Of several cards of a plate the active one is taken. A click error says what was expected.
    """
    wanted = _plain(text)
    if UID.fullmatch(wanted):
        return wanted
    found = [card for card in _cards(book) if _plain(card["plate"]) == wanted]
    if not found:
        raise click.BadParameter(
            f"{text!r} is neither a UID (8, 14 or 20 hexadecimal digits) nor a plate in {book}"
        )
    found.sort(key=lambda card: card.get("status") != "active")
    return found[0]["uid"]


def _plain(text: str) -> str:
    return re.sub(r"[\s:]", "", text).upper()


def _cards(book: Path) -> list[dict[str, str]]:
    try:
        cards = json.loads(book.read_text(encoding="utf-8"))
        return [
            {key: str(value) for key, value in card.items() if value is not None}
            for card in cards
            if card.get("plate") and card.get("uid")
        ]
    except OSError as error:
        raise click.BadParameter(
            f"a plate needs a list of cards, and {book} cannot be read ({error.strerror}); "
            "name it with --cards, or give the UID"
        ) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise click.BadParameter(
            f"{book} is not a list of cards as `takar init` writes it: {error}"
        ) from error
