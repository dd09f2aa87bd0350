import pytest

from hardware.ports import Tag, TagTrouble
from hardware.tag_reader.presence import Presence, Presented, Removed, Trouble

A = Tag(b"\x04\xa1\xb2\xc3", 0x08)
B = Tag(b"\x04\xa1\xb2\xc4", 0x08)
RETRY, TWO = TagTrouble.RETRY, TagTrouble.TWO_CARDS
SAW_A, SAW_B = Presented(A), Presented(B)
TOLD_RETRY, TOLD_TWO, GONE = Trouble(RETRY), Trouble(TWO), Removed()

Poll = Tag | TagTrouble | None
Seen = Presented | Trouble | Removed | None


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        pytest.param([None] * 5, [None] * 5, id="nothing"),
        pytest.param([A, A, A, A], [SAW_A, None, None, None], id="resting card is one tap"),
        pytest.param([A, None, None, None, None], [SAW_A, None, None, GONE, None], id="removed"),
        pytest.param([A, None, None, A], [SAW_A, None, None, None], id="short gap is no new tap"),
        pytest.param(
            [A, None, None, None, A], [SAW_A, None, None, GONE, SAW_A], id="the same card again"
        ),
        pytest.param([A, None, A, None, None, A], [SAW_A] + [None] * 5, id="gaps do not add up"),
        pytest.param([A, B, B], [SAW_A, SAW_B, None], id="another card counts at once"),
        pytest.param([A, None, B], [SAW_A, None, SAW_B], id="another card after a gap"),
        pytest.param([RETRY, A], [None, SAW_A], id="torn on approach, then read"),
        pytest.param([RETRY, None, None], [None, TOLD_RETRY, None], id="torn away"),
        pytest.param([RETRY] * 5, [None, TOLD_RETRY, None, None, None], id="no flood"),
        pytest.param(
            [RETRY, RETRY, None, RETRY, RETRY],
            [None, TOLD_RETRY, None, None, None],
            id="a gap does not make a new attempt",
        ),
        pytest.param(
            [RETRY, None, None, None, RETRY, None],
            [None, TOLD_RETRY, None, None, None, TOLD_RETRY],
            id="a second attempt is told again",
        ),
        pytest.param([RETRY, RETRY, A], [None, TOLD_RETRY, SAW_A], id="read after all"),
        pytest.param([A, RETRY, RETRY, None], [SAW_A] + [None] * 3, id="leaving is no trouble"),
        pytest.param([TWO, TWO, TWO], [None, TOLD_TWO, None], id="two cards"),
        pytest.param([RETRY, TWO, TWO], [None, TOLD_TWO, None], id="the later trouble is told"),
        pytest.param(
            [RETRY, RETRY, TWO, TWO], [None, TOLD_RETRY, None, TOLD_TWO], id="each code once"
        ),
        pytest.param(
            [A, TWO, TWO, A, A], [SAW_A, None, TOLD_TWO, None, None], id="a card laid on top"
        ),
        pytest.param(
            [A, TWO, B], [SAW_A, None, SAW_B], id="one card slid over another, then alone"
        ),
    ],
)
def test_sequences(polls: list[Poll], expected: list[Seen]) -> None:
    presence = Presence()
    assert [presence.update(poll) for poll in polls] == expected


@pytest.mark.parametrize("empty_polls", [1, 2, 5])
def test_the_number_of_empty_polls_is_a_setting(empty_polls: int) -> None:
    presence = Presence(empty_polls)
    presence.update(A)
    seen = [presence.update(None) for _ in range(empty_polls)]
    assert seen == [None] * (empty_polls - 1) + [GONE]


def test_zero_empty_polls_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Presence(0)


def test_a_card_that_lay_there_before_anyone_looked_is_no_tap() -> None:
    presence = Presence(empty_polls=1, watched_from_start=False)
    assert [presence.update(RETRY), presence.update(A), presence.update(A)] == [
        None,
        None,
        None,
    ]
    assert presence.update(None) == GONE
    assert presence.update(A) == SAW_A


def test_a_card_after_an_empty_field_is_a_tap_however_the_watch_began() -> None:
    presence = Presence(watched_from_start=False)
    assert [presence.update(None) for _ in range(3)] == [None] * 3
    assert presence.watched
    assert presence.update(A) == SAW_A


def test_a_card_at_the_edge_of_the_field_is_no_tap_for_being_missed_once() -> None:
    presence = Presence(watched_from_start=False)
    assert [presence.update(seen) for seen in (None, None, A, A)] == [None] * 4


def test_another_card_in_the_place_of_one_that_lay_there_is_a_tap() -> None:
    presence = Presence(watched_from_start=False)
    assert presence.update(A) is None
    assert presence.update(B) == SAW_B
