import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard.codec import Messages, Number
from firmware.guard.protocol import SEQUENCES, frame
from firmware.guard.record import Slots
from tests.firmware.guard.bench import Bench

KINDS: Messages = {"kept": (("n", Number(0, 1 << 40)),), "other": ()}


def slots(board: Bench) -> Slots:
    return Slots(board, 2, KINDS, "kept")


@given(st.lists(st.integers(0, 1 << 40), min_size=1, max_size=8))
def test_the_last_that_was_saved_is_found(counts: list[int]) -> None:
    board = Bench()
    for count in counts:
        slots(board).save({"n": count})
    assert slots(board).fields == {"n": counts[-1]}
    assert set(board.slots) <= {2, 3}


@given(st.integers(1, 6), st.integers(0, 60), st.binary(max_size=5))
def test_a_write_cut_short_leaves_the_one_before(saved: int, kept: int, noise: bytes) -> None:
    board = Bench()
    record = slots(board)
    for count in range(saved):
        record.save({"n": count})
    before = dict(board.slots)
    record.save({"n": saved})
    slot = next(slot for slot in board.slots if board.slots[slot] != before.get(slot))
    whole = board.slots[slot]
    board.slots[slot] = whole[:kept] + noise
    again = slots(board)
    expected = saved if board.slots[slot] == whole else saved - 1
    assert again.fields == {"n": expected}
    assert not again.damaged
    again.save({"n": 77})
    assert slots(board).fields == {"n": 77}


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_noticed(bit: int) -> None:
    line = frame(0, "kept n=123")
    for place in range(len(line) - 1):
        board = Bench()
        board.slots[2] = line[:place] + bytes([line[place] ^ 1 << bit]) + line[place + 1 :]
        assert slots(board).fields is None
        assert slots(board).damaged


def test_nothing_written_is_not_damage() -> None:
    record = slots(Bench())
    assert record.fields is None
    assert not record.damaged


@pytest.mark.parametrize("text", ["other", "kept n=-1", "kept", "kept n=1 m=2", "x"])
def test_a_record_of_another_kind_is_none(text: str) -> None:
    board = Bench()
    board.slots[3] = frame(0, text)
    assert slots(board).damaged
    board.slots[2] = frame(0, "kept n=5")
    record = slots(board)
    assert record.fields == {"n": 5}
    assert not record.damaged


@pytest.mark.parametrize("newest", [2, 3])
@pytest.mark.parametrize("sequence", [0, 1, 500, SEQUENCES - 1])
def test_the_newer_counts_over_the_wrap(newest: int, sequence: int) -> None:
    board = Bench()
    board.slots[newest] = frame(sequence, "kept n=2")
    board.slots[5 - newest] = frame((sequence - 1) % SEQUENCES, "kept n=1")
    record = slots(board)
    assert record.fields == {"n": 2}
    record.save({"n": 3})
    assert board.slots[5 - newest] == frame((sequence + 1) % SEQUENCES, "kept n=3")
