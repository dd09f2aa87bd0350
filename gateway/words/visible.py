"""Text by whoever wrote it, made safe to print: it moves no cursor and hides nothing."""

import json
import unicodedata

_DELETE = "\x7f"


def visible(text: str) -> str:
    """The text on one line, with what is no letter, sign or space written as JSON escapes it.

    ESC becomes `\\u001b`, a line break `\\n`, and so does what only turns the direction of
    writing. A terminal then shows what is there, and obeys none of it.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":  # a fixed space, too
        return character
    return "\\u007f" if character == _DELETE else json.dumps(character)[1:-1]
