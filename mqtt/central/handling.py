"""Handle a group of messages in one transaction, and say what to publish once it is durable."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DataError, IntegrityError

from gateway.core.chain import GENESIS
from gateway.core.facts import TYPE_OF, GatewayRestored
from mqtt.central import directives
from mqtt.central.answering import Answering, stands_at
from mqtt.central.applying import (
    Applied,
    Forked,
    Known,
    apply_ledger,
    changes_key,
    known_gateway,
)
from mqtt.central.database import READS_ONLY, read_identity
from mqtt.central.former import former_ledger
from mqtt.central.gateway_keys import Rings, certify_new
from mqtt.central.opening import Opened, Received, open_message
from mqtt.central.periods import utc_text
from mqtt.central.rejections import reject
from mqtt.central.succession import begin_incarnation
from mqtt.central.tables import gateways
from mqtt.connection import Publication
from mqtt.messages import AnyMessage, LedgerMessage, Request, Status
from mqtt.payloads import MessageRejected, encode
from mqtt.seals import Seal, SealInvalid, SealType, Signer, verify
from mqtt.topics import topic_of


@dataclass(slots=True)
class Answers:
    """What a group of messages asks of us."""

    acknowledge: set[str] = field(default_factory=set)
    ask_for_all: dict[str, str] = field(default_factory=dict)
    """Incarnations that this restored central never heard of, by gateway."""
    requests: dict[str, Request] = field(default_factory=dict)
    """The newest of each gateway."""
    contradicted: dict[str, int] = field(default_factory=dict)
    """By gateway: where its directives are none of ours. It gets our hash there."""


class Handler:
    """Applies what gateways say. One thread; every call is one transaction."""

    def __init__(
        self,
        engine: Engine,
        private: Ed25519PrivateKey,
        now: Callable[[], datetime],
    ) -> None:
        """`private` is central's key of today; `now` gives aware instants for what is stored."""
        self._engine = engine
        self.private = private
        self._rings = Rings()
        self._now = now
        own = read_identity(engine)
        self._epoch, self._zone = own.epoch, own.zone
        self._answering = Answering()

    def handle(self, group: Sequence[Received]) -> list[Publication]:
        """Open the messages, then `handle_opened`."""
        return self.handle_opened([open_message(received) for received in group])

    def handle_opened(self, group: Sequence[Opened]) -> list[Publication]:
        """Commit all that the group says; the answers may be published when this returns.

        A message that proves nothing is rejected by itself. OperationalError (disk full,
        database locked): nothing of the group was applied.
        """
        answers = Answers()
        self._rings.clear()  # another process may have revoked one of them
        with self._engine.begin() as connection:
            for opened in group:
                self._take(connection, opened, answers)
            published = list(self._acknowledgements(connection, answers.acknowledge))
            for name, incarnation in answers.ask_for_all.items():
                published.append(self._acknowledgement(name, incarnation, 0, GENESIS))
            for name, request in answers.requests.items():
                published += self._directives(connection, name, request)
            for name, sequence in answers.contradicted.items():
                published += self._contradiction(connection, name, sequence)
        return published

    def acknowledgements(self) -> list[Publication]:
        """How far every gateway's ledger is applied; for after a reconnect."""
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            names = {head.gateway for head in directives.heads(connection)}
            return list(self._acknowledgements(connection, names))

    def new_heads(self, announced: dict[str, tuple[str, int]]) -> list[Publication]:
        """Heads of directives beyond what was announced, by gateway; notes them there."""
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            heads = directives.heads(connection)
        published = []
        for head in heads:
            place = head.incarnation, head.sequence
            if announced.get(head.gateway) != place:
                announced[head.gateway] = place
                published.append(self._head(head))
        return published

    def _head(self, head: directives.Head) -> Publication:
        seal = self._seal(
            head.gateway, head.incarnation, "directives-head", head.sequence, head.hash
        )
        return Publication(topic_of(head.gateway, "directives/head"), encode(seal), retain=True)

    def _take(self, connection: Connection, opened: Opened, answers: Answers) -> None:
        reason, fork = opened.problem, False
        try:
            if opened.message is not None:
                with connection.begin_nested():
                    gateway = known_gateway(connection, opened.gateway)
                    self._apply(connection, gateway, opened.message, opened, answers)
                return
        except (MessageRejected, SealInvalid, ValueError) as error:
            reason = str(error)
        except Forked as error:
            reason, fork = str(error), True
        except (IntegrityError, DataError) as error:
            reason = f"cannot be stored: {error.orig}"
        received = utc_text(self._now())
        reject(
            connection,
            received,
            *opened.received,
            reason=reason,
            gateway=opened.gateway,
            fork=fork,
        )

    def _apply(
        self,
        connection: Connection,
        gateway: Known,
        message: AnyMessage,
        opened: Opened,
        answers: Answers,
    ) -> None:
        if gateway.revoked is not None:
            raise MessageRejected(f"gateway {gateway.name} was revoked: {gateway.revoked}")
        seen: dict[str, object] = {"last_seen": utc_text(self._now())}
        if isinstance(message, LedgerMessage):
            followed = self._followed(connection, gateway, message, opened.problem)
            if followed is None:
                answers.ask_for_all[gateway.name] = message.seal.incarnation
                return
            applied = apply_ledger(
                connection, followed, message, self._zone, self._now(), opened.facts
            )
            began = followed.incarnation != gateway.incarnation
            if began or (applied is Applied.NEW and changes_key(message.entries)):
                certify_new(connection, self.private, gateway.name, self._now())
                self._rings.clear()
                seen["state"] = "online"  # its birth was sealed with what nobody knew yet
            answers.acknowledge.add(gateway.name)
        elif isinstance(message, Request):
            incarnation = message.seal.incarnation
            unheard = self._unheard(connection, gateway, incarnation)
            whose = replace(gateway, incarnation=incarnation) if unheard else gateway
            self._verify(connection, message.seal, whose, "request")
            if unheard:
                # It may have nothing to tell that an earlier central has not acknowledged.
                answers.ask_for_all[gateway.name] = incarnation
            elif message.seal.epoch < self._epoch:
                answers.acknowledge.add(gateway.name)  # which tells it our epoch
            else:
                self._take_request(connection, gateway, message, answers)
        elif isinstance(message, Status):
            self._verify(connection, message.seal, gateway, "status")
            if message.boot < gateway.boot:
                return  # the last will of an earlier boot, overtaken by a birth
            seen |= {"state": message.state, "boot": message.boot}
        else:
            raise MessageRejected("only gateways' messages are taken here")
        connection.execute(update(gateways).where(gateways.c.name == gateway.name).values(**seen))

    def _followed(
        self, connection: Connection, gateway: Known, message: LedgerMessage, problem: str
    ) -> Known | None:
        """The gateway in the incarnation of a message, which may begin with it.

        None where a restored central must be told that incarnation from its first entry on.
        """
        incarnation = message.seal.incarnation
        known = incarnation == gateway.incarnation
        self._verify(connection, message.seal, replace(gateway, incarnation=incarnation), "ledger")
        if problem:
            raise MessageRejected(problem)
        if known:
            return gateway
        if former_ledger(connection, gateway.name, incarnation):
            raise MessageRejected(
                f"incarnation {incarnation} of {gateway.name} has ended: {gateway.incarnation} "
                "follows it. What its ledger holds is history: takar central import"
            )
        first = message.entries[0]
        unheard = self._unheard(connection, gateway, incarnation)
        if first.sequence == 1 and first.type == TYPE_OF[GatewayRestored]:
            now = self._now()
            return begin_incarnation(connection, gateway, incarnation, first, now, unheard=unheard)
        if first.sequence > 1 and unheard:
            return None
        raise MessageRejected(
            f"incarnation {incarnation} of {gateway.name} begins with {first.type} at "
            f"{first.sequence}, expected {TYPE_OF[GatewayRestored]} at 1; the one that is known "
            f"is {gateway.incarnation}"
        )

    def _unheard(self, connection: Connection, gateway: Known, incarnation: str) -> bool:
        """May a gateway have begun this incarnation after the backup of a restored central?"""
        return (
            incarnation != gateway.incarnation
            and gateway.epoch < self._epoch
            and former_ledger(connection, gateway.name, incarnation) is None
        )

    def _verify(
        self, connection: Connection, seal: Seal, gateway: Known, seal_type: SealType
    ) -> None:
        verify(
            seal,
            self._rings.of(connection, gateway.name),
            type=seal_type,
            gateway=gateway.name,
            incarnation=gateway.incarnation,
        )
        # A gateway learns of a new epoch by directive, so it may still seal in an older one.
        if seal.epoch > self._epoch:
            raise SealInvalid(f"seal of epoch {seal.epoch}, this central is in {self._epoch}")

    def _take_request(
        self, connection: Connection, gateway: Known, request: Request, answers: Answers
    ) -> None:
        try:
            self._answering.check(connection, gateway, request)
        except Forked:
            answers.contradicted[gateway.name] = stands_at(request)
            raise
        answers.requests[gateway.name] = request

    def _acknowledgements(self, connection: Connection, names: set[str]) -> Iterator[Publication]:
        for name in sorted(names):
            gateway = known_gateway(connection, name)
            yield self._acknowledgement(name, gateway.incarnation, gateway.through, gateway.head)

    def _acknowledgement(self, name: str, incarnation: str, through: int, head: str) -> Publication:
        time = utc_text(self._now())
        seal = self._seal(name, incarnation, "ledger-ack", through, head, time)
        return Publication(topic_of(name, "ledger/ack"), encode(seal), qos=0, retain=True)

    def _directives(
        self, connection: Connection, name: str, request: Request
    ) -> Iterator[Publication]:
        gateway = known_gateway(connection, name)
        sealing = partial(self._seal, name, gateway.incarnation)
        message = self._answering.answer(connection, gateway, request, sealing)
        if message is not None:
            yield Publication(topic_of(name, "directives"), encode(message))

    def _contradiction(
        self, connection: Connection, name: str, sequence: int
    ) -> Iterator[Publication]:
        """What we hold where a gateway holds something else, so that it can tell; not retained."""
        ours = directives.hash_at(connection, name, sequence)
        if ours is not None:
            incarnation = known_gateway(connection, name).incarnation
            seal = self._seal(name, incarnation, "directives-head", sequence, ours)
            yield Publication(topic_of(name, "directives/head"), encode(seal))

    def _seal(
        self,
        gateway: str,
        incarnation: str,
        seal_type: SealType,
        sequence: int,
        head: str,
        time: str | None = None,
    ) -> Seal:
        signer = Signer(self.private, gateway, incarnation, self._epoch)
        return signer.seal(seal_type, sequence, head, time)
