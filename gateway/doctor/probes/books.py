"""Reads ledger, key and allocation as the gateway's next start will find them; changes nothing."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.types import GatewayConfig
from gateway.core.facts import TYPE_OF, AllocationApplied, KeyLearned
from gateway.core.log import Written
from gateway.core.newest import Rotation
from gateway.doctor.judging.books import AllocationFinding, LedgerFinding
from gateway.doctor.judging.keys import KeyFinding, TrustFinding
from gateway.runtime.trust import Trust
from gateway.runtime.wall import utc_ns
from gateway.setup.gateway_state import ALLOCATION, LEDGER
from gateway.store.allocation import Allocation
from gateway.store.anchor import anchor_path
from gateway.store.check import hold_with_anchor
from gateway.store.errors import AllocationDamaged, AllocationExpired, LedgerDamaged
from gateway.store.own_seals import OwnSeals
from gateway.store.reader import LedgerReader
from gateway.store.view import Meta
from mqtt import credentials
from mqtt.certificates import check, public_key, read_statements
from mqtt.keys import KeyRefused, Keys, key_id, load_private, next_file
from mqtt.seals import CENTRAL


class Books:
    """What is on the disk. `meta` and `private` are None where they cannot be read."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self.state_dir = Path(config.gateway.state_dir)
        self.ledger_path = self.state_dir / LEDGER
        self.meta: Meta | None = None
        self.private: Ed25519PrivateKey | None = None
        self.rotations: list[Rotation] = []
        self._sealed_with = ""
        self._applied: AllocationApplied | None = None
        self._learned: list[KeyLearned] = []
        self.known: list[Written] = []
        """An entry that central has: the newest that it has acknowledged, or the first of all."""

        self.told_ns: int | None = None
        """When central wrote that directive, UTC."""

    def ledger(self) -> LedgerFinding:
        """Its head against the anchor beside it. Read the ledger first: the others need it."""
        path = str(self.ledger_path)
        try:
            with LedgerReader(self.ledger_path) as reader:
                anchored = hold_with_anchor(reader, anchor_path(self.ledger_path))
                self.meta = reader.meta()
                head = reader.last().sequence
                self.rotations = reader.rotations()
                seal = reader.last_seal(0, head)
                self._sealed_with = seal.key_id if seal is not None else ""
                if self.rotations:
                    self._sealed_with = key_id(public_key(self.rotations[-1].fact.new))
                newest = next(reader.newest_first(TYPE_OF[AllocationApplied]), None)
                checkpoint = reader.checkpoint()
                if newest is not None:
                    self._applied = msgspec.convert(newest.data, AllocationApplied)
                elif checkpoint is not None:
                    self._applied = checkpoint.newest.applied
                self._learned = _learned(reader)
                self.known = reader.written_after(max(0, reader.acknowledged_through() - 1), 1)
                same = anchored.sequence > head or (
                    reader.hash_at(anchored.sequence) == anchored.head
                )
        except LedgerDamaged as error:
            return LedgerFinding(path=path, error=error.detail)
        except (OSError, msgspec.ValidationError) as error:
            return LedgerFinding(path=path, error=str(error))
        return LedgerFinding(path=path, head=head, anchor=anchored.sequence, same=same)

    def key(self) -> KeyFinding:
        path = Path(self._config.keys.private_file)
        try:
            if not credentials.exists(path):
                return KeyFinding(path=str(path), missing=True)
            if not credentials.is_credential(path):
                mode = path.stat().st_mode & 0o777
                if mode & 0o077:
                    return KeyFinding(path=str(path), mode=mode)
                path.open("rb").close()
            elif os.geteuid() != 0:
                return KeyFinding(path=str(path), held=True)
        except PermissionError:
            return KeyFinding(path=str(path), held=True)
        try:
            private = load_private(path)
            if self._sealed_with and _id(private) != self._sealed_with:
                # A change of keys that was cut off: the next start finishes it.
                with suppress(KeyRefused):
                    waiting = load_private(next_file(path))
                    private = waiting if _id(waiting) == self._sealed_with else private
        except KeyRefused as error:
            return KeyFinding(path=str(path), error=str(error))
        found = _id(private)
        if self._sealed_with in ("", found):
            self.private = private
        return KeyFinding(path=str(path), found=found, wanted=self._sealed_with)

    def trust(self) -> TrustFinding:
        """What the root has said of central's keys."""
        folder = self._config.keys.statements_dir
        if not os.access(folder, os.R_OK | os.X_OK) and _is_there(Path(folder)):
            return TrustFinding(folder=folder, held=True)
        try:
            root = public_key(self._config.keys.root_key)
            statements = read_statements(Path(folder))
            for statement in statements:
                check(statement, root, CENTRAL)
        except KeyRefused as error:
            return TrustFinding(folder=folder, error=str(error))
        return TrustFinding(folder=folder, statements=len(statements))

    def keys_of_central(self) -> Keys:
        """Those that this gateway believes. KeyRefused where there are none."""
        trust = Trust(self._config.keys.root_key, Path(self._config.keys.statements_dir))
        trust.remember(self._learned)
        trust.take(trust.unsaid(0, 0))
        return trust

    def allocation(self, now_ns: int) -> AllocationFinding:
        path = self.state_dir / ALLOCATION
        if self.meta is None or self.private is None:
            return AllocationFinding(path=str(path), held=True)
        meta = self.meta
        try:
            seals = OwnSeals(
                self.private, meta.gateway, meta.incarnation, meta.epoch, self.rotations
            )
            allocation = Allocation.open(path, seals)
            allocation.check_against(self._applied)
        except AllocationExpired as error:
            return AllocationFinding(path=str(path), behind=error.detail)
        except AllocationDamaged as error:
            return AllocationFinding(path=str(path), error=error.detail)
        except KeyRefused as error:
            return AllocationFinding(path=str(path), error=str(error))
        time = allocation.time
        self.told_ns = None if time is None else utc_ns(time)
        return AllocationFinding(
            path=str(path),
            through=allocation.applied_through,
            age_ns=None if self.told_ns is None else now_ns - self.told_ns,
        )


def _learned(reader: LedgerReader) -> list[KeyLearned]:
    checkpoint = reader.checkpoint()
    before = checkpoint.newest.learned if checkpoint is not None else ()
    found = reader.entries_of(TYPE_OF[KeyLearned])
    return [*before, *(msgspec.convert(entry.data, KeyLearned) for entry in found)]


def _is_there(folder: Path) -> bool:
    """Or cannot be told, for what is above it may not be read either."""
    try:
        return folder.exists()
    except PermissionError:
        return True


def _id(private: Ed25519PrivateKey) -> str:
    return key_id(private.public_key())
