"""What the gateway says and hears while the link is up. One thread, no waiting, time passed in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.log import Entry
from gateway.core.units import NS_PER_S
from mqtt.connection import Publication
from mqtt.delivery import Delivery, LedgerForked, Outbox
from mqtt.following import Following
from mqtt.keys import Keyring
from mqtt.messages import (
    AnyMessage,
    DirectivesMessage,
    MessageRejected,
    decode,
    decode_envelope,
    encode,
)
from mqtt.seals import Seal, SealInvalid, Signer
from mqtt.topics import Kind, parse_topic, topic_of

log = logging.getLogger(__name__)

AFTER_FAILED_APPLY_NS = 5 * NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCallbacks:
    """What the gateway is told, always from the link's thread; quick, for the link waits.

    on_ack(through)         central has committed every entry up to this one
    on_directives(entries)  directives that continue the applied ones, in order; if it raises
                            they are asked for again
    on_forked(detail)       central holds another history of our ledger: stop selling
    on_state(online, why)   online is: connected, and no acknowledgement overdue
    """

    on_ack: Callable[[int], None]
    on_directives: Callable[[list[Entry]], None]
    on_forked: Callable[[str], None]
    on_state: Callable[[bool, str], None]


class Exchange:
    """Feeds `Delivery` and `Following` with what arrives, and publishes what they want sent."""

    def __init__(
        self,
        signer: Signer,
        keyring: Keyring,
        outbox: Outbox,
        directives_position: Callable[[], tuple[int, str]],
        callbacks: LinkCallbacks,
        publish: Callable[[Publication], bool],
    ) -> None:
        self._gateway = signer.gateway
        self._delivery = Delivery(outbox, signer, keyring)
        self._following = Following(directives_position, signer, keyring)
        self._callbacks = callbacks
        self._publish = publish
        self._up = False
        self._told: tuple[bool, str] | None = None
        self._told_forked = False

    def went_up(self, why: str, now_ns: int) -> None:
        """Connected: send again from the last acknowledged entry, ask for directives."""
        self._up = True
        self._delivery.restart()
        self._following.restart(now_ns)
        self._tell(online=True, why=why)

    def went_down(self, why: str) -> None:
        self._up = False
        self._tell(online=False, why=why)

    def resync(self, now_ns: int) -> None:
        """Read our place in the directives again, and ask for what follows it."""
        self._following.restart(now_ns)

    def advance(self, now_ns: int) -> None:
        """Publish everything that is due."""
        if not self._up:
            return
        overdue_at_ns = self._delivery.overdue_at_ns
        if overdue_at_ns is not None and now_ns >= overdue_at_ns:
            self._tell(online=False, why="connected, but central does not acknowledge")
            self._delivery.resend()
        while (message := self._delivery.next_message(now_ns)) is not None:
            self._send("ledger", message)
        ask_at_ns = self._following.ask_at_ns
        if ask_at_ns is not None and now_ns >= ask_at_ns:
            self._send("requests", self._following.request(now_ns))

    def next_due_ns(self) -> int | None:
        """When `advance` has something to do even if nothing happens; None if never."""
        due = [self._delivery.overdue_at_ns, self._following.ask_at_ns]
        return (
            min((at_ns for at_ns in due if at_ns is not None), default=None) if self._up else None
        )

    def receive(self, topic: str, payload: bytes, now_ns: int) -> None:
        """Take a message from the broker. What proves nothing is dropped with a line in the log."""
        try:
            gateway, kind = parse_topic(topic)
            if gateway != self._gateway:
                raise MessageRejected(f"meant for {gateway}")
            # What a sealed directive says is judged where it is applied: one that this version
            # cannot use blocks its subject there, and must not hold up those behind it.
            read = decode_envelope if kind == "directives" else decode
            self._take(kind, read(kind, payload), now_ns)
        except LedgerForked as error:
            log.error("ledger_forked: %s", error)
            if not self._told_forked:
                self._told_forked = True
                self._callbacks.on_forked(str(error))
        except (MessageRejected, SealInvalid, ValueError) as error:
            log.warning("dropped a message on %s: %s", topic[:120], error)

    def _take(self, kind: Kind, message: AnyMessage, now_ns: int) -> None:
        if isinstance(message, DirectivesMessage):
            self._apply(self._following.accept(message, now_ns), now_ns)
        elif isinstance(message, Seal) and kind == "directives/head":
            self._following.head(message, now_ns)
        elif isinstance(message, Seal):
            through = self._delivery.acknowledge(message, now_ns)
            if through is not None:
                self._callbacks.on_ack(through)
                self._tell(online=True, why=f"central has acknowledged through {through}")

    def _apply(self, directives: list[Entry], now_ns: int) -> None:
        if not directives:
            return
        try:
            self._callbacks.on_directives(directives)
        except Exception:
            log.exception("directives from %d on were not applied", directives[0].sequence)
            self._following.restart(now_ns + AFTER_FAILED_APPLY_NS)

    def _send(self, kind: Kind, message: AnyMessage) -> None:
        self._publish(Publication(topic_of(self._gateway, kind), encode(message)))

    def _tell(self, *, online: bool, why: str) -> None:
        changed = self._told is None or self._told[0] != online
        if changed or (not online and self._told != (online, why)):
            self._callbacks.on_state(online, why)
        self._told = (online, why)
