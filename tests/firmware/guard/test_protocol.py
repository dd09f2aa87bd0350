import binascii

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.guard.protocol import LINE_MAX, SEQUENCES, Parser, crc16, frame, unframe

TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=LINE_MAX - 13)
LINES = st.tuples(st.integers(0, SEQUENCES - 1), TEXTS)


@given(st.binary(max_size=300))
def test_the_crc_is_ccitt_false(data: bytes) -> None:
    assert crc16(data) == binascii.crc_hqx(data, 0xFFFF)


def test_a_line_can_be_read_by_eye() -> None:
    assert frame(7, "renew s1=5 s2=0") == b"7 renew s1=5 s2=0 *D79D\n"


@given(st.lists(LINES, max_size=5), st.integers(1, 50))
def test_what_was_framed_comes_out_however_it_was_cut(
    lines: list[tuple[int, str]], size: int
) -> None:
    data = b"".join(frame(sequence, text) for sequence, text in lines)
    parser = Parser()
    read = []
    for at in range(0, len(data), size):
        read += parser.feed(data[at : at + size])
    assert read == lines
    assert parser.bad == 0


@pytest.mark.parametrize("extra", [0, 1])
def test_a_line_has_a_longest(extra: int) -> None:
    text = "x" * (LINE_MAX - len("1  *FFFF\n") + extra)
    if extra:
        with pytest.raises(ValueError, match="line of 257 bytes: expected at most 256"):
            frame(1, text)
        return
    line = frame(1, text)
    assert len(line) == LINE_MAX
    assert Parser().feed(line) == [(1, text)]
    parser = Parser()
    assert parser.feed(b"x" + line) == []
    assert parser.bad == 1


@given(LINES, st.data())
def test_a_changed_byte_is_noise(line: tuple[int, str], data: st.DataObject) -> None:
    framed = bytearray(frame(*line))
    place = data.draw(st.integers(0, len(framed) - 2))
    framed[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != framed[place]))
    parser = Parser()
    assert parser.feed(bytes(framed)) == []
    assert parser.bad in (1, 2), "two where a byte became the end of a line"


@given(st.lists(st.binary(max_size=400), max_size=10))
@example([b"\n\n\r\n"])
@example([b"x" * LINE_MAX])
@example([b"x", b"x" * (LINE_MAX - 1)])
@example([b"x" * 100_000, b"\n", frame(1, "a")])
def test_any_bytes_are_taken_in_bounded_room(pieces: list[bytes]) -> None:
    parser = Parser()
    ends = 0
    for piece in pieces:
        read = parser.feed(piece)
        ends += piece.count(b"\n")
        assert len(parser._part) < LINE_MAX
        for sequence, text in read:
            assert 0 <= sequence < SEQUENCES
            assert len(text) < LINE_MAX
    assert parser.bad <= ends


@given(st.binary(max_size=400).map(lambda noise: noise.replace(b"\n", b"x")), LINES)
@example(b"x" * (LINE_MAX + 1), (7, "renew"))
def test_after_noise_the_next_line_is_whole(noise: bytes, line: tuple[int, str]) -> None:
    parser = Parser()
    assert parser.feed(noise + b"\n") == []
    assert parser.bad == (1 if noise else 0)
    assert parser.feed(frame(*line)) == [line]


@pytest.mark.parametrize(
    "body",
    [b"65536 a", b"x a", b"-1 a", b" a", b"000001 a", b"1\ta", b"1 \xc3\xa4", b"1 a\r", b"1 \x7f"],
)
def test_only_what_is_framed_so_is_a_line(body: bytes) -> None:
    assert unframe(body + b" *%04X" % crc16(body)) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"*",
        b"1 a",
        b"1 a*9BD2",
        b"1 a *0000",
        b"1 b *%04x" % crc16(b"1 b"),
        b"12345678",
    ],
)
def test_without_its_crc_it_is_none(line: bytes) -> None:
    assert unframe(line) is None


def test_lost_lines_are_counted_over_the_wrap() -> None:
    parser = Parser()
    for sequence in (65530, 65531, 65533, 1, 2):
        parser.feed(frame(sequence, "a"))
    assert parser.lost == 1 + 3
