"""Take the messages of one transaction, one after the other, and note what they ask of us."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import Connection, Update, bindparam, update
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from gateway.core.facts import TYPE_OF, EpochAdopted, GatewayBooted, GatewayRestored
from mqtt.central.answering import Answering, stands_at
from mqtt.central.applying import KEY_ROTATED, Applied, Forked, apply_ledger
from mqtt.central.former import former_ledger
from mqtt.central.gateway_keys import certify_new
from mqtt.central.known import Gateways, Known
from mqtt.central.many import tell
from mqtt.central.opening import Opened
from mqtt.central.passing import passes
from mqtt.central.periods import utc_text
from mqtt.central.pieces import Piece
from mqtt.central.rejections import reject, take_back_births
from mqtt.central.succession import begin_incarnation
from mqtt.central.tables import gateways
from mqtt.messages import Request, Status
from mqtt.payloads import MessageRejected
from mqtt.seal import Seal, SealType
from mqtt.seals import SealInvalid, verify

_OF_GATEWAY = update(gateways).where(gateways.c.name == bindparam("of_gateway"))
_SEEN = _OF_GATEWAY.values(last_seen=bindparam("seen"))
_STATUS = _OF_GATEWAY.values(
    last_seen=bindparam("seen"), state=bindparam("new_state"), boot=bindparam("new_boot")
)
_ONLINE = _OF_GATEWAY.values(state="online")
_CHANGES_KNOWN = frozenset({TYPE_OF[EpochAdopted], TYPE_OF[GatewayBooted]})


@dataclass(frozen=True, slots=True)
class Central:
    """Who takes them."""

    private: Ed25519PrivateKey
    epoch: int
    zone: ZoneInfo
    answering: Answering
    now: datetime


@dataclass(slots=True)
class Answers:
    """What the messages ask of us."""

    acknowledge: set[str] = field(default_factory=set)
    ask_for_all: dict[str, str] = field(default_factory=dict)
    """Incarnations that this restored central never heard of, by gateway."""
    requests: dict[str, Request] = field(default_factory=dict)
    """The newest of each gateway."""
    contradicted: dict[str, int] = field(default_factory=dict)
    """By gateway: where its directives are none of ours. It gets our hash there."""

    def begin_anew(self, gateway: str) -> None:
        """What was asked before its present incarnation began is of directives that have ended."""
        for asked in (self.ask_for_all, self.requests, self.contradicted):
            asked.pop(gateway, None)


class Taking:
    """One transaction's."""

    def __init__(self, connection: Connection, central: Central) -> None:
        self.connection = connection
        self.gateways = Gateways(connection)
        self.answers = Answers()
        self._central = central
        self._seen = utc_text(central.now)

    def take(self, opened: Opened) -> None:
        """Whatever is wrong with it is raised: then nothing of the transaction may stay."""
        self._apply(opened, careful=False)

    def take_carefully(self, opened: Opened) -> None:
        """A message that proves nothing, or cannot be stored, is rejected by itself.

        What `passes` (disk full, database locked) is raised.
        """
        reason, fork = opened.problem, False
        try:
            if opened.message is not None:
                with self.connection.begin_nested():
                    self._apply(opened, careful=True)
                return
        except (MessageRejected, SealInvalid, ValueError) as error:
            reason = str(error)
        except Forked as error:
            reason, fork = str(error), True
        except (IntegrityError, DataError, OperationalError) as error:
            if passes(error):
                raise
            reason = f"cannot be stored: {error.orig}"
        self.gateways.forget(opened.gateway)
        reject(
            self.connection,
            self._seen,
            *opened.received,
            reason=reason,
            gateway=opened.gateway,
            fork=fork,
        )

    def _apply(self, opened: Opened, *, careful: bool) -> None:
        gateway, message = self.gateways.known(opened.gateway), opened.message
        if gateway.revoked is not None:
            raise MessageRejected(f"gateway {gateway.name} was revoked: {gateway.revoked}")
        if isinstance(message, Piece):
            self._take_ledger(gateway, message, careful=careful)
        elif isinstance(message, Request):
            self._take_request(gateway, message)
            self._note(_SEEN, gateway.name)
        elif isinstance(message, Status):
            self._take_status(gateway, message)
        else:
            raise MessageRejected("only gateways' messages are taken here")

    def _take_ledger(self, gateway: Known, piece: Piece, *, careful: bool) -> None:
        followed = self._followed(gateway, piece)
        if followed is None:
            self.answers.ask_for_all[gateway.name] = piece.incarnation
            return
        central, name = self._central, gateway.name
        applied = apply_ledger(
            self.connection,
            followed,
            piece,
            central.zone,
            central.now,
            seen=self._seen,
            careful=careful,
        )
        if applied is not Applied.NEW:
            self._note(_SEEN, name)
        began = followed.incarnation != gateway.incarnation
        if began:
            self.answers.begin_anew(name)
        rotated = applied is Applied.NEW and KEY_ROTATED in piece.types
        if began or rotated:
            certify_new(self.connection, central.private, name, central.now)
            # Its birth was sealed with what nobody knew yet.
            tell(self.connection, _ONLINE, {"of_gateway": name})
        if rotated:
            self.gateways.forget(name)
            take_back_births(self.connection, name, self.gateways.ring(name))
        if began or rotated or not _CHANGES_KNOWN.isdisjoint(piece.types):
            self.gateways.forget(name)
        elif applied is Applied.NEW:
            last = piece.entries[-1]
            self.gateways.advanced(name, last.sequence, last.hash)
        self.answers.acknowledge.add(name)

    def _followed(self, gateway: Known, piece: Piece) -> Known | None:
        """The gateway in the incarnation of a message, which may begin with it.

        None where a restored central must be told that incarnation from its first entry on.
        """
        incarnation = piece.incarnation
        for seal in piece.seals:
            self._verify(seal, replace(gateway, incarnation=incarnation), "ledger")
        if incarnation == gateway.incarnation:
            return gateway
        if former_ledger(self.connection, gateway.name, incarnation):
            raise MessageRejected(
                f"incarnation {incarnation} of {gateway.name} has ended: {gateway.incarnation} "
                "follows it. What its ledger holds is history: takar central import"
            )
        first = piece.entries[0]
        unheard = self._unheard(gateway, incarnation)
        if first.sequence == 1 and first.type == TYPE_OF[GatewayRestored]:
            now = self._central.now
            return begin_incarnation(
                self.connection, gateway, incarnation, first, now, unheard=unheard
            )
        if first.sequence > 1 and unheard:
            return None
        raise MessageRejected(
            f"incarnation {incarnation} of {gateway.name} begins with {first.type} at "
            f"{first.sequence}, expected {TYPE_OF[GatewayRestored]} at 1; the one that is known "
            f"is {gateway.incarnation}"
        )

    def _unheard(self, gateway: Known, incarnation: str) -> bool:
        """May a gateway have begun this incarnation after the backup of a restored central?"""
        return (
            incarnation != gateway.incarnation
            and gateway.epoch < self._central.epoch
            and former_ledger(self.connection, gateway.name, incarnation) is None
        )

    def _take_status(self, gateway: Known, status: Status) -> None:
        """Of another incarnation than the known one it is proven all the same, and says nothing:
        the birth of one whose ledger is about to begin, or the last will of one that has ended.
        """
        incarnation = status.seal.incarnation
        self._verify(status.seal, replace(gateway, incarnation=incarnation), "status")
        # One of an earlier boot is a last will, overtaken by a birth.
        if incarnation == gateway.incarnation and status.boot >= gateway.boot:
            self._note(_STATUS, gateway.name, new_state=status.state, new_boot=status.boot)
            self.gateways.forget(gateway.name)

    def _take_request(self, gateway: Known, request: Request) -> None:
        name, incarnation = gateway.name, request.seal.incarnation
        unheard = self._unheard(gateway, incarnation)
        whose = replace(gateway, incarnation=incarnation) if unheard else gateway
        self._verify(request.seal, whose, "request")
        if unheard:
            # It may have nothing to tell that an earlier central has not acknowledged.
            self.answers.ask_for_all[name] = incarnation
        elif request.seal.epoch < self._central.epoch:
            self.answers.acknowledge.add(name)  # which tells it our epoch
        else:
            try:
                self._central.answering.check(self.connection, gateway, request)
            except Forked:
                self.answers.contradicted[name] = stands_at(request)
                raise
            self.answers.requests[name] = request

    def _verify(self, seal: Seal, gateway: Known, seal_type: SealType) -> None:
        verify(
            seal,
            self.gateways.ring(gateway.name),
            type=seal_type,
            gateway=gateway.name,
            incarnation=gateway.incarnation,
        )
        # A gateway learns of a new epoch by directive, so it may still seal in an older one.
        if seal.epoch > self._central.epoch:
            raise SealInvalid(
                f"seal of epoch {seal.epoch}, this central is in {self._central.epoch}"
            )

    def _note(self, statement: Update, gateway: str, **values: object) -> None:
        place = {"of_gateway": gateway, "seen": self._seen}
        tell(self.connection, statement, {**place, **values})
