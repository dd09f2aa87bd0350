"""Following central's directives: what continues our chain, and when to ask. No I/O, no clock."""

from collections.abc import Callable

from gateway.core.log import Entry
from mqtt.batches import check_batch
from mqtt.keys import Keys
from mqtt.messages import DirectivesMessage, Request, SnapshotPage
from mqtt.pace import Pace
from mqtt.pages import Gathering, page_hash
from mqtt.payloads import MessageRejected
from mqtt.raw import seal_of_unreadable
from mqtt.seal import Seal, SealType
from mqtt.seals import CENTRAL, SealInvalid, Signer, verify
from mqtt.snapshot import Snapshot

DIRECTIVES_SOURCE = f"takar/{CENTRAL}"


class DirectivesForked(Exception):
    """Central, in our incarnation and epoch, vouches for other directives than it gave us."""


class Following:
    """Our place in the directives, and the requests that move it on.

    Each request is answered by one message; when it has come, the next follows at once. A
    request for the same place is repeated only after a pause that doubles, so neither a
    silent central nor a flood of misplaced directives makes us ask in a storm. A snapshot's
    pages are kept over a lost connection. After a fork nothing is asked for until `restart`.
    """

    def __init__(
        self, position: Callable[[], tuple[int, str]], signer: Signer, keyring: Keys
    ) -> None:
        self._read_position = position
        self._signer = signer
        self._keyring = keyring
        self._pace = Pace()
        self._asked: tuple[int, int] | None = None
        self._known_head = 0
        self._heard_head = False
        self._gathering: Gathering | None = None
        self._forked = False
        self.ask_at_ns: int | None = None
        """When to send `request()`; None while nothing is missing."""

    @property
    def complete(self) -> bool:
        """We have all that central had when it last told its head."""
        return self._heard_head and self._sequence >= self._known_head

    def begin_epoch(self, now_ns: int) -> None:
        """Central begins its directives anew: what it had before is of no account."""
        self._known_head, self._heard_head, self._gathering = 0, False, None
        self.restart(now_ns)

    def restart(self, now_ns: int) -> None:
        """Read our place again and ask from it, as after a connect."""
        self._sequence, self._hash = self._read_position()
        self._asked, self._forked = None, False
        self._pace.restart()
        self.ask_at_ns = now_ns

    def went_down(self) -> None:
        """The connection is gone, and with it the answer we may have waited for."""
        self._pace.cut()

    def request(self, now_ns: int) -> Request:
        """The request from our place on; another follows only if directives stay missing."""
        gathering = self._gathering
        if gathering is not None and gathering.at <= self._sequence:
            gathering = self._gathering = None
        at = gathering.at if gathering is not None else 0
        wanted = gathering.wanted if gathering is not None else self._sequence + 1
        self._pace.asked(now_ns, again=self._asked == (at, wanted))
        self._asked = at, wanted
        missing = max(self._known_head, at) > self._sequence
        self.ask_at_ns = self._pace.again_at_ns if missing else None
        sealed_at, head = (at, gathering.head) if gathering is not None else (wanted, self._hash)
        return Request(
            request="directives" if gathering is None else "snapshot",
            from_sequence=wanted,
            at=at,
            bytes=self._pace.bytes,
            seal=self._signer.seal("request", sealed_at, head),
        )

    def head(self, seal: Seal, now_ns: int) -> None:
        """Take central's head, or what it holds where we asked from.

        SealInvalid if it is no use to us; DirectivesForked if it is another than ours.
        """
        self._verify(seal, "directives-head")
        ours = {self._sequence: self._hash}
        if self._gathering is not None:
            ours[self._gathering.at] = self._gathering.head
        if seal.head != ours.get(seal.sequence, seal.head):
            self._gathering = None
            self._fork(seal.sequence, seal.head, ours[seal.sequence])
        self._known_head = max(self._known_head, seal.sequence)
        self._heard_head = True
        self._ask_if_missing(now_ns)

    def accept(self, message: DirectivesMessage, now_ns: int) -> list[Entry]:
        """The directives that continue ours, which they now do; empty if all were known.

        SealInvalid or MessageRejected otherwise; a gap makes us ask. DirectivesForked if they
        continue others than ours.
        """
        self._verify(message.seal, "directives")
        entries = message.directives
        check_batch(entries, message.seal, DIRECTIVES_SOURCE)
        self._known_head = max(self._known_head, message.seal.sequence)
        if message.seal.sequence <= self._sequence:
            return []
        new = [entry for entry in entries if entry.sequence > self._sequence]
        if new[0].sequence != self._sequence + 1:
            self._ask_if_missing(now_ns)
            raise MessageRejected(
                f"directives {new[0].sequence} to {new[-1].sequence} do not continue ours, "
                f"which end at {self._sequence} with hash {self._hash[:16]}…"
            )
        if new[0].prevhash != self._hash:
            self._fork(self._sequence, new[0].prevhash, self._hash)
        self._move(message.seal.sequence, message.seal.head, now_ns)
        return new

    def must_be_read(self, payload: bytes) -> bool:
        """These are directives of central's, beyond ours, in a form that we do not know."""
        seal = seal_of_unreadable(payload)
        if seal is None or seal.sequence <= self._sequence:
            return False
        try:
            self._verify(seal, "directives")
        except SealInvalid:
            return False
        return True

    def gather(self, page: SnapshotPage, now_ns: int) -> Snapshot | None:
        """The snapshot that this page completes, which is now our place; else None.

        SealInvalid or MessageRejected if the page is no use to us.
        """
        self._verify(page.seal, "snapshot")
        if (page.seal.sequence, page.seal.head) != (page.at, page_hash(page)):
            raise MessageRejected(f"a page of the snapshot at {page.at} is not what was sealed")
        self._known_head = max(self._known_head, page.at)
        if page.at <= self._sequence:
            return None
        gathering, self._gathering = self._gathering or Gathering(page), None
        if page.at < gathering.at:
            self._gathering = gathering
            return None
        if not gathering.holds(page):
            # A newer one, or central makes another one of the same directives than it did.
            gathering = Gathering(page)
        news = gathering.add(page)
        if gathering.complete:
            snapshot = gathering.snapshot()
            self._move(snapshot.at, snapshot.head, now_ns)
            return snapshot
        self._gathering = gathering if gathering.wanted > 1 else None
        if news:
            self._go_on(now_ns)
        else:
            self._ask_if_missing(now_ns)
        return None

    def _move(self, sequence: int, head: str, now_ns: int) -> None:
        self._sequence, self._hash = sequence, head
        self._go_on(now_ns)

    def _go_on(self, now_ns: int) -> None:
        self._pace.answered(now_ns)
        missing = self._gathering is not None or self._known_head > self._sequence
        self.ask_at_ns = now_ns if missing else None

    def _ask_if_missing(self, now_ns: int) -> None:
        if self._known_head <= self._sequence or self._forked:
            return
        waiting = self._pace.asked_at_ns is not None
        self.ask_at_ns = max(now_ns, self._pace.again_at_ns) if waiting else now_ns

    def _fork(self, sequence: int, theirs: str, ours: str) -> None:
        self._forked = True
        self.ask_at_ns = None
        raise DirectivesForked(
            f"central's directive {sequence} has hash {theirs[:16]}…, ours has {ours[:16]}…; "
            "was central's database restored? Then its epoch must rise"
        )

    def _verify(self, seal: Seal, kind: SealType) -> None:
        signer = self._signer
        verify(
            seal,
            self._keyring,
            type=kind,
            gateway=signer.gateway,
            incarnation=signer.incarnation,
            epoch=signer.epoch,
        )
