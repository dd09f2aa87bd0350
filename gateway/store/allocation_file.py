"""The allocation cache's file, as a TinyDB storage that is whole or is called damaged.

The file is one line of RFC 8785 JSON: {"content": tables, "digest": SHA-256 of the content in
that form, "seal": the gateway's own seal of type "allocation" with head = digest and
sequence = the last directive applied}. Not one byte of it can change unnoticed.

It is written beside a control loop that must not wait for it, so nothing here keeps Python's
lock for long: the content is put into its form one document at a time.
"""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from tinydb import Storage

from gateway.core.chain import canonical
from gateway.core.fields import Hash
from gateway.core.reasons import Reason
from gateway.store.directives import Tables
from gateway.store.durable import create_file, replace_file
from gateway.store.errors import AllocationDamaged
from gateway.store.failures import write_failed
from gateway.store.own_seals import OwnSeals
from mqtt.seal import Seal
from mqtt.seals import SealInvalid

YIELD_EVERY = 32
"""Documents between two chances for other threads: well below a millisecond of work."""
REST_S = 50e-6
"""A sleep of nothing would mostly take Python's lock back before another thread has woken."""


class _Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    content: Tables
    digest: Hash
    seal: Seal


class _Form(NamedTuple):
    """Tables in RFC 8785 form."""

    content: bytes
    digest: str
    """SHA-256 of `content`."""
    recorded: str
    """SHA-256 of it without its grants and recalls."""
    pieces: Mapping[str, bytes]
    """Each table's, by name."""


class AllocationFile(Storage):
    """Read and verified once, then held in memory; replaced as a whole by each write."""

    def __init__(self, path: Path, seals: OwnSeals) -> None:
        self.path = path
        self._seals = seals
        self._held: tuple[Tables, _Form] | None = None

    def read(self) -> Tables:
        """The tables; AllocationDamaged says what is wrong with the file.

        The outer dict is the caller's own, so what TinyDB changes in it is not held as
        written before it is.
        """
        return dict(self._verified_once()[0])

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content without grants and recalls, as the ledger's AllocationApplied
        says it.

        Of these the cache holds only what is not yet in the ledger, so they differ from one
        cache to another; the directives' head, which is in the content, stands for them all.
        """
        return self._verified_once()[1].recorded

    def write(self, data: Tables) -> None:
        """Seal and replace. After StoreFailed the file is the old or the new one; it is read
        again. Look-ups meanwhile see the old content.
        """
        form = _form(data, self._held)
        try:
            replace_file(self.path, self._line(data, form))
        except OSError as error:
            self._held = self._read_again()
            raise write_failed(error, self.path, otherwise=Reason.ALLOCATION_DAMAGED) from error
        self._held = data, form

    def create(self, data: Tables) -> None:
        """Write the first content; FileExistsError if there is a file."""
        create_file(self.path, self._line(data, _form(data)))

    def _line(self, tables: Tables, form: _Form) -> bytes:
        seal = self._seals.signer.seal("allocation", _through(tables), form.digest)
        return _line(form, seal)

    def _verified_once(self) -> tuple[Tables, _Form]:
        if self._held is None:
            self._held = self._verified()
        return self._held

    def _read_again(self) -> tuple[Tables, _Form] | None:
        try:
            return self._verified()
        except AllocationDamaged:
            return None

    def _verified(self) -> tuple[Tables, _Form]:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            raise AllocationDamaged(f"{self.path}: the allocation cache is missing") from None
        except OSError as error:
            raise AllocationDamaged(f"{self.path}: cannot read it: {error.strerror}") from error
        try:
            found = msgspec.json.decode(raw, type=_Sealed)
            form, through = _form(found.content), _through(found.content)
            self._seals.verify(found.seal, "allocation")
        except (ValueError, LookupError, TypeError, SealInvalid) as error:
            raise AllocationDamaged(f"{self.path}: not a cache of this gateway: {error}") from error
        whole = raw == _line(form, found.seal)
        if not whole or (found.seal.sequence, found.seal.head) != (through, form.digest):
            raise AllocationDamaged(
                f"{self.path}: changed since it was written: its content through directive "
                f"{through} hashes to {form.digest[:12]}…, but it was sealed through "
                f"{found.seal.sequence} as {found.seal.head[:12]}…"
            )
        return found.content, form


def _through(tables: Tables) -> int:
    return int(tables["meta"]["meta"]["applied_through"])


def _form(tables: Tables, held: tuple[Tables, _Form] | None = None) -> _Form:
    """`canonical(tables)`, made one document at a time; a table that is as it is `held` is not
    made again. Documents are never changed in place."""
    pieces = {}
    for name, documents in tables.items():
        if held is not None and _same(documents, held[0].get(name, {})):
            pieces[name] = held[1].pieces.get(name, b"{}")
        else:
            pieces[name] = _object_of(documents)
    content = _object(pieces)
    said = {**pieces, "grants": b"{}", "recalls": b"{}"}
    return _Form(content, _sha256(content), _sha256(_object(said)), pieces)


def _same(documents: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """The very same documents under the same keys."""
    return len(documents) == len(held) and all(
        held.get(key) is document for key, document in documents.items()
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _object_of(documents: Mapping[str, Any]) -> bytes:
    pieces = {}
    for number, (key, document) in enumerate(documents.items()):
        if number % YIELD_EVERY == 0:
            time.sleep(REST_S)
        pieces[key] = canonical(document)
    return _object(pieces)


def _object(pieces: Mapping[str, bytes]) -> bytes:
    """An object in RFC 8785 form, whose values are in that form already."""
    in_order = sorted(pieces) if all(map(str.isascii, pieces)) else sorted(pieces, key=_utf16)
    members = [canonical(name) + b":" + pieces[name] for name in in_order]
    return b"{%b}" % b",".join(members)


def _utf16(name: str) -> bytes:
    """What RFC 8785 puts names in the order of."""
    return name.encode("utf-16-be")


def _line(form: _Form, seal: Seal) -> bytes:
    """The file in RFC 8785 form, whose names happen to be in order."""
    signed = canonical(msgspec.to_builtins(seal))
    digest = form.digest.encode()
    return b'{"content":%b,"digest":"%b","seal":%b}' % (form.content, digest, signed)
