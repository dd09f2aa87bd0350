"""`takar central import`: entries that only an export still holds, taken into central.

They are those of a former incarnation, found on its card, or those that a restored central
lacks and the gateway has pruned. What counts is the gateway's own seals, as for messages, and
what they prove but central cannot read goes to quarantine, as with messages.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from gateway.audit.links import Link
from gateway.audit.part import Part
from gateway.audit.problems import Findings
from gateway.backup.imported import Imported, less_sold, note_whole, unusable
from gateway.core.log import Entry
from mqtt.central import epochs
from mqtt.central.applying import Forked, apply_ledger, changes_key
from mqtt.central.database import read_identity
from mqtt.central.decisions import decided
from mqtt.central.former import former_ledger
from mqtt.central.gateway_keys import certify_new
from mqtt.central.known import Gateways, Known, known_gateway
from mqtt.central.pieces import piece_of
from mqtt.central.unreadable import stand_in
from mqtt.export import ExportHeader
from mqtt.messages import LedgerMessage
from mqtt.payloads import MessageRejected
from mqtt.seal import Seal
from mqtt.seals import SealInvalid, verify

ENTRIES_AT_ONCE = 100
MOST_UNSEALED = 100_000
"""More in a row without a seal are no ledger of ours: each sale has one."""


class ImportRefused(Exception):
    """An export that cannot be taken in; nothing of it was. The text says why."""


def import_export(
    engine: Engine, path: Path, central: Ed25519PrivateKey, *, by: str, now: datetime
) -> Imported:
    """Take in what continues central's copy of a ledger, all in one transaction.

    `central` vouches for keys that it brings. ImportRefused, or Unusable if the file does not
    begin as an export does: nothing was taken in.
    """
    zone = read_identity(engine).zone
    findings = Findings()
    part = Part(path, findings, unreadable=Findings())
    header = part.header
    with engine.begin() as connection:
        known = _whose(connection, header)
        if header.from_sequence > known.through + 1:
            raise ImportRefused(
                f"{path} begins at entry {header.from_sequence}, but central holds the ledger of "
                f"{header.gateway} through {known.through}: bring the export of what is between"
            )
        taking = _Taking(connection, known)
        try:
            for link in part.links(taking.verify):
                if findings.total:
                    break
                if taking.is_due:
                    taking.known = _apply(taking, zone, now)
                taking.add(_entry_of(link, header))
            if not findings.total:
                taking.known = _apply(taking, zone, now)
        except (Forked, MessageRejected) as error:
            raise ImportRefused(f"{path}: {error}") from error
        if findings.total:
            raise ImportRefused(f"nothing was taken in: {findings.kept[0]}")
        through = taking.known.through
        if through > known.through:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            what = (
                f"entries {known.through + 1} to {through} of {header.gateway}, incarnation "
                f"{header.incarnation}, imported"
            )
            decided(connection, what, by=by, reason=f"{path.name}, SHA-256 {digest}", now=now)
            certify_new(connection, central, header.gateway, now)
        if not taking.waiting and not header.goes_on and header.through == through:
            note_whole(connection, taking.known)
        return Imported(
            header.gateway,
            header.incarnation,
            known.through + 1,
            through,
            len(taking.waiting),
            known.ended,
            less_sold(connection, known) if known.ended else [],
            unusable(connection, taking.known, known.through),
            epochs.withheld_of(connection, header.gateway, header.incarnation),
        )


class _Taking:
    """Entries on their way from the file into the database, with the seal that proves them."""

    def __init__(self, connection: Connection, known: Known) -> None:
        self.connection = connection
        self.known = known
        self.waiting: list[Entry] = []
        self.covered = 0
        """How many of them the seal proves."""
        self.seal: Seal | None = None
        self._epoch = epochs.epoch(connection)
        self._gateways = Gateways(connection)

    @property
    def is_due(self) -> bool:
        """The seal's key may end at its entry, and then proves nothing further."""
        proven = self.waiting[: self.covered]
        return self.covered >= ENTRIES_AT_ONCE or changes_key(proven)

    def add(self, entry: Entry) -> None:
        self.waiting.append(entry)
        if len(self.waiting) - self.covered > MOST_UNSEALED:
            raise ImportRefused(f"more than {MOST_UNSEALED} entries without a seal of the gateway")

    def verify(self, seal: Seal) -> None:
        """Every seal of the file. SealInvalid for one that the gateway did not make.

        That central holds so much proves nothing here: it is central that does not know.
        """
        if seal.type == "ledger-ack":
            return
        if seal.type not in ("ledger", "checkpoint"):
            raise SealInvalid(f"a seal of type {seal.type}")
        whose = self.known.name
        ring = self._gateways.ring(whose)
        verify(seal, ring, type=seal.type, gateway=whose, incarnation=self.known.incarnation)
        if seal.epoch > self._epoch:
            raise SealInvalid(f"seal of epoch {seal.epoch}, this central is in {self._epoch}")
        if seal.type == "ledger" and self.waiting and seal.sequence == self.waiting[-1].sequence:
            self.seal, self.covered = seal, len(self.waiting)

    def proven(self) -> LedgerMessage | None:
        """What a seal proves, as a message; the rest waits on."""
        if self.seal is None:
            return None
        message = LedgerMessage(entries=self.waiting[: self.covered], seal=self.seal)
        self.waiting = self.waiting[self.covered :]
        self.seal, self.covered = None, 0
        if changes_key(message.entries):
            self._gateways.forget(self.known.name)
        return message


def _apply(taking: _Taking, zone: ZoneInfo, now: datetime) -> Known:
    known, message = taking.known, taking.proven()
    if message is None:
        return known
    apply_ledger(taking.connection, known, piece_of(message), zone, now)
    return _of(taking.connection, known.name, known.incarnation)


def _whose(connection: Connection, header: ExportHeader) -> Known:
    try:
        known = _of(connection, header.gateway, header.incarnation)
    except MessageRejected as error:
        raise ImportRefused(str(error)) from error
    if known.revoked is not None:
        raise ImportRefused(
            f"gateway {known.name} was revoked ({known.revoked}), and nothing is believed that its "
            f"key sealed and central did not hold by then, entry {known.through} at the latest: "
            "whoever has the card has the key. A card that may still be found is imported before: "
            "takar central release, import, revoke, lift, in this order"
        )
    return known


def _of(connection: Connection, gateway: str, incarnation: str) -> Known:
    known = known_gateway(connection, gateway)
    if known.incarnation == incarnation:
        return known
    former = former_ledger(connection, gateway, incarnation)
    if former is None:
        raise MessageRejected(
            f"incarnation {incarnation} of {gateway} is not known here: connect the gateway, "
            "whose ledger says how it began"
        )
    return replace(
        known, incarnation=incarnation, through=former.through, head=former.head, ended=True
    )


def _entry_of(link: Link, header: ExportHeader) -> Entry:
    """What cannot be read as an entry is kept as it stands: the chain and a seal prove it."""
    entry = link.entry
    if not link.why:
        return entry
    return stand_in(
        f"takar/{header.gateway}",
        header.incarnation,
        entry.sequence,
        entry.prevhash,
        raw=link.body,
        why=link.why,
    )
