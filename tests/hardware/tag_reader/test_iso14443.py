"""The protocol alone: answers are scripted, there is no chip."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.ports import Tag, TagTrouble
from hardware.tag_reader.crc_a import with_crc_a
from hardware.tag_reader.iso14443 import (
    HLTA,
    MAX_EXCHANGES,
    REQA,
    WUPA,
    Answer,
    Exchange,
    Frame,
    find_card,
)

ATQA = Answer(b"\x44\x00", 16)
COLLISION = Answer(b"", 0, collision=True)
GARBLED = Answer(b"", 0, garbled=True)


def whole(data: bytes) -> Answer:
    return Answer(data, len(data) * 8)


def part(data: bytes) -> Answer:
    return whole(data + bytes((data[0] ^ data[1] ^ data[2] ^ data[3],)))


def sak(value: int) -> Answer:
    return whole(with_crc_a(bytes((value,))))


class Script:
    """Answers in order, then silence; keeps what was sent."""

    def __init__(self, *answers: Answer | None) -> None:
        self._answers: Iterator[Answer | None] = iter(answers)
        self.sent: list[bytes] = []

    def __call__(self, frame: Frame) -> Answer | None:
        self.sent.append(frame.data)
        return next(self._answers, None)


def test_frames_of_a_seven_byte_card() -> None:
    # The published vector for its first SELECT: 93 70 88 04 6F 16 F5 EC 55.
    script = Script(
        ATQA,
        part(bytes.fromhex("88046F16")),
        sak(0x04),
        part(bytes.fromhex("21801D80")),
        sak(0x00),
    )
    assert find_card(script) == Tag(bytes.fromhex("046F1621801D80"), 0x00)
    assert [frame.hex().upper() for frame in script.sent] == [
        "52",
        "9320",
        "937088046F16F5EC55",
        "9520",
        with_crc_a(bytes.fromhex("957021801D803C")).hex().upper(),
        "500057CD",
        "26",
    ]


def test_short_frames_have_seven_bits() -> None:
    assert (WUPA.bits, REQA.bits, HLTA.bits) == (7, 7, 32)


GOOD = (ATQA, part(b"\x01\x02\x03\x04"), sak(0x08))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(COLLISION, TagTrouble.TWO_CARDS, id="collision"),
        pytest.param(GARBLED, TagTrouble.RETRY, id="garbled"),
        pytest.param(Answer(b"\x01", 4), TagTrouble.RETRY, id="too short"),
        pytest.param(whole(bytes(20)), TagTrouble.RETRY, id="too long"),
    ],
)
def test_trouble_at_each_answer(place: int, answer: Answer, expected: TagTrouble) -> None:
    script = Script(*GOOD[:place], answer)
    assert find_card(script) is expected
    assert len(script.sent) == place + 1


@pytest.mark.parametrize("place", range(3))
def test_garbled_counts_more_than_a_good_look(place: int) -> None:
    script = Script(*GOOD[:place], replace(GOOD[place], garbled=True))
    assert find_card(script) is TagTrouble.RETRY


def test_silence_is_empty_only_at_the_first_frame() -> None:
    assert find_card(Script()) is None
    for answered in (1, 2):
        assert find_card(Script(*GOOD[:answered])) is TagTrouble.RETRY


def test_wrong_bcc_and_wrong_crc() -> None:
    assert find_card(Script(ATQA, whole(b"\x01\x02\x03\x04\x05"))) is TagTrouble.RETRY
    wrong = whole(b"\x08\xb6\xdc")
    assert find_card(Script(*GOOD[:2], wrong)) is TagTrouble.RETRY


def test_cascade_follows_the_sak_and_not_0x88() -> None:
    single = Script(ATQA, part(b"\x88\x02\x03\x04"), sak(0x08))
    assert find_card(single) == Tag(b"\x88\x02\x03\x04", 0x08)
    no_tag = Script(ATQA, part(b"\x01\x02\x03\x04"), sak(0x04), part(b"\x05\x06\x07\x08"), sak(0))
    assert find_card(no_tag) is TagTrouble.RETRY


@pytest.mark.parametrize("late", [ATQA, COLLISION, GARBLED])
def test_a_card_drowned_out_answers_after_the_halt(late: Answer) -> None:
    assert find_card(Script(*GOOD, None, late)) is TagTrouble.TWO_CARDS


def test_a_card_that_always_says_more_is_left() -> None:
    more = (part(b"\x88\x02\x03\x04"), sak(0x04))
    script = Script(ATQA, *more * 10)
    assert find_card(script) is TagTrouble.RETRY
    assert len(script.sent) == 7


answers = st.none() | st.builds(
    Answer,
    st.binary(max_size=64) | st.sampled_from([answer.data for answer in GOOD]),
    st.integers(0, 512),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(answers | st.sampled_from(GOOD), max_size=20))
def test_any_answers_end_in_a_bounded_number_of_exchanges(script: list[Answer | None]) -> None:
    exchange = Script(*script)
    checked: Exchange = exchange
    found = find_card(checked)
    assert len(exchange.sent) <= MAX_EXCHANGES
    assert found is None or isinstance(found, Tag | TagTrouble)
