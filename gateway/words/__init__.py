"""What people read: one TOML catalogue a language, Indonesian first, English second."""

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("id", "en")
_INDONESIAN = str.maketrans(".,", ",.")


@cache
def catalogue(language: str, book: str = ".") -> dict[str, str]:
    """All sentences of a language by code; `book` is a folder here, by default the screen's.

    KeyError text names the languages there are.
    """
    if language not in LANGUAGES:
        raise KeyError(f"no catalogue {language!r}; there are {', '.join(LANGUAGES)}")
    text = files(__name__).joinpath(book, f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(code: str, language: str = "id", *, book: str = ".", **values: str) -> str:
    """The sentence for a code, its {fields} filled in; `book` as for `catalogue`."""
    return catalogue(language, book)[code].format(**values)


def litres(volume_ml: int, decimals: int = 2, language: str = "id") -> str:
    """A volume cut after 0 to 3 decimals: 38500 ml is `38,50 L`, or `38.50 L` in English."""
    whole, rest = divmod(abs(volume_ml), 1000)
    sign = "-" if volume_ml < 0 else ""
    fraction = f".{rest:03d}"[: decimals + 1] if decimals else ""
    text = f"{sign}{whole:,}{fraction} L"
    return text if language == "en" else text.translate(_INDONESIAN)


def whole(number: int, language: str = "id") -> str:
    """A count with its thousands apart: `1.250`, or `1,250` in English."""
    text = f"{number:,}"
    return text if language == "en" else text.translate(_INDONESIAN)


def rupiah(amount_idr: int) -> str:
    """Money the Indonesian way: `Rp 1.250.000`."""
    return "Rp " + f"{amount_idr:,}".translate(_INDONESIAN)
