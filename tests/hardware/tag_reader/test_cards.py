"""The reader over the simulated chip, card by card."""

from dataclasses import replace
from itertools import combinations_with_replacement

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.ports import Tag, TagTrouble
from hardware.simulated.cards import Iso14443aCard, card_from
from hardware.simulated.cards.bits import Bits
from hardware.simulated.cards.faulty import ShortAnswerCard, TornCard
from hardware.simulated.cards.response import Response
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.reader import Mfrc522Reader

UIDS = {4: "04A1B2C3", 7: "04A1B2C3D4E5F6", 10: "04A1B2C3D4E5F6071829"}
ANSWERS = {4: 3, 7: 5, 10: 7}
"""Frames a card answers until it is selected."""

quick = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
bytes_of_uid = st.sampled_from([4, 7, 10]).flatmap(lambda n: st.binary(min_size=n, max_size=n))
near_cascade_tag = st.tuples(st.binary(max_size=9), st.sampled_from([4, 7, 10])).map(
    lambda drawn: (b"\x88" + drawn[0] + bytes(10))[: drawn[1]]
)
uids = bytes_of_uid | near_cascade_tag


def card(uid: str, **more: object) -> Iso14443aCard:
    return card_from({"uid": uid, **more})


@pytest.mark.parametrize("length", [4, 7, 10])
def test_every_length_while_resting_and_after(
    bench: Bench, reader: Mfrc522Reader, length: int
) -> None:
    placed = card(UIDS[length])
    assert reader.poll() is None
    bench.field.place(placed)
    expected = Tag(bytes.fromhex(UIDS[length]), placed.sak)
    assert [reader.poll() for _ in range(3)] == [expected] * 3
    bench.field.remove(placed)
    assert reader.poll() is None


@quick
@given(uid=uids)
def test_any_uid(bench: Bench, reader: Mfrc522Reader, uid: bytes) -> None:
    placed = Iso14443aCard(uid)
    bench.field.place(placed)
    assert reader.poll() == Tag(uid, placed.sak)
    bench.field.remove(placed)


@quick
@given(pair=st.lists(uids, min_size=2, max_size=2, unique=True))
def test_any_two_cards(bench: Bench, reader: Mfrc522Reader, pair: list[bytes]) -> None:
    cards = [Iso14443aCard(uid) for uid in pair]
    for placed in cards:
        bench.field.place(placed)
    assert [reader.poll(), reader.poll()] == [TagTrouble.TWO_CARDS] * 2
    bench.field.remove(cards[0])
    assert reader.poll() == Tag(pair[1], cards[1].sak)
    bench.field.remove(cards[1])


@pytest.mark.parametrize("lengths", list(combinations_with_replacement(UIDS, 2)))
@pytest.mark.parametrize("same_atqa", [False, True])
def test_two_cards_of_all_lengths_with_the_longest_common_start(
    bench: Bench, reader: Mfrc522Reader, lengths: tuple[int, int], same_atqa: bool
) -> None:
    # Alike as far as can be: the shorter is what the longer sends at its first levels.
    long = bytes.fromhex(UIDS[lengths[1]])
    if lengths[0] == lengths[1]:
        short = long[:-1] + bytes((long[-1] ^ 0x80,))
    else:
        taken = (lengths[0] - 4) // 3 * 3
        short = long[:taken] + b"\x88" + long[taken : taken + 3]
    atqa = 0x0044 if same_atqa else None
    for uid in (short, long):
        bench.field.place(Iso14443aCard(uid, atqa=atqa))
    assert reader.poll() is TagTrouble.TWO_CARDS


def test_two_cards_with_the_same_uid_but_another_sak(bench: Bench, reader: Mfrc522Reader) -> None:
    for sak in (0x08, 0x18):
        bench.field.place(Iso14443aCard(bytes.fromhex(UIDS[4]), sak=sak))
    assert reader.poll() is TagTrouble.TWO_CARDS


def test_a_second_card_laid_on_a_resting_one(bench: Bench, reader: Mfrc522Reader) -> None:
    first, second = card(UIDS[7]), card("04FFB2C3D4E5F6")
    bench.field.place(first)
    assert isinstance(reader.poll(), Tag)
    bench.field.place(second)
    assert reader.poll() is TagTrouble.TWO_CARDS
    bench.field.remove(second)
    assert reader.poll() == Tag(first.uid, first.sak)


@pytest.mark.parametrize(
    ("length", "frames"), [(length, n) for length in UIDS for n in range(ANSWERS[length] + 1)]
)
def test_torn_away_at_each_frame(
    bench: Bench, reader: Mfrc522Reader, length: int, frames: int
) -> None:
    torn = TornCard(bytes.fromhex(UIDS[length]), frames=frames)
    bench.field.place(torn)
    found = reader.poll()
    if frames == 0:
        assert found is None
    elif frames < ANSWERS[length]:
        assert found is TagTrouble.RETRY
    else:
        assert found == Tag(torn.uid, torn.sak)
    assert reader.poll() is None
    assert bench.field.cards == ()


@pytest.mark.parametrize("fault", ["crc", "malformed", "short"])
@pytest.mark.parametrize("uid", UIDS.values())
def test_faulty_cards_are_retried_and_leave_the_reader_well(
    bench: Bench, reader: Mfrc522Reader, fault: str, uid: str
) -> None:
    faulty = card(uid, fault=fault)
    bench.field.place(faulty)
    assert [reader.poll(), reader.poll()] == [TagTrouble.RETRY] * 2
    bench.field.remove(faulty)
    good = card(uid)
    bench.field.place(good)
    assert reader.poll() == Tag(good.uid, good.sak)


@pytest.mark.parametrize("missing", range(1, 24))
def test_an_answer_cut_anywhere_is_no_card(
    bench: Bench, reader: Mfrc522Reader, missing: int
) -> None:
    bench.field.place(ShortAnswerCard(bytes.fromhex(UIDS[4]), missing_bits=missing))
    assert reader.poll() is TagTrouble.RETRY


class CutCheckByteCard(Iso14443aCard):
    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        response = super().answer(frame, now_ns)
        cut = response is not None and len(response.bits) == 40
        return replace(response, bits=response.bits[:-1]) if response and cut else response


def test_a_missing_bit_is_no_zero(bench: Bench, reader: Mfrc522Reader) -> None:
    # The check byte's last bit would be 0, so only the count of bits tells.
    bench.field.place(CutCheckByteCard(bytes(4)))
    assert reader.poll() is TagTrouble.RETRY


class WrongParityCard(Iso14443aCard):
    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        response = super().answer(frame, now_ns)
        return response and replace(response, parity_error=True)


def test_a_parity_error_is_retried(bench: Bench, reader: Mfrc522Reader) -> None:
    bench.field.place(WrongParityCard(bytes.fromhex(UIDS[4])))
    assert reader.poll() is TagTrouble.RETRY
