"""What a gateway is sent when it asks for directives: the next of them, or a page of a snapshot."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from gateway.core.log import Entry
from mqtt.central import directives
from mqtt.central.applying import Forked
from mqtt.central.known import Known
from mqtt.messages import MAX_HELD, DirectivesMessage, Held, Request, SnapshotPage
from mqtt.pages import page_hash
from mqtt.payloads import MessageRejected
from mqtt.seal import Seal, SealType
from mqtt.snapshot import content_hash, snapshot_of

PLANS = 4
"""Snapshots kept in memory, so that not each page is made from the whole log."""

Sealing = Callable[[SealType, int, str], Seal]
"""Type, sequence and hash, to a seal for the gateway that asked."""


class Plan(NamedTuple):
    """A snapshot, ready to be cut into pages."""

    at: int
    head: str
    time: str
    content: str
    entries: list[bytes]
    """Each as JSON."""

    @property
    def bytes(self) -> int:
        return sum(map(len, self.entries))


class Answering:
    """Answers requests. Which of the two a gateway gets is decided by length alone."""

    def __init__(self) -> None:
        self._plans: OrderedDict[tuple[str, str], Plan] = OrderedDict()

    def check(self, connection: Connection, gateway: Known, request: Request) -> None:
        """MessageRejected if the request makes no sense; Forked if the gateway holds other
        directives than ours where it stands.
        """
        stands, sealed_at = stands_at(request), request.seal.sequence
        expected = request.at if request.request == "snapshot" else request.from_sequence
        if sealed_at != expected:
            raise MessageRejected(f"asks at {expected}, but is sealed at {sealed_at}")
        if request.request == "snapshot" and not request.at:
            raise MessageRejected("asks for the snapshot at 0: there is none")
        theirs, ours = request.seal.head, directives.hash_at(connection, gateway.name, stands)
        if ours != theirs:
            found = "none" if ours is None else f"{ours[:16]}…"
            raise Forked(
                f"the directives of {gateway.name} are forked: its directive {stands} has hash "
                f"{theirs[:16]}…, ours there is {found}; it gets none from here on. Was "
                "central's database restored? Then its epoch must rise"
            )

    def answer(
        self, connection: Connection, gateway: Known, request: Request, sealing: Sealing
    ) -> DirectivesMessage | SnapshotPage | None:
        """The one message that answers a request; None where there is nothing more.

        A snapshot where the missing directives are longer than it and than one message.
        """
        name, first = gateway.name, request.from_sequence
        if request.request == "snapshot":
            plan = self._plan(connection, name, request.at, request.seal.head)
            return _page(plan, first, request.bytes, sealing)
        missing_bytes = directives.bytes_from(connection, name, first)
        if missing_bytes > request.bytes:
            newest = directives.head_of(connection, name)
            plan = self._plan(connection, name, newest.sequence, newest.hash)
            if missing_bytes > plan.bytes:
                return _page(plan, 1, request.bytes, sealing)
        batch: list[Entry] = directives.batch(connection, name, first, request.bytes)
        if not batch:
            return None
        seal = sealing("directives", batch[-1].sequence, batch[-1].hash)
        return DirectivesMessage(directives=batch, seal=seal)

    def _plan(self, connection: Connection, gateway: str, at: int, head: str) -> Plan:
        found = self._plans.get((gateway, head))
        if found is None:
            snapshot = snapshot_of(directives.log_of(connection, gateway, at))
            entries = [msgspec.json.encode(entry) for entry in snapshot.entries]
            content = content_hash(snapshot.entries)
            found = Plan(at, head, snapshot.time, content, entries)
            self._plans[gateway, head] = found
            if len(self._plans) > PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end((gateway, head))
        return found


def stands_at(request: Request) -> int:
    """The directive up to which the gateway that asks knows ours."""
    return request.at if request.request == "snapshot" else request.from_sequence - 1


def _page(plan: Plan, first: int, limit_bytes: int, sealing: Sealing) -> SnapshotPage | None:
    rest = plan.entries[first - 1 : first - 1 + MAX_HELD]
    if not rest:
        return None
    fit = directives.count_that_fit([len(entry) for entry in rest], limit_bytes)
    unsealed = SnapshotPage(
        at=plan.at,
        head=plan.head,
        time=plan.time,
        content=plan.content,
        total=len(plan.entries),
        first=first,
        entries=[msgspec.json.decode(entry, type=Held) for entry in rest[:fit]],
        seal=sealing("snapshot", plan.at, plan.content),
    )
    seal = sealing("snapshot", plan.at, page_hash(unsealed))
    return msgspec.structs.replace(unsealed, seal=seal)
