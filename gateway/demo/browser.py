"""What the demo offers to a browser, by the same hands as the terminal's keys."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from gateway.demo.hands import Hands
from gateway.demo.page.app import build
from gateway.demo.page.deeds import Deeds
from gateway.demo.page.look import Look
from gateway.demo.page.news import News
from gateway.demo.page.serving import PageServer
from gateway.demo.page.tanks import Tanks
from gateway.demo.page.theirs import Receipts
from gateway.demo.scenario import read_cards
from gateway.demo.stage import PERSON, Stage
from gateway.demo.wallet import read_wallet


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

    @contextmanager
    def serving(self, stage: Stage) -> Iterator[None]:
        self.stage = stage
        self.hands = Hands(stage, read_cards(stage.folder / "cards.json"), self.tell)
        wallet = read_wallet(stage.folder / "cards.json")
        tanks, receipts = Tanks(), Receipts()
        deeds = Deeds(self.hands, stage, wallet, tanks, receipts, self.yours)
        look = Look(stage, wallet, tanks, receipts, self._news, self.yours)
        self._server.start(build(stage, wallet, deeds, look))
        try:
            yield
        finally:
            self._server.stop()
            look.close()

    @property
    def addresses(self) -> list[str]:
        """Lines, each short enough for a narrow terminal."""
        return [
            f"open {self.url}/ in a browser: the forecourt",
            f"console {self.stage.console_url}/ : sign in as {PERSON}, code {self.stage.code}",
        ]

    def tell(self, line: str) -> None:
        self._news.tell(line)
        for listener in self.listeners:
            listener(line)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
