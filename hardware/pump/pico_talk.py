"""What is said to a co-processor and heard from it, without a port: bytes in, bytes out.

Messages are those of firmware/guard/messages.py. Orders of one pump go out one after the other,
each once the one before is answered, and again while it is not: saying any of them twice does
no more than saying it once. A renewal is said once; the next one makes up for it.
"""

from collections import deque

from firmware.guard import protocol
from firmware.guard.codec import BadMessage, Fields, read, text
from firmware.guard.messages import PUMPS, TO_CHIP, TO_HOST, VERSION
from gateway.core.units import NS_PER_MS

AGAIN_NS = 60 * NS_PER_MS
"""An order unanswered for so long is said again; an answer takes a few ms."""
FILE_AGAIN_NS = 5_000 * NS_PER_MS
"""Flash is slow, most of all to erase."""
WHOLE = 0
"""The queue of orders that are no single pump's."""
OF_A_FILL = ("arm", "make", "raise", "shut")
GONE = "restarted"
"""Answer to an order when the chip was restarted before it answered."""


class Order:
    """One line for the chip. `answer`: None until it comes, then "" or why it is refused."""

    def __init__(self, verb: str, fields: Fields) -> None:
        self.verb = verb
        self.fields = fields
        self.answer: str | None = None
        self.sequences: list[int] = []
        """Under which it was said."""
        self.said_ns = 0
        self.again_ns = FILE_AGAIN_NS if verb == "file" else AGAIN_NS


class Talk:
    """One connection: begins with a greeting, and nothing else is said before its answer."""

    def __init__(self, host: int, now_ns: int) -> None:
        """`host`: a number of this run; the chip shuts everything at another one than before."""
        self._host = host
        self._sequence = 0
        self._outgoing = bytearray()
        self.parser = protocol.Parser()
        self.strange = 0
        """Whole lines that are no message of ours."""
        self.heard_ns = now_ns
        self.birth: Fields | None = None
        """Who the chip says it is."""
        self.births = 0
        """Rises when the chip was restarted while it was connected."""
        self.states: dict[int, Fields] = {}
        """Of each pump, the newest."""
        self.heard: dict[str, Fields] = {}
        """The newest of each other message: witness, link, file."""
        self._greeting = Order("hello", {"v": VERSION, "host": host})
        self._queues: dict[int, deque[Order]] = {pump: deque() for pump in (WHOLE, *PUMPS)}
        self._queues[WHOLE].append(self._greeting)
        self.tick(now_ns)

    @property
    def ready(self) -> bool:
        """Greeted, named, and both pumps' states are known."""
        return (
            self._greeting.answer == ""
            and self.birth is not None
            and len(self.states) == len(PUMPS)
        )

    @property
    def refused(self) -> str:
        """Why the chip does not want to talk, or ""."""
        return self._greeting.answer or ""

    @property
    def of_another_version(self) -> bool:
        """It is a co-processor, whose firmware can be replaced and nothing else."""
        return self.birth is not None and self.refused.startswith("version_")

    def order(self, verb: str, fields: Fields, pump: int = WHOLE) -> Order:
        """Say it after what was ordered before."""
        order = Order(verb, fields)
        self._queues[pump].append(order)
        return order

    def shut(self, pump: int) -> None:
        """Say so before anything else, and no more of what belongs to a fill."""
        queue = self._queues[pump]
        kept = [order for order in queue if order.verb not in OF_A_FILL]
        for order in queue:
            if order.verb in OF_A_FILL:
                order.answer = "dropped"
        queue.clear()
        queue.extend([Order("shut", {"p": pump}), *kept])

    def say(self, verb: str, fields: Fields) -> None:
        """Say it once, without waiting for its answer."""
        self._say(verb, fields)

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take what came, whatever it is."""
        for _, line in self.parser.feed(data):
            try:
                verb, fields = read(TO_HOST, line)
            except BadMessage:
                self.strange += 1
                continue
            self.heard_ns = now_ns
            if verb == "birth":
                self._born(fields)
            elif verb == "state":
                self.states[fields["p"]] = fields
            elif verb in ("ok", "no"):
                self._answered(fields["re"], fields.get("why", ""))
            else:
                self.heard[verb] = fields
        self.tick(now_ns)

    def tick(self, now_ns: int) -> None:
        """Say what is due, for the first time or again."""
        greeted = self._greeting.answer == ""
        for pump, queue in self._queues.items():
            if not queue or not (greeted or pump == WHOLE):
                continue
            order = queue[0]
            if not order.sequences or now_ns - order.said_ns >= order.again_ns:
                order.said_ns = now_ns
                order.sequences.append(self._say(order.verb, order.fields))

    def take(self) -> bytes:
        """What is to be sent."""
        sent, self._outgoing = bytes(self._outgoing), bytearray()
        return sent

    def _say(self, verb: str, fields: Fields) -> int:
        sequence = self._sequence
        self._outgoing += protocol.frame(sequence, text(TO_CHIP, verb, fields))
        self._sequence = (sequence + 1) % protocol.SEQUENCES
        return sequence

    def _answered(self, sequence: int, why: str) -> None:
        for queue in self._queues.values():
            if queue and sequence in queue[0].sequences:
                queue.popleft().answer = why
                return

    def _born(self, fields: Fields) -> None:
        before, self.birth = self.birth, fields
        if before is None or (before["id"], before["boot"]) == (fields["id"], fields["boot"]):
            return
        self.births += 1
        for queue in self._queues.values():
            for order in queue:
                order.answer = GONE
            queue.clear()
        self.states.clear()
        self._greeting = Order("hello", {"v": VERSION, "host": self._host})
        self._queues[WHOLE].append(self._greeting)
