"""What the gateway says and hears while the link is up. One thread, no waiting, time passed in."""

import logging
from collections.abc import Callable

from gateway.core.facts import KeyStatement
from gateway.core.units import MAX_SAFE_INTEGER, NS_PER_S
from mqtt.anothers import is_anothers
from mqtt.callbacks import LinkCallbacks
from mqtt.connection import Publication
from mqtt.delivery import Adopting, Delivery, LedgerForked, Outbox
from mqtt.following import DirectivesForked, Following
from mqtt.keys import KeyRefused, Keys
from mqtt.messages import MAX_STATEMENTS, AnyMessage, DirectivesMessage, KeysMessage, SnapshotPage
from mqtt.payloads import MessageRejected, decode, decode_envelope, encode
from mqtt.seal import Seal
from mqtt.seals import SealInvalid, Signer
from mqtt.topics import Kind, parse_topic, topic_of

log = logging.getLogger(__name__)

AFTER_FAILED_APPLY_NS = 5 * NS_PER_S
BEHIND = (
    "central lacks entries of this ledger up to {}, which are no more in it: it must take them "
    "in from their export (takar central import)"
)


class Exchange:
    """Feeds `Delivery` and `Following` with what arrives, and publishes what they want sent."""

    def __init__(
        self,
        signer: Signer,
        keyring: Keys,
        outbox: Outbox,
        directives_position: Callable[[], tuple[int, str]],
        callbacks: LinkCallbacks,
        publish: Callable[[Publication], bool],
        *,
        forked: bool = False,
    ) -> None:
        """`forked`: as `Delivery` says."""
        self._gateway = signer.gateway
        self._signer = signer
        self._delivery = Delivery(outbox, signer, keyring, forked=forked)
        self._following = Following(directives_position, signer, keyring)
        self._callbacks = callbacks
        self._publish = publish
        self._up = False
        self._told: tuple[bool, str] | None = None
        self._told_forked = False
        self._adopting: Adopting | None = None
        self._adopt_at_ns = 0
        self._unlearned: list[KeyStatement] = []
        self._learn_at_ns = 0
        self._newer_head: bytes = b""
        """Central's newest head that was sealed in an epoch above ours."""

    def went_up(self, why: str, now_ns: int) -> None:
        """Connected: send again from the last acknowledged entry, ask for directives."""
        self._up = True
        self._delivery.restart()
        self._following.restart(now_ns)
        self._tell(online=True, why=why)

    def went_down(self, why: str) -> None:
        self._up = False
        self._delivery.went_down()
        self._following.went_down()
        self._tell(online=False, why=why)

    def resync(self, now_ns: int) -> None:
        """Read our place in the directives again, and ask for what follows it."""
        self._following.restart(now_ns)

    def advance(self, now_ns: int, head: int = MAX_SAFE_INTEGER) -> None:
        """Publish everything that is due. `head`: the ledger's last entry, where it is known."""
        if not self._up:
            return
        overdue_at_ns = self._delivery.overdue_at_ns
        if overdue_at_ns is not None and now_ns >= overdue_at_ns:
            self._tell(online=False, why="connected, but central does not acknowledge")
            self._delivery.resend()
        if self._adopting is not None and now_ns >= self._adopt_at_ns:
            self._adopt(self._adopting, now_ns)
        if self._unlearned and now_ns >= self._learn_at_ns:
            self._learn([], now_ns)
        delivery = self._delivery
        while delivery.sent_through < head and (payload := delivery.next_message(now_ns)):
            self._send("ledger", payload)
        if pruned_through := self._delivery.pruned_through:
            self._tell(online=False, why=BEHIND.format(pruned_through))
        ask_at_ns = self._following.ask_at_ns
        if ask_at_ns is not None and now_ns >= ask_at_ns:
            self._send("requests", encode(self._following.request(now_ns)))

    def next_due_ns(self) -> int | None:
        """When `advance` has something to do even if nothing happens; None if never."""
        due = [self._delivery.overdue_at_ns, self._following.ask_at_ns]
        if self._adopting is not None:
            due.append(self._adopt_at_ns)
        if self._unlearned:
            due.append(self._learn_at_ns)
        return (
            min((at_ns for at_ns in due if at_ns is not None), default=None) if self._up else None
        )

    def receive(self, topic: str, payload: bytes, now_ns: int) -> None:
        """Take a message from the broker. What proves nothing is dropped with a line in the log."""
        try:
            gateway, kind = parse_topic(topic)
            if gateway != self._gateway:
                if is_anothers(gateway, kind, payload):
                    log.debug("a message on %s", topic, extra={"event": "message_of_another"})
                    return
                raise MessageRejected(f"meant for {gateway}")
            # What a sealed directive says is judged where it is applied: one that this version
            # cannot use blocks its subject there, and must not hold up those behind it.
            read = decode_envelope if kind == "directives" else decode
            message = read(kind, payload)
            if kind == "directives/head" and isinstance(message, Seal):
                # It may come before the acknowledgement that makes the epoch ours.
                self._newer_head = payload if message.epoch > self._signer.epoch else b""
            self._take(kind, message, now_ns)
        except LedgerForked as error:
            log.error("%s", error, extra={"event": "ledger_forked"})
            if not self._told_forked:
                self._told_forked = True
                self._callbacks.on_forked(str(error))
        except DirectivesForked as error:
            log.error(
                "%s; asked for at the next connect", error, extra={"event": "directives_forked"}
            )
        except (MessageRejected, SealInvalid, KeyRefused, ValueError) as error:
            log.warning("on %s: %s", topic[:120], error, extra={"event": "message_dropped"})
            if topic == topic_of(self._gateway, "directives") and self._following.must_be_read(
                payload
            ):
                self._callbacks.on_unreadable(str(error))

    def _take(self, kind: Kind, message: AnyMessage, now_ns: int) -> None:
        if isinstance(message, KeysMessage):
            self._learn(message.statements, now_ns)
        elif isinstance(message, DirectivesMessage):
            directives = self._following.accept(message, now_ns)
            apply = (lambda: self._callbacks.on_directives(directives)) if directives else _nothing
            self._apply(apply, now_ns)
        elif isinstance(message, SnapshotPage):
            snapshot = self._following.gather(message, now_ns)
            if snapshot is not None:
                self._apply(lambda: self._callbacks.on_snapshot(snapshot), now_ns)
        elif isinstance(message, Seal) and kind == "directives/head":
            self._following.head(message, now_ns)
            self._apply(_nothing, now_ns)
        elif isinstance(message, Seal):
            if (adopting := self._delivery.new_epoch(message)) is not None:
                self._adopt(adopting, now_ns)
                return
            through = self._delivery.acknowledge(message, now_ns)
            if through is not None:
                if message.time is not None:
                    self._callbacks.on_time(through, message.time)
                self._callbacks.on_ack(message.epoch, through)
                self._tell(online=True, why=f"central has acknowledged through {through}")

    def _apply(self, apply: Callable[[], None], now_ns: int) -> None:
        try:
            apply()
            if self._following.complete:
                self._callbacks.on_complete()
        except Exception:
            log.exception("they are asked for again", extra={"event": "directives_not_applied"})
            self._following.restart(now_ns + AFTER_FAILED_APPLY_NS)

    def _learn(self, statements: list[KeyStatement], now_ns: int) -> None:
        """These, and what could not be kept before: the broker does not say it again."""
        before = self._unlearned
        news = [statement for statement in statements if statement not in before]
        self._unlearned = [*before, *news][-MAX_STATEMENTS:]
        try:
            learned = self._callbacks.on_keys(self._unlearned)
        except Exception:
            log.exception("the root's word on central's keys", extra={"event": "keys_not_kept"})
            self._learn_at_ns = now_ns + AFTER_FAILED_APPLY_NS
            return
        self._unlearned = []
        # What failed only for want of time may have been kept since, and is then no news.
        if learned or before:
            self._following.restart(now_ns)
            self._delivery.restart()

    def _adopt(self, adopting: Adopting, now_ns: int) -> None:
        self._adopting = adopting
        try:
            self._callbacks.on_epoch(adopting.epoch, adopting.through)
        except Exception:
            log.exception("epoch %d", adopting.epoch, extra={"event": "epoch_not_adopted"})
            self._adopt_at_ns = now_ns + AFTER_FAILED_APPLY_NS
            return
        self._adopting = None
        self._delivery.begin_epoch(adopting.through)
        self._following.begin_epoch(now_ns)
        if self._newer_head:
            self.receive(topic_of(self._gateway, "directives/head"), self._newer_head, now_ns)

    def _send(self, kind: Kind, payload: bytes) -> None:
        self._publish(Publication(topic_of(self._gateway, kind), payload))

    def _tell(self, *, online: bool, why: str) -> None:
        changed = self._told is None or self._told[0] != online
        if changed or (not online and self._told != (online, why)):
            self._callbacks.on_state(online, why)
        self._told = (online, why)


def _nothing() -> None:
    """All that came was known."""
