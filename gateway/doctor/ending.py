"""An end from outside waits while a contact is made, and leaves by way of every `finally`.

A closed terminal (SIGHUP), SIGTERM and Ctrl-C would otherwise leave a relay made: a Raspberry Pi's
kernel keeps the outputs of a process that has ended as they were.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class _Ending:
    """Of this process: signals are."""

    def __init__(self) -> None:
        self.held = 0
        self.told: int | None = None
        """The signal that ends us."""

    def tell(self, number: int, _frame: FrameType | None) -> None:
        """The second and later ones cut off nothing: the end is under way."""
        if self.told is not None:
            return
        self.told = number
        if not self.held:
            self.end()

    def end(self) -> None:
        raise SystemExit(128 + self.told if self.told else 1)


_ending = _Ending()


@contextmanager
def orderly() -> Iterator[None]:
    """These signals end what is within by SystemExit, with the status that a shell would show.
    Those that are ignored stay so. In the main thread only."""
    before = {number: signal.getsignal(number) for number in ENDS}
    heard = [number for number in ENDS if before[number] is not signal.SIG_IGN]
    _ending.told = None
    try:
        for number in heard:
            signal.signal(number, _ending.tell)
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])
        _ending.told = None


@contextmanager
def held_back() -> Iterator[None]:
    """The end comes after what is within: it makes a contact, and breaks it in seconds."""
    _ending.held += 1
    try:
        yield
    finally:
        _ending.held -= 1
        if _ending.told is not None and not _ending.held:
            _ending.end()
