"""Handle a group of messages in one transaction, and say what to publish once it is durable."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine

from gateway.core.chain import GENESIS
from mqtt.central import directives
from mqtt.central.answering import Answering
from mqtt.central.database import READS_ONLY, read_identity
from mqtt.central.known import Gateways
from mqtt.central.opening import Opened, Received, neighbours_joined, open_message
from mqtt.central.passing import passes
from mqtt.central.periods import utc_text
from mqtt.central.taking import Central, Taking
from mqtt.connection import Publication
from mqtt.messages import Request
from mqtt.payloads import encode
from mqtt.seal import Seal, SealType
from mqtt.seals import Signer
from mqtt.topics import topic_of


class _Odd(Exception):
    """Something of a group is not as it nearly always is, so each message is handled by itself."""


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
        self._now = now
        own = read_identity(engine)
        self._epoch, self._zone = own.epoch, own.zone
        self._answering = Answering()
        self.directed = False
        """The newest group was answered with directives, whose heads are to be announced."""

    def handle(self, group: Sequence[Received]) -> list[Publication]:
        """Open the messages, then `handle_opened`."""
        return self.handle_opened([open_message(received) for received in group])

    def handle_opened(self, group: Sequence[Opened]) -> list[Publication]:
        """Commit all that the group says; the answers may be published when this returns.

        A message that proves nothing is rejected by itself. What `passes` (disk full,
        database locked) is raised: nothing of the group was applied.
        """
        group = [opened for opened in group if not opened.anothers]
        if all(opened.plain for opened in group):
            try:
                return self._handle_at_once(group)
            except _Odd:
                pass  # nothing was applied
        with self._engine.begin() as connection:
            taking = self._taking(connection)
            for opened in group:
                taking.take_carefully(opened)
            return self._answers(taking)

    def _handle_at_once(self, group: Sequence[Opened]) -> list[Publication]:
        """The same where nothing is odd, without a savepoint for each message."""
        with self._engine.begin() as connection:
            try:
                taking = self._taking(connection)
                for opened in neighbours_joined(group):
                    taking.take(opened)
                return self._answers(taking)
            except Exception as error:
                if passes(error):
                    raise
                raise _Odd from error

    def acknowledgements(self) -> list[Publication]:
        """How far every gateway's ledger is applied; for after a reconnect."""
        with self._engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            names = {head.gateway for head in directives.heads(connection)}
            return list(self._acknowledgements(Gateways(connection), names))

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

    def _taking(self, connection: Connection) -> Taking:
        central = Central(self.private, self._epoch, self._zone, self._answering, self._now())
        return Taking(connection, central)

    def _answers(self, taking: Taking) -> list[Publication]:
        gateways, answers = taking.gateways, taking.answers
        published = list(self._acknowledgements(gateways, answers.acknowledge))
        for name, incarnation in answers.ask_for_all.items():
            published.append(self._acknowledgement(name, incarnation, 0, GENESIS))
        for name, request in answers.requests.items():
            published += self._directives(taking, name, request)
        for name, sequence in answers.contradicted.items():
            published += self._contradiction(taking, name, sequence)
        self.directed = directives.were_appended(taking.connection)
        return published

    def _acknowledgements(self, gateways: Gateways, names: set[str]) -> Iterator[Publication]:
        for name in sorted(names):
            gateway = gateways.known(name)
            yield self._acknowledgement(name, gateway.incarnation, gateway.through, gateway.head)

    def _acknowledgement(self, name: str, incarnation: str, through: int, head: str) -> Publication:
        time = utc_text(self._now())
        seal = self._seal(name, incarnation, "ledger-ack", through, head, time)
        return Publication(topic_of(name, "ledger/ack"), encode(seal), qos=0, retain=True)

    def _directives(self, taking: Taking, name: str, request: Request) -> Iterator[Publication]:
        gateway = taking.gateways.known(name)
        sealing = partial(self._seal, name, gateway.incarnation)
        message = self._answering.answer(taking.connection, gateway, request, sealing)
        if message is not None:
            yield Publication(topic_of(name, "directives"), encode(message))

    def _contradiction(self, taking: Taking, name: str, sequence: int) -> Iterator[Publication]:
        """What we hold where a gateway holds something else, so that it can tell; not retained."""
        ours = directives.hash_at(taking.connection, name, sequence)
        if ours is not None:
            incarnation = taking.gateways.known(name).incarnation
            seal = self._seal(name, incarnation, "directives-head", sequence, ours)
            yield Publication(topic_of(name, "directives/head"), encode(seal))

    def _head(self, head: directives.Head) -> Publication:
        seal = self._seal(
            head.gateway, head.incarnation, "directives-head", head.sequence, head.hash
        )
        return Publication(topic_of(head.gateway, "directives/head"), encode(seal), retain=True)

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
