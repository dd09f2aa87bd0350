import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.tag_reader.crc_a import crc_a, crc_a_ok, with_crc_a


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        ("E050", "BCA5"),
        ("E080", "3173"),
        ("08", "B6DD"),
        ("20", "FC70"),
        ("24", "D836"),
        ("937088046F16F5", "EC55"),
    ],
)
def test_published_vectors(data: str, crc: str) -> None:
    assert crc_a(bytes.fromhex(data)).hex().upper() == crc


@given(st.binary(min_size=1, max_size=64), st.data())
def test_a_flipped_bit_is_noticed(data: bytes, draw: st.DataObject) -> None:
    frame = with_crc_a(data)
    assert crc_a_ok(frame)
    bit = draw.draw(st.integers(0, len(frame) * 8 - 1))
    flipped = bytearray(frame)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not crc_a_ok(bytes(flipped))


@pytest.mark.parametrize("frame", [b"", b"\x63", b"\x63\x63"])
def test_a_frame_without_data_is_not_ok(frame: bytes) -> None:
    assert not crc_a_ok(frame)
