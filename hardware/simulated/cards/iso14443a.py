"""A contactless card up to ISO/IEC 14443-3 type A: states, anticollision, selection, halt."""

from enum import Enum, auto

from hardware.simulated.cards.bits import Bits, to_bits, to_bytes
from hardware.simulated.cards.response import Response
from hardware.tag_reader.crc_a import crc_a_ok, with_crc_a

REQA = to_bits(b"\x26", 7)
WUPA = to_bits(b"\x52", 7)
HLTA = with_crc_a(b"\x50\x00")
SELECT_CODES = (0x93, 0x95, 0x97)
CASCADE_TAG = 0x88
SAK_UID_INCOMPLETE = 0x04
NVB_SELECT = 0x70

_KINDS = {4: (0x0004, 0x08), 7: (0x0044, 0x00), 10: (0x0084, 0x20)}
"""UID length: ATQA with its size bits, and SAK as of a MIFARE Classic, an NTAG and a PICC of
ISO/IEC 14443-4."""


class State(Enum):
    """States of ISO/IEC 14443-3, section 6.3; a card woken from halt falls back to it."""

    OFF = auto()
    IDLE = auto()
    READY = auto()
    ACTIVE = auto()
    HALT = auto()


class Iso14443aCard:
    """A well-behaved card. Subclasses answer further commands in `command`."""

    def __init__(self, uid: bytes, *, atqa: int | None = None, sak: int | None = None) -> None:
        """`uid`: 4, 7 or 10 bytes. `sak`: the last level's, without the cascade bit 0x04."""
        if len(uid) not in _KINDS:
            raise ValueError(f"UID {uid.hex().upper()} has {len(uid)} bytes, expected 4, 7 or 10")
        default_atqa, default_sak = _KINDS[len(uid)]
        self.uid = uid
        self.atqa = default_atqa if atqa is None else atqa
        self.sak = default_sak if sak is None else sak
        if self.sak & SAK_UID_INCOMPLETE:
            raise ValueError(f"SAK 0x{self.sak:02X} has the cascade bit 0x04 set at its last level")
        self.state = State.OFF
        self._level = 0
        self._fall_back = State.IDLE
        self._ready_at_ns = 0

    @property
    def gone(self) -> bool:
        return False

    def power(self, ready_at_ns: int | None) -> None:
        self.state = State.OFF if ready_at_ns is None else State.IDLE
        self._fall_back = State.IDLE
        self._level = 0
        self._ready_at_ns = ready_at_ns or 0

    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        if self.state is State.OFF or now_ns < self._ready_at_ns:
            return None
        if len(frame) == 7:
            return self._request(frame)
        if self.state is State.READY:
            return self._cascade(frame)
        if self.state is State.ACTIVE:
            return self._active(frame, now_ns)
        return None

    def command(self, data: bytes, now_ns: int) -> Response | None:  # noqa: ARG002
        """Answer a whole frame (with its CRC_A) received when selected.

        None with an unknown command: the card falls back to idle, as the standard asks.
        """
        self.rest()
        return None

    def rest(self) -> None:
        """Fall back to idle, or to halt when woken from there, without an answer."""
        self.state = self._fall_back

    def cascade_part(self, level: int) -> bytes:
        """The four bytes sent at a cascade level, without their check byte."""
        if level == self._last_level:
            return self.uid[3 * level :]
        return bytes((CASCADE_TAG,)) + self.uid[3 * level : 3 * level + 3]

    def part_with_bcc(self, level: int) -> bytes:
        part = self.cascade_part(level)
        return part + bytes((part[0] ^ part[1] ^ part[2] ^ part[3],))

    def sak_frame(self, sak: int) -> bytes:
        return with_crc_a(bytes((sak,)))

    @property
    def _last_level(self) -> int:
        return (len(self.uid) - 4) // 3

    def _request(self, frame: Bits) -> Response | None:
        woken = frame == WUPA or (frame == REQA and self.state is State.IDLE)
        if self.state in (State.IDLE, State.HALT) and woken:
            self._fall_back = self.state
            self.state = State.READY
            self._level = 0
            return Response(to_bits(self.atqa.to_bytes(2, "little")))
        if self.state in (State.READY, State.ACTIVE):
            self.rest()
        return None

    def _cascade(self, frame: Bits) -> Response | None:
        head = to_bytes(frame[:16])
        if len(frame) < 16 or head[0] != SELECT_CODES[self._level]:
            self.rest()
            return None
        nvb = head[1]
        if nvb == NVB_SELECT:
            return self._select(to_bytes(frame))
        part = to_bits(self.part_with_bcc(self._level))
        known = frame[16:]
        if (nvb >> 4) * 8 + (nvb & 0x0F) != len(frame) or len(known) >= len(part):
            self.rest()
            return None
        if part[: len(known)] != known:
            return None
        return Response(part[len(known) :])

    def _select(self, data: bytes) -> Response | None:
        if not crc_a_ok(data) or data[2:-2] != self.part_with_bcc(self._level):
            self.rest()
            return None
        if self._level < self._last_level:
            self._level += 1
            return Response(to_bits(self.sak_frame(SAK_UID_INCOMPLETE)))
        self.state = State.ACTIVE
        return Response(to_bits(self.sak_frame(self.sak)))

    def _active(self, frame: Bits, now_ns: int) -> Response | None:
        data = to_bytes(frame)
        if data == HLTA:
            self.state = State.HALT
            return None
        return self.command(data, now_ns)
