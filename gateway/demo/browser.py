"""What the demo offers to a browser, by the same hands as the terminal's keys."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from gateway.demo.hands import Hands
from gateway.demo.page.news import News
from gateway.demo.page.serving import PageServer
from gateway.demo.parts import PartFailed
from gateway.demo.scenario import read_cards
from gateway.demo.stage import PERSON, Stage

LOOK_S = 1.0
"""So often it is seen whether the console lives, as systemd would."""


class Browser:
    """Has its address at once; serves while `serving`."""

    stage: Stage
    hands: Hands

    def __init__(self) -> None:
        self._server = PageServer()
        self.url = self._server.url
        self._news = News()
        self.listeners: list[Callable[[str], None]] = []
        """Who else is told what happens."""
        self.yours = threading.Event()
        """The guided tour is over: hands may do what they like."""
        self._opened = threading.Event()
        self._over = threading.Event()

    @contextmanager
    def serving(self, stage: Stage) -> Iterator[None]:
        """The pumps wait for neither console nor page: these open beside them."""
        self.stage = stage
        self.hands = Hands(stage, read_cards(stage.folder / "cards.json"), self.tell)
        opening = threading.Thread(target=self._open, name="browser", daemon=True)
        opening.start()
        try:
            yield
        finally:
            self._over.set()
            opening.join()
            self._server.stop()

    @property
    def addresses(self) -> list[str]:
        """Lines, each short enough for a narrow terminal; none until there is something there."""
        if not self._opened.is_set():
            return []
        return [
            f"open {self.url}/ in a browser: the forecourt",
            f"console {self.stage.console_url}/ : sign in as {PERSON}, code {self.stage.code}",
        ]

    def wait(self) -> None:
        """Until it is open."""
        self._opened.wait()

    def tell(self, line: str) -> None:
        self._news.tell(line)
        for listener in self.listeners:
            listener(line)

    def _open(self) -> None:
        from gateway.demo.page.opening import page_of  # not above: it loads a web server

        try:
            self.stage.start_console()
        except PartFailed as error:
            self.tell(str(error))
        self._server.start(page_of(self.stage, self.hands, self._news, self.yours))
        self._opened.set()
        while not self._over.wait(LOOK_S):
            self.hands.keep_console()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
