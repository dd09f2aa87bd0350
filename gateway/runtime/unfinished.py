"""A start for which the disk had no room."""

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.books import Books
from gateway.runtime.keeper import Keeper
from gateway.runtime.recovering import Recovery


def finish_in_time(recovery: Recovery, keeper: Keeper, books: Books) -> None:
    """Sell nothing, deliver what is unsent, and record when there is room."""
    books.start_blocked(Reason.STORAGE_FULL)

    def learn(entries: list[Entry]) -> None:
        keeper.answer(lambda: keeper.tell_committed(entries))

    def go_on() -> None:
        recovery.go_on(keeper.commit, learn)
        keeper.answer(lambda: books.start_blocked(None))

    keeper.run(lambda: keeper.until_done(go_on))
