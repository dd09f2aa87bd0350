"""Cards as written by hand: {"uid": "04A1B2C3D4E5F6", "fault": null}."""

from collections.abc import Callable, Mapping

from hardware.simulated.cards.faulty import (
    DEFAULT_TORN_FRAMES,
    ShortAnswerCard,
    TornCard,
    WrongBccCard,
    WrongCrcCard,
)
from hardware.simulated.cards.iso14443a import Iso14443aCard

FAULTS: dict[str | None, Callable[[bytes], Iso14443aCard]] = {
    None: Iso14443aCard,
    "torn": TornCard,
    "crc": WrongCrcCard,
    "malformed": WrongBccCard,
    "short": ShortAnswerCard,
}
_KEYS = frozenset({"uid", "fault", "frames"})


def card_from(spec: Mapping[str, object]) -> Iso14443aCard:
    """A card from its description.

    `uid`: 4, 7 or 10 bytes in hexadecimal. `fault`: one of FAULTS, None when absent. `frames`: with
    "torn", how many answers come before the card is gone (2 when absent). ValueError says what is
    wrong with any of them.
    """
    unknown = sorted(set(spec) - _KEYS)
    if unknown:
        raise ValueError(f"a card has no key {unknown[0]!r}, only {', '.join(sorted(_KEYS))}")
    uid = _uid(spec.get("uid"))
    fault = spec.get("fault")
    if not (fault is None or isinstance(fault, str)) or fault not in FAULTS:
        known = ", ".join(name for name in FAULTS if name)
        raise ValueError(f"fault is {fault!r}, expected none or one of {known}")
    if fault == "torn":
        return TornCard(uid, frames=_frames(spec.get("frames", DEFAULT_TORN_FRAMES)))
    if "frames" in spec:
        raise ValueError('frames goes only with fault "torn"')
    return FAULTS[fault](uid)


def _uid(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError(f"uid is {text!r}, expected 8, 14 or 20 hexadecimal digits")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"uid is {text!r}, expected 8, 14 or 20 hexadecimal digits") from None


def _frames(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"frames is {value!r}, expected a whole number")
    return value
