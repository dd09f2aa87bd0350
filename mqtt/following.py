"""Following central's directives: what continues our chain, and when to ask. No I/O, no clock."""

from collections.abc import Callable

from gateway.core.log import Entry
from gateway.core.units import NS_PER_S
from mqtt.batches import check_batch
from mqtt.keys import Keyring
from mqtt.messages import DirectivesMessage, MessageRejected, Request
from mqtt.seals import CENTRAL, Seal, SealType, Signer, verify

ASK_AGAIN_NS = NS_PER_S
ASK_AGAIN_AT_MOST_NS = 60 * NS_PER_S
DIRECTIVES_SOURCE = f"takar/{CENTRAL}"


class Following:
    """Our place in the directives, and the requests that move it on.

    A request for the same place is repeated only after a pause that doubles, so neither a
    silent central nor a flood of misplaced directives makes us ask in a storm.
    """

    def __init__(
        self, position: Callable[[], tuple[int, str]], signer: Signer, keyring: Keyring
    ) -> None:
        self._read_position = position
        self._signer = signer
        self._keyring = keyring
        self._asked: int | None = None
        self._asked_at_ns = 0
        self._pause_ns = ASK_AGAIN_NS
        self._known_head = 0
        self._heard_head = False
        self.ask_at_ns: int | None = None
        """When to send `request()`; None while nothing is missing."""

    @property
    def complete(self) -> bool:
        """We have all that central had when it last told its head."""
        return self._heard_head and self._sequence >= self._known_head

    def begin_epoch(self, now_ns: int) -> None:
        """Central begins its directives anew: what it had before is of no account."""
        self._known_head, self._heard_head = 0, False
        self.restart(now_ns)

    def restart(self, now_ns: int) -> None:
        """Read our place again and ask from it, as after a connect."""
        self._sequence, self._hash = self._read_position()
        self._asked = None
        self._pause_ns = ASK_AGAIN_NS
        self.ask_at_ns = now_ns

    def request(self, now_ns: int) -> Request:
        """The request from our place on; another follows only if directives stay missing."""
        wanted = self._sequence + 1
        again = self._asked == wanted
        self._pause_ns = min(2 * self._pause_ns, ASK_AGAIN_AT_MOST_NS) if again else ASK_AGAIN_NS
        self._asked, self._asked_at_ns = wanted, now_ns
        missing = self._known_head > self._sequence
        self.ask_at_ns = now_ns + self._pause_ns if missing else None
        seal = self._signer.seal("request", wanted, self._hash)
        return Request(request="directives", from_sequence=wanted, seal=seal)

    def head(self, seal: Seal, now_ns: int) -> None:
        """Take central's head; SealInvalid or MessageRejected if it is no use to us."""
        self._verify(seal, "directives-head")
        if seal.sequence == self._sequence and seal.head != self._hash:
            raise MessageRejected(
                f"central's directive {seal.sequence} has hash {seal.head[:16]}…, "
                f"ours has {self._hash[:16]}…"
            )
        self._known_head = max(self._known_head, seal.sequence)
        self._heard_head = True
        self._ask_if_missing(now_ns)

    def accept(self, message: DirectivesMessage, now_ns: int) -> list[Entry]:
        """The directives that continue ours, which they now do; empty if all were known.

        SealInvalid or MessageRejected otherwise; a gap makes us ask.
        """
        self._verify(message.seal, "directives")
        entries = message.directives
        check_batch(entries, message.seal, DIRECTIVES_SOURCE)
        self._known_head = max(self._known_head, message.seal.sequence)
        if message.seal.sequence <= self._sequence:
            return []
        new = [entry for entry in entries if entry.sequence > self._sequence]
        if new[0].sequence != self._sequence + 1 or new[0].prevhash != self._hash:
            self._ask_if_missing(now_ns)
            raise MessageRejected(
                f"directives {new[0].sequence} to {new[-1].sequence} do not continue ours, "
                f"which end at {self._sequence} with hash {self._hash[:16]}…"
            )
        self._sequence, self._hash = message.seal.sequence, message.seal.head
        self._pause_ns = ASK_AGAIN_NS
        # Central sends the rest unasked; if it stops, ask.
        missing = self._known_head > self._sequence
        self.ask_at_ns = now_ns + ASK_AGAIN_NS if missing else None
        return new

    def _ask_if_missing(self, now_ns: int) -> None:
        if self._known_head <= self._sequence:
            return
        asked_already = self._asked == self._sequence + 1
        at_ns = self._asked_at_ns + self._pause_ns if asked_already else now_ns
        self.ask_at_ns = max(now_ns, at_ns)

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
