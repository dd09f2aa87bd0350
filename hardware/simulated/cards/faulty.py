"""Presentations that go wrong, to show that the reader says so."""

from hardware.simulated.cards.bits import Bits
from hardware.simulated.cards.iso14443a import Iso14443aCard
from hardware.simulated.cards.response import Response

DEFAULT_TORN_FRAMES = 2


class TornCard(Iso14443aCard):
    """Taken away too soon: it leaves the field after its first `frames` answers."""

    def __init__(self, uid: bytes, *, frames: int = DEFAULT_TORN_FRAMES) -> None:
        super().__init__(uid)
        if frames < 0:
            raise ValueError(f"a torn card answers {frames} frames, expected 0 or more")
        self._frames_left = frames

    @property
    def gone(self) -> bool:
        return self._frames_left == 0

    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        if self.gone:
            return None
        response = super().answer(frame, now_ns)
        if response is not None:
            self._frames_left -= 1
        return response


class WrongCrcCard(Iso14443aCard):
    """Each SAK comes with a wrong CRC_A."""

    def sak_frame(self, sak: int) -> bytes:
        frame = super().sak_frame(sak)
        return frame[:-1] + bytes((frame[-1] ^ 0x10,))


class WrongBccCard(Iso14443aCard):
    """Each part of the UID comes with a wrong check byte."""

    def part_with_bcc(self, level: int) -> bytes:
        part = super().part_with_bcc(level)
        return part[:-1] + bytes((part[-1] ^ 0x01,))


class ShortAnswerCard(Iso14443aCard):
    """Each answer but the first ends some bits early."""

    def __init__(self, uid: bytes, *, missing_bits: int = 11) -> None:
        super().__init__(uid)
        self._missing_bits = missing_bits

    def _cascade(self, frame: Bits) -> Response | None:
        response = super()._cascade(frame)
        if response is None:
            return None
        return Response(response.bits[: -self._missing_bits])
