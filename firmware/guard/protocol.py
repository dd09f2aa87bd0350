"""Lines on the wire: `<seq> <text> *<CRC>`, in ASCII, readable by eye.

The CRC is CRC-16/CCITT-FALSE in four hexadecimal digits, over all before the blank and the
star. seq counts 0 to 65535 in each direction and starts again. A line that was lost costs
nothing: every count in a text is cumulative.
"""

LINE_MAX = 256
"""Bytes of a line, with its end."""
SEQUENCES = 1 << 16


def _crc_of(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = crc << 1 ^ (0x1021 if crc & 0x8000 else 0)
    return crc & 0xFFFF


_CRCS = [_crc_of(byte) for byte in range(256)]


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xFFFF; 0x29B1 for b"123456789"."""
    crc = 0xFFFF
    for byte in data:
        crc = crc << 8 & 0xFFFF ^ _CRCS[crc >> 8 ^ byte]
    return crc


def frame(sequence: int, text: str) -> bytes:
    """A line to send. ValueError if it is too long."""
    body = f"{sequence} {text}".encode()
    line = body + b" *%04X\n" % crc16(body)
    if len(line) > LINE_MAX:
        raise ValueError(f"line of {len(line)} bytes: expected at most {LINE_MAX}")
    return line


def unframe(line: bytes) -> "tuple[int, str] | None":
    """(seq, text) of a line without its end; None for anything but what `frame` makes."""
    if len(line) >= LINE_MAX or len(line) < 8 or line[-6:-4] != b" *":
        return None
    for byte in line:
        if not 0x20 <= byte <= 0x7E:
            return None
    body = line[:-6]
    if line[-4:] != b"%04X" % crc16(body):
        return None
    number, _, text = body.decode().partition(" ")
    if not number.isdigit() or len(number) > 5 or int(number) >= SEQUENCES:
        return None
    return int(number), text


class Parser:
    """Bytes in, whole lines out, whatever the bytes. Holds less than one line."""

    def __init__(self) -> None:
        self._part = b""
        self._overlong = False
        self._next: int | None = None
        self.bad = 0
        """Lines that were no line: noise, cut short, too long, or with a wrong CRC."""
        self.lost = 0
        """Lines that the sequence says are missing."""

    def feed(self, data: bytes) -> list[tuple[int, str]]:
        """The lines that end within `data`. An empty line is none, and not noise either."""
        lines: list[tuple[int, str]] = []
        pieces = data.split(b"\n")
        for piece in pieces[:-1]:
            self._take(piece)
            self._end(lines)
        self._take(pieces[-1])
        return lines

    def _take(self, piece: bytes) -> None:
        if len(self._part) + len(piece) >= LINE_MAX:
            self._overlong = True
            self._part = b""
        elif not self._overlong:
            self._part += piece

    def _end(self, lines: list[tuple[int, str]]) -> None:
        line, overlong = self._part, self._overlong
        self._part, self._overlong = b"", False
        if not line and not overlong:
            return
        read = None if overlong else unframe(line)
        if read is None:
            self.bad += 1
            return
        if self._next is not None:
            self.lost += (read[0] - self._next) % SEQUENCES
        self._next = (read[0] + 1) % SEQUENCES
        lines.append(read)
