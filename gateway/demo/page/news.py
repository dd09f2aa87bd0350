"""The last things that happened in the demo, for whoever looks at its page."""

from collections import deque
from datetime import datetime
from threading import Lock
from zoneinfo import ZoneInfo

from gateway.setup.configurations import ZONE

MOST = 40


class News:
    """Told from any thread."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST)
        self._turn = Lock()

    def tell(self, line: str) -> None:
        if not line:
            return
        now = datetime.now(ZoneInfo(ZONE)).strftime("%H:%M:%S")
        with self._turn:
            self._lines.append(f"{now} {line}")

    def lines(self) -> list[str]:
        """The newest first."""
        with self._turn:
            return list(reversed(self._lines))
