"""Single key presses from a terminal, without a library of its own."""

import os
import select
import sys
import termios
import tty
from types import TracebackType


class Keys:
    """Reads keys while the block lasts, then gives the terminal back as it was."""

    def __enter__(self) -> "Keys":
        self._descriptor = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def next(self, within_s: float) -> str | None:
        """The next key, or None when the time is over."""
        ready, _, _ = select.select([self._descriptor], [], [], within_s)
        return os.read(self._descriptor, 1).decode(errors="replace") if ready else None
