"""The link to central, as the gateway uses it: nothing here is waited for by a pump."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway import VERSION
from gateway.config.types import MqttSettings
from gateway.core.facts import KeyStatement
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.allocating import Allocating
from gateway.runtime.books import Books
from gateway.runtime.inbox import Inbox
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.trust import Trust, statements_in
from gateway.runtime.wall import WallClock
from gateway.store.errors import LedgerForked
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from gateway.store.state import NewEpoch
from mqtt.callbacks import LinkCallbacks
from mqtt.keys import KeyRefused
from mqtt.link import Link
from mqtt.messages import Live
from mqtt.seal import Seal
from mqtt.snapshot import Snapshot

log = logging.getLogger(__name__)

APPLY_S = 60.0
DELIVERY_S = 10.0


class LedgerOutbox(LedgerReader):
    """The ledger as the link reads it."""

    def __init__(self, path: Path, key_changes: Sequence[int]) -> None:
        """`key_changes`: see OwnSeals. To look for them takes a second on a Pi's long ledger."""
        super().__init__(path)
        self._changes = key_changes

    def head(self) -> tuple[int, str]:
        return self.last()

    def former_seal(self, after: int, through: int) -> Seal | None:
        change = next((sequence for sequence in self._changes if sequence > after), None)
        if change is None:
            return None
        return self.last_seal(after, min(through, change)) or self.first_seal(after, change)


class Network:
    """Runs the link and brings what it hears into the control loop's thread."""

    def __init__(
        self,
        settings: MqttSettings,
        ledger: Ledger,
        allocating: Allocating,
        trust: Trust,
        *,
        books: Books,
        forked: Callable[[str], None],
        keeper: Keeper,
        inbox: Inbox,
        wall: WallClock,
        make_link: type[Link] = Link,
    ) -> None:
        self.why = "not connected yet"
        self.acknowledged_through = ledger.acknowledged_through()
        self.answered = threading.Event()
        """The first attempt to connect has ended, one way or the other."""
        self._allocating = allocating
        self._trust = trust
        self._books = books
        self._tell_forked = forked
        self._keeper = keeper
        self._inbox = inbox
        self._wall = wall
        self._delivered = threading.Condition()
        self._down_since: float | None = time.monotonic()
        path, key_changes = ledger.path, ledger.seals.key_changes
        self._link = make_link(
            settings,
            ledger.seals.signer,
            trust,
            boot=ledger.boot,
            version=VERSION,
            outbox_factory=lambda: LedgerOutbox(path, key_changes),
            directives_position=lambda: allocating.position,
            forked=books.stoppage.blocked is Reason.LEDGER_FORKED,
            callbacks=LinkCallbacks(
                on_ack=self._acknowledged,
                on_time=self._told_time,
                on_directives=self._directives,
                on_complete=self._complete,
                on_epoch=self._epoch,
                on_snapshot=self._directives,
                on_keys=self._keys,
                on_forked=self._forked,
                on_unreadable=self._unreadable,
                on_state=self._state,
            ),
        )

    def start(self) -> None:
        self._link.start()

    def wake(self) -> None:
        self._link.wake()

    def live(self, live: Live) -> None:
        self._link.live(live)

    def down_for_s(self) -> float:
        """How long central has not been heard; 0 while it is. From any thread."""
        since = self._down_since
        return 0.0 if since is None else time.monotonic() - since

    def reconnect(self) -> None:
        self._link.reconnect()

    def deliver(self, head: int) -> None:
        """At an orderly end: wait a little for what is not yet acknowledged, if online."""
        with self._delivered:
            if self._books.online:
                self._delivered.wait_for(lambda: self.acknowledged_through >= head, DELIVERY_S)

    def stop(self) -> None:
        self._link.stop()

    # Called in the link's thread:

    def _acknowledged(self, epoch: int, through: int) -> None:
        self._books.hearing.heard()
        self._keeper.acknowledge(through, epoch=epoch)
        with self._delivered:
            self.acknowledged_through = through
            self._delivered.notify_all()
        self._inbox.put(lambda: self._books.stoppage.acknowledged(through))

    def _told_time(self, through: int, time: str) -> None:
        def hear() -> None:
            told = self._wall.heard(through, time)
            if told is not None:
                self._keeper.note([(told, self._wall.now())])

        self._inbox.put(hear)

    def _directives(self, directives: list[Entry] | Snapshot) -> None:
        """Returns when they are applied; what it raises makes the link ask for them again."""

        told = directives.entries if isinstance(directives, Snapshot) else directives

        def apply() -> None:
            for statement, through in statements_in(told):
                self._learn(statement, through)
            self._allocating.arrived(directives, self._keeper, self._wall, self._changed)

        self._keeper.have_done(apply, APPLY_S)
        self._books.hearing.heard()

    def _complete(self) -> None:
        self._keeper.have_done(
            lambda: self._allocating.complete(self._keeper, self._wall, self._changed), APPLY_S
        )

    def _epoch(self, epoch: int, through: int) -> None:
        log.warning(
            "central was restored: epoch %d, our ledger through %d",
            epoch,
            through,
            extra={"event": "central_restored"},
        )
        new = NewEpoch(epoch, through)
        self._keeper.have_done(
            lambda: self._allocating.adopt(new, self._keeper, self._wall, self._changed), APPLY_S
        )
        with self._delivered:
            self.acknowledged_through = min(through, self.acknowledged_through)

    def _keys(self, statements: list[KeyStatement]) -> bool:
        learned: list[KeyStatement] = []

        def learn() -> None:
            through = self._allocating.position[0]
            learned.extend(one for one in statements if self._learn(one, through))

        self._keeper.have_done(learn, APPLY_S)
        return bool(learned)

    def _unreadable(self, detail: str) -> None:
        log.error(
            "nothing is sold: central's directives cannot be read by this version of Takar (%s); "
            "install the one that central runs, and start again",
            detail,
            extra={"event": "directives_unreadable"},
        )
        self._inbox.put(lambda: self._books.stoppage.block(Reason.ALLOCATION_DAMAGED))

    def _forked(self, detail: str) -> None:
        log.error("%s", LedgerForked(detail), extra={"event": "ledger_forked"})
        self._inbox.put(lambda: self._tell_forked(detail))

    def _state(self, online: bool, why: str) -> None:  # noqa: FBT001  # the link's signature
        log.info(
            "link %s: %s",
            "up" if online else "down",
            why,
            extra={"event": "link_up" if online else "link_down"},
        )
        if online:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = time.monotonic()

        def note() -> None:
            self._books.online = online
            self.why = why

        self._inbox.put(note)
        self.answered.set()

    # Called in the writer's thread:

    def _learn(self, statement: KeyStatement, through: int) -> bool:
        """Believe what is news only once the ledger has it.

        One that is not the root's hides none of the others, nor the directives behind it.
        """
        try:
            news = self._trust.news([statement], self._allocating.epoch, through)
        except KeyRefused as error:
            log.warning("not believed: %s", error, extra={"event": "key_not_believed"})
            return False
        if news:
            entries = self._keeper.commit(Job(facts=[(fact, self._wall.now()) for fact in news]))
            self._trust.take(news)
            self._keeper.answer(lambda: self._keeper.tell_committed(entries))
        return bool(news)

    # Called in the loop's thread:

    def _changed(self) -> None:
        self._books.allocation_changed(self._allocating)
        self._link.wake()
