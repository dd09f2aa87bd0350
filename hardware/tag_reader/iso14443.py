"""Finding the one card in the field: ISO/IEC 14443-3 type A, without any I/O.

Every exchange goes through a function that sends a frame and returns the answer or None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from hardware.ports import Tag, TagTrouble
from hardware.tag_reader.crc_a import crc_a_ok, with_crc_a

SELECT_CODES = (0x93, 0x95, 0x97)
"""SEL for cascade levels 1 to 3 (section 6.5.3): UIDs of 4, 7 and 10 bytes."""
CASCADE_TAG = 0x88
SAK_UID_INCOMPLETE = 0x04
MAX_EXCHANGES = 1 + 2 * len(SELECT_CODES) + 2
"""Wake up, two a cascade level, halt, look for a second card."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What we send. `last_bits`: bits of the last byte to send, 0 for all eight."""

    data: bytes
    expect_bits: int
    """Length of a good answer; 0 when silence is expected."""
    last_bits: int = 0

    @property
    def bits(self) -> int:
        return len(self.data) * 8 - (8 - self.last_bits if self.last_bits else 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `bits` counts those received, `data` is empty when it was unreadable."""

    data: bytes
    bits: int
    collision: bool = False
    """Two cards sent different bits at the same place."""
    garbled: bool = False
    """Parity, protocol or overflow error."""


Exchange: TypeAlias = Callable[[Frame], Answer | None]

REQA = Frame(b"\x26", expect_bits=0, last_bits=7)
"""Only cards not halted answer: silence is expected once ours is."""
WUPA = Frame(b"\x52", expect_bits=16, last_bits=7)
"""Wakes resting (halted) cards too, so each poll sees every card."""
HLTA = Frame(with_crc_a(b"\x50\x00"), expect_bits=0)


class _GaveUp(Exception):
    def __init__(self, trouble: TagTrouble) -> None:
        self.trouble = trouble


def find_card(exchange: Exchange) -> Tag | TagTrouble | None:
    """Wake, select and halt the card in the field; None when it is empty.

    Ends after at most `MAX_EXCHANGES` exchanges whatever is answered. TWO_CARDS when two different
    cards answered; two that agree in ATQA, UID and SAK cannot be told apart. RETRY when a card
    answered but was not read to its end without an error.
    """
    found = select_card(exchange)
    if isinstance(found, Tag) and not halted_alone(exchange):
        return TagTrouble.TWO_CARDS
    return found


def select_card(exchange: Exchange) -> Tag | TagTrouble | None:
    """As `find_card`, but the card stays selected, ready for commands of its own."""
    try:
        return _select(exchange) if _woken(exchange) else None
    except _GaveUp as gave_up:
        return gave_up.trouble


def halted_alone(exchange: Exchange) -> bool:
    """Halt the selected card; False when another card still answers.

    A weaker card drowned out by the selected one during anticollision was never halted.
    """
    exchange(HLTA)
    return exchange(REQA) is None


def _woken(exchange: Exchange) -> bool:
    answer = exchange(WUPA)
    if answer is None:
        return False
    _checked(answer, WUPA)
    return True


def _select(exchange: Exchange) -> Tag:
    uid = b""
    for code in SELECT_CODES:
        part = _anticollision(exchange, code)
        sak = _sak(exchange, code, part)
        if not sak & SAK_UID_INCOMPLETE:
            return Tag(uid + part[:4], sak)
        if part[0] != CASCADE_TAG:
            raise _GaveUp(TagTrouble.RETRY)
        uid += part[1:4]
    # The standard ends at level 3: a card that asks for more is broken or hostile.
    raise _GaveUp(TagTrouble.RETRY)


def _anticollision(exchange: Exchange, code: int) -> bytes:
    """Four bytes of UID (or cascade tag and three) and their check byte BCC."""
    frame = Frame(bytes((code, 0x20)), expect_bits=40)
    part = _checked(exchange(frame), frame)
    if part[0] ^ part[1] ^ part[2] ^ part[3] != part[4]:
        raise _GaveUp(TagTrouble.RETRY)
    return part


def _sak(exchange: Exchange, code: int, part: bytes) -> int:
    frame = Frame(with_crc_a(bytes((code, 0x70)) + part), expect_bits=24)
    data = _checked(exchange(frame), frame)
    if not crc_a_ok(data):
        raise _GaveUp(TagTrouble.RETRY)
    return data[0]


def _checked(answer: Answer | None, frame: Frame) -> bytes:
    """The answer's bytes, if it has exactly the expected length and no error."""
    if answer is not None and answer.collision:
        raise _GaveUp(TagTrouble.TWO_CARDS)
    if answer is None or answer.garbled or answer.bits != frame.expect_bits:
        raise _GaveUp(TagTrouble.RETRY)
    return answer.data
