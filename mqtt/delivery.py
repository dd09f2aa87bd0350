"""Which ledger entries to send, and when to send them again. No I/O, no clock.

Delivered means central's sealed acknowledgement; a PUBACK plays no part.
"""

from collections import deque
from typing import NamedTuple, Protocol

from gateway.core.log import Entry, Written
from gateway.core.units import NS_PER_S
from mqtt.keys import Keys
from mqtt.messages import MAX_ENTRIES
from mqtt.pace import PATIENCE, Size
from mqtt.payloads import encode_written
from mqtt.seal import Seal
from mqtt.seals import Signer, verify

BATCH_BYTES = 200 * 1024
"""Of entries in one message, at most."""
FIRST_BYTES = 16 * 1024
"""Passes within ten seconds at 2 kB/s; on a quick link four acknowledgements make it the most."""
LEAST_ENTRY_BYTES = 190
"""With id, source, time and `prevhash` none is shorter. No more are read than may fit a message."""
WINDOW_MESSAGES = 4
"""Sent and not yet acknowledged, at first: a slow link is not filled for minutes."""
WINDOW_AT_MOST = 20
"""Grown to with each acknowledgement, so that one commit of central's serves many messages.
paho, and Mosquitto by default, have no more on the way."""
OVERDUE_NS = 5 * NS_PER_S
OVERDUE_AT_MOST_NS = 60 * NS_PER_S


class Outbox(Protocol):
    """The ledger as the link sees it: one connection, used by one thread."""

    def written_after(self, sequence: int, limit: int) -> list[Written]:
        """At most `limit` entries with a greater sequence, in order."""

    def acknowledged_through(self) -> int:
        """Highest sequence that central has acknowledged; 0 before the first."""

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the newest entry; 0 and 64 zeros if there is none."""

    def entry_at(self, sequence: int) -> Entry | None:
        """The entry, or None if it was pruned or does not exist."""

    def former_seal(self, after: int, through: int) -> Seal | None:
        """Where entry `after` + 1 was sealed by a key that was replaced since: its last seal up to
        `through`, or the first beyond, for nothing else proves that entry. None where it is to
        be sealed anew."""

    def close(self) -> None:
        """End the connection."""


class Adopting(NamedTuple):
    """What central vouches for in an epoch above ours."""

    epoch: int
    through: int
    """The newest entry that it has of our ledger; 0 for none."""


class LedgerForked(Exception):
    """Central holds another history of this ledger than we do."""


class Delivery:
    """Sends the unacknowledged entries in order, a few messages ahead of central."""

    def __init__(
        self, outbox: Outbox, signer: Signer, keyring: Keys, *, forked: bool = False
    ) -> None:
        """`forked`: so the ledger itself says, from before this start. It is not sent any more."""
        self._outbox = outbox
        self._signer = signer
        self._keyring = keyring
        self._acknowledged = outbox.acknowledged_through()
        self._forked = self._silent = forked
        self._size = Size(FIRST_BYTES, BATCH_BYTES)
        self._took_ns = 0
        self.sent_through = self._acknowledged
        """Sequence of the last entry sent, as far as nothing before it is to be sent again."""
        self.pruned_through = 0
        """Central lacks entries that are no more in our ledger, up to this one; 0: it does not."""
        self.restart()

    def restart(self) -> None:
        """Begin again after the last acknowledged entry, as after a reconnect.

        A forked ledger is sent in the connection in which that was found, so that central sees it
        too, and in no later one: a central that was restored meanwhile lacks the true history, and
        would take this one for it.
        """
        self._silent = self._forked
        self.sent_through = self._acknowledged
        self._unacknowledged: deque[int] = deque()
        self._window = WINDOW_MESSAGES
        self._patience_ns = self._first_patience_ns()
        self._waits_since_ns: int | None = None
        self._overdue_at_ns: int | None = None

    def went_down(self) -> None:
        """The connection ended; if it was too early for an acknowledgement, send less at once."""
        if self._unacknowledged:
            self._size.cut()

    @property
    def overdue_at_ns(self) -> int | None:
        """When to call `resend`; None while nothing is outstanding."""
        return self._overdue_at_ns

    def resend(self) -> None:
        """Give up on what is outstanding; the next messages repeat it. Waits longer each time.

        A forked ledger is not repeated: once is enough for central to see it.
        """
        self._overdue_at_ns = None
        if self._forked:
            return
        self.sent_through = self._acknowledged
        self._unacknowledged.clear()
        self._window = WINDOW_MESSAGES
        self._size.late()
        self._waits_since_ns = None
        self._patience_ns = min(2 * self._patience_ns, OVERDUE_AT_MOST_NS)

    def next_message(self, now_ns: int) -> bytes | None:
        """The payload of the next message to publish at once, or None."""
        if self._silent or len(self._unacknowledged) >= self._window:
            return None
        entries = self._next_entries()
        if not entries:
            return None
        before = entries[0].sequence - 1
        self.pruned_through = 0 if before == self.sent_through else before
        former = self._outbox.former_seal(before, entries[-1].sequence)
        if former is not None:
            # It may lie beyond what should be sent at once: nothing shorter can be proven.
            entries = self._outbox.written_after(before, former.sequence - before)
        last = entries[-1]
        self.sent_through = last.sequence
        self._unacknowledged.append(last.sequence)
        if self._waits_since_ns is None:
            self._waits_since_ns = now_ns
        if self._overdue_at_ns is None:
            self._overdue_at_ns = now_ns + self._patience_ns
        seal = former or self._signer.seal("ledger", last.sequence, last.hash)
        return encode_written(entries, seal)

    def _next_entries(self) -> list[Written]:
        most = min(MAX_ENTRIES, self._size.bytes // LEAST_ENTRY_BYTES + 2)
        entries = self._outbox.written_after(self.sent_through, most)
        size = 0
        for count, entry in enumerate(entries):
            size += len(entry.body.encode()) + 1
            if size > self._size.bytes and count > 0:
                return entries[:count]
        return entries

    def new_epoch(self, seal: Seal) -> Adopting | None:
        """What an acknowledgement in an epoch above ours asks us to adopt; None in any other.

        SealInvalid and LedgerForked as for `acknowledge`; LedgerForked too where we are: that
        central has forgotten what contradicts us is no proof of our history.
        """
        if seal.epoch <= self._signer.epoch:
            return None
        self._verify(seal)
        self._refuse_fork(seal)
        if self._forked:
            self._silent = True
            raise LedgerForked(f"so central's epoch {seal.epoch} is not adopted, and nothing sent")
        return Adopting(seal.epoch, seal.sequence)

    def begin_epoch(self, through: int) -> None:
        """The epoch is ours now: send again all that central does not have."""
        self._acknowledged = min(through, self._acknowledged)
        self.restart()

    def acknowledge(self, seal: Seal, now_ns: int) -> int | None:
        """Take an acknowledgement; the new sequence, or None if it is stale.

        SealInvalid if it proves nothing to us, as one of an older epoch; LedgerForked if
        central, in our incarnation and epoch, vouches for an entry that we do not have or have
        with another hash.
        """
        self._verify(seal, epoch=self._signer.epoch)
        through = seal.sequence
        self._refuse_fork(seal)
        if through <= self._acknowledged:
            return None
        if through >= self.pruned_through:
            self.pruned_through = 0
        self._acknowledged = through
        self.sent_through = max(self.sent_through, through)
        while self._unacknowledged and self._unacknowledged[0] <= through:
            self._unacknowledged.popleft()
            self._window = min(self._window + 1, WINDOW_AT_MOST)
            self._size.arrived()
        if self._waits_since_ns is not None:
            self._took_ns = now_ns - self._waits_since_ns
        self._patience_ns = self._first_patience_ns()
        waits = bool(self._unacknowledged)
        self._waits_since_ns = now_ns if waits else None
        self._overdue_at_ns = now_ns + self._patience_ns if waits else None
        return through

    def _first_patience_ns(self) -> int:
        return min(max(OVERDUE_NS, PATIENCE * self._took_ns), OVERDUE_AT_MOST_NS)

    def _verify(self, seal: Seal, epoch: int | None = None) -> None:
        signer = self._signer
        verify(
            seal,
            self._keyring,
            type="ledger-ack",
            gateway=signer.gateway,
            incarnation=signer.incarnation,
            epoch=epoch,
        )

    def _refuse_fork(self, seal: Seal) -> None:
        head, _ = self._outbox.head()
        ours = self._outbox.entry_at(seal.sequence)
        if seal.sequence > head:
            detail = f"central acknowledges entry {seal.sequence}, our ledger ends at {head}"
        elif ours is not None and ours.hash != seal.head:
            detail = (
                f"central's entry {seal.sequence} has hash {seal.head[:16]}…, "
                f"ours has {ours.hash[:16]}…"
            )
        else:
            return
        self._forked = True
        raise LedgerForked(detail)
