"""A card's states, frame by frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.simulated.cards import Field, Iso14443aCard, Response
from hardware.simulated.cards.bits import Bits, to_bits, to_bytes
from hardware.simulated.cards.iso14443a import HLTA, REQA, WUPA, State
from hardware.simulated.cards.response import merge
from hardware.tag_reader.crc_a import with_crc_a

UID = bytes.fromhex("04A1B2C3")
ANTICOLLISION = to_bits(b"\x93\x20")


@pytest.fixture
def card() -> Iso14443aCard:
    card = Iso14443aCard(UID)
    card.power(0)
    return card


def ask(card: Iso14443aCard, *frames: Bits) -> bytes | None:
    """The last frame's answer."""
    response: Response | None = None
    for frame in frames:
        response = card.answer(frame, 0)
    return None if response is None else to_bytes(response.bits)


def select(card: Iso14443aCard) -> Bits:
    return to_bits(with_crc_a(b"\x93\x70" + card.part_with_bcc(0)))


def test_request_anticollision_select_halt_and_wake(card: Iso14443aCard) -> None:
    assert ask(card, REQA) == b"\x04\x00"
    assert ask(card, ANTICOLLISION) == UID + b"\xd4"
    assert ask(card, select(card)) == with_crc_a(b"\x08")
    assert ask(card, to_bits(HLTA)) is None
    assert ask(card, REQA) is None
    assert ask(card, WUPA) == b"\x04\x00"
    assert ask(card, REQA) is None
    assert card.state is State.HALT, "woken from halt it falls back to halt"


@pytest.mark.parametrize("known", range(40))
def test_bit_oriented_anticollision(card: Iso14443aCard, known: int) -> None:
    ask(card, REQA)
    part = to_bits(card.part_with_bcc(0))
    nvb = (2 + known // 8) << 4 | known % 8
    response = card.answer(to_bits(bytes((0x93, nvb))) + part[:known], 0)
    assert response is not None
    assert response.bits == part[known:]
    if known:
        other = (*part[: known - 1], 1 - part[known - 1])
        assert card.answer(to_bits(bytes((0x93, nvb))) + other, 0) is None
        assert card.state is State.READY


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(REQA, id="request again"),
        pytest.param(to_bits(b"\x95\x20"), id="wrong level"),
        pytest.param(to_bits(b"\x93"), id="cut"),
        pytest.param(to_bits(b"\x93\x30"), id="wrong number of valid bits"),
        pytest.param(to_bits(with_crc_a(b"\x93\x70\x01\x02\x03\x04\x04")), id="another UID"),
        pytest.param(to_bits(b"\x93\x70" + UID + b"\xd4\x00\x00"), id="wrong CRC"),
        pytest.param(to_bits(HLTA), id="halt when not selected"),
    ],
)
def test_what_is_not_for_it_sends_a_ready_card_back(card: Iso14443aCard, frame: Bits) -> None:
    ask(card, REQA)
    assert ask(card, frame) is None
    assert card.state is State.IDLE


def test_an_unknown_command_sends_a_selected_card_back(card: Iso14443aCard) -> None:
    ask(card, REQA, select(card))
    assert ask(card, to_bits(with_crc_a(b"\x30\x00"))) is None
    assert card.state is State.IDLE


@given(st.lists(st.lists(st.integers(0, 1), max_size=80).map(tuple), max_size=30))
def test_any_frames_leave_a_card_that_wakes_after_power(frames: list[Bits]) -> None:
    card = Iso14443aCard(UID)
    card.power(0)
    ask(card, *frames)
    card.power(None)
    assert ask(card, WUPA) is None
    card.power(0)
    assert ask(card, WUPA) == b"\x04\x00"


def test_impossible_cards_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 4, 7 or 10"):
        Iso14443aCard(bytes(5))
    with pytest.raises(ValueError, match="cascade bit"):
        Iso14443aCard(UID, sak=0x04)


def test_a_card_lies_in_the_field_once() -> None:
    field = Field()
    card = Iso14443aCard(UID)
    with pytest.raises(ValueError, match="not in the field"):
        field.remove(card)
    field.place(card)
    with pytest.raises(ValueError, match="already"):
        field.place(card)


@pytest.mark.parametrize(("off_ns", "state"), [(4_999_999, State.READY), (5_000_000, State.IDLE)])
def test_a_card_forgets_only_after_5_ms_without_a_field(off_ns: int, state: State) -> None:
    field = Field()
    field.power(0, on=True)
    card = Iso14443aCard(UID)
    field.place(card)
    field.answer(WUPA, 10)
    field.power(20, on=False)
    assert field.answer(WUPA, 30) is None
    field.power(20 + off_ns, on=True)
    assert card.state is state


def test_the_first_of_several_collisions_counts() -> None:
    answers = [Response((0, 1, 0, 1)), Response((0, 0, 0, 0, 1, 1))]
    assert merge(answers) == Response((0, 1, 0, 1, 1, 1), collision_at=1)
    assert merge(answers[:1]) == answers[0]
    assert merge([]) is None


def test_a_late_answer_is_lost_in_an_earlier_one() -> None:
    class Late(Iso14443aCard):
        def answer(self, frame: Bits, now_ns: int) -> Response | None:
            response = super().answer(frame, now_ns)
            return response and Response(response.bits, latency_ns=1000)

    field = Field()
    field.power(0, on=True)
    field.place(Late(bytes(7)))
    assert field.answer(WUPA, 10**9) == Response(to_bits(b"\x44\x00"), latency_ns=1000)
    field.place(Iso14443aCard(UID))
    field.power(0, on=False)
    field.power(10**8, on=True)
    assert field.answer(WUPA, 10**9) == Response(to_bits(b"\x04\x00"))
