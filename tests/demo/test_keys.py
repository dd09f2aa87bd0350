"""Single keys from a terminal, which is given back as it was."""

import os
import pty
import sys
import termios
from collections.abc import Iterator

import pytest

from gateway.demo.keys import Keys

ANSWER_S = 30.0


@pytest.fixture
def typist(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a terminal that is our stdin."""
    ours, its = pty.openpty()
    with os.fdopen(its, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


def attributes() -> list[object]:
    return termios.tcgetattr(sys.stdin.fileno())


def test_keys_come_one_by_one_and_without_enter(typist: int) -> None:
    with Keys() as keys:
        os.write(typist, b"tq")
        assert [keys.next(ANSWER_S), keys.next(ANSWER_S)] == ["t", "q"]
        assert keys.next(0) is None


def test_what_is_no_text_does_no_harm(typist: int) -> None:
    with Keys() as keys:
        os.write(typist, b"\xff")
        assert keys.next(ANSWER_S) == "�"


def crash(_keys: Keys) -> None:
    raise RuntimeError


@pytest.mark.usefixtures("typist")
def test_the_terminal_is_given_back_also_after_an_error() -> None:
    before = attributes()
    with Keys():
        assert attributes() != before
    assert attributes() == before
    with pytest.raises(RuntimeError), Keys() as keys:
        crash(keys)
    assert attributes() == before
