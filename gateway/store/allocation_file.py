"""The allocation cache's file, as a TinyDB storage that is whole or is called damaged.

The file is one line of RFC 8785 JSON: {"content": tables, "digest": SHA-256 of the content in
that form, "seal": the gateway's own seal of type "allocation" with head = digest and
sequence = the last directive applied}. Not one byte of it can change unnoticed.
"""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from tinydb import Storage

from gateway.core.chain import canonical
from gateway.core.facts import Hash
from gateway.core.reasons import Reason
from gateway.store.directives import Tables
from gateway.store.durable import create_file, replace_file
from gateway.store.errors import AllocationDamaged
from gateway.store.failures import write_failed
from gateway.store.own_seals import OwnSeals
from mqtt.seals import Seal, SealInvalid


class _Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    content: Tables
    digest: Hash
    seal: Seal


class AllocationFile(Storage):
    """Read and verified once, then held in memory; replaced as a whole by each write."""

    def __init__(self, path: Path, seals: OwnSeals) -> None:
        self.path = path
        self._seals = seals
        self._held: _Sealed | None = None

    def read(self) -> Tables:
        """The tables; AllocationDamaged says what is wrong with the file.

        The outer dict is the caller's own, so what TinyDB changes in it is not held as
        written before it is.
        """
        return dict(self._sealed().content)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, as the ledger's AllocationApplied records it."""
        return self._sealed().digest

    def write(self, data: Tables) -> None:
        """Seal and replace. After StoreFailed the file is the old or the new one; it is read
        again. Look-ups meanwhile see the old content.
        """
        sealed, line = self._seal(data)
        try:
            replace_file(self.path, line)
        except OSError as error:
            self._held = self._read_again()
            raise write_failed(error, self.path, otherwise=Reason.ALLOCATION_DAMAGED) from error
        self._held = sealed

    def create(self, data: Tables) -> None:
        """Write the first content; FileExistsError if there is a file."""
        create_file(self.path, self._seal(data)[1])

    def _seal(self, tables: Tables) -> tuple[_Sealed, bytes]:
        content = canonical(tables)
        digest = hashlib.sha256(content).hexdigest()
        seal = self._seals.signer.seal("allocation", _through(tables), digest)
        return _Sealed(content=tables, digest=digest, seal=seal), _line(content, digest, seal)

    def _sealed(self) -> _Sealed:
        if self._held is None:
            self._held = self._verified()
        return self._held

    def _read_again(self) -> _Sealed | None:
        try:
            return self._verified()
        except AllocationDamaged:
            return None

    def _verified(self) -> _Sealed:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            raise AllocationDamaged(f"{self.path}: the allocation cache is missing") from None
        except OSError as error:
            raise AllocationDamaged(f"{self.path}: cannot read it: {error.strerror}") from error
        try:
            found = msgspec.json.decode(raw, type=_Sealed)
            content, through = canonical(found.content), _through(found.content)
            self._seals.verify(found.seal, "allocation")
        except (ValueError, LookupError, TypeError, SealInvalid) as error:
            raise AllocationDamaged(f"{self.path}: not a cache of this gateway: {error}") from error
        digest = hashlib.sha256(content).hexdigest()
        whole = raw == _line(content, digest, found.seal)
        if not whole or (found.seal.sequence, found.seal.head) != (through, digest):
            raise AllocationDamaged(
                f"{self.path}: changed since it was written: its content through directive "
                f"{through} hashes to {digest[:12]}…, but it was sealed through "
                f"{found.seal.sequence} as {found.seal.head[:12]}…"
            )
        return found


def _through(tables: Tables) -> int:
    return int(tables["meta"]["meta"]["applied_through"])


def _line(content: bytes, digest: str, seal: Seal) -> bytes:
    """The file in RFC 8785 form, whose names happen to be in order."""
    signed = canonical(msgspec.to_builtins(seal))
    return b'{"content":%b,"digest":"%b","seal":%b}' % (content, digest.encode(), signed)
