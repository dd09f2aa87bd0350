"""A gateway's ledger, written out: for people, and before anything of it is deleted."""

from collections.abc import Iterable
from itertools import chain, takewhile
from typing import BinaryIO

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from gateway.core.units import MAX_SAFE_INTEGER
from gateway.store.view import LedgerView
from mqtt.export import ExportEnd, ExportHeader, write_export
from mqtt.seal import Seal
from mqtt.seals import Signer


def export_ledger(
    ledger: LedgerView,
    file: BinaryIO,
    *,
    through: int = MAX_SAFE_INTEGER,
    at_end: Iterable[Seal] = (),
) -> ExportEnd:
    """Write all that the ledger holds, or only its entries and seals up to `through`.

    `at_end`: seals that the ledger does not hold, behind its last.

    Call it while one state of the ledger is held. LedgerDamaged where it cannot be read.
    """
    meta = ledger.meta()
    first = next(ledger.every_entry(), None)
    last = ledger.last().sequence
    header = ExportHeader(
        gateway=meta.gateway,
        incarnation=meta.incarnation,
        holder="gateway",
        from_sequence=first.sequence if first else 1,
        through=min(last, through),
        goes_on=through < last,
        prevhash=first.prevhash if first else GENESIS,
    )
    return write_export(
        file,
        header,
        (
            msgspec.structs.asdict(entry)
            for entry in takewhile(lambda entry: entry.sequence <= through, ledger.every_entry())
        ),
        chain(takewhile(lambda seal: seal.sequence <= through, ledger.every_seal()), at_end),
        checkpoint=ledger.sealed_checkpoint(),
    )


def seals_at_end(ledger: LedgerView, private: Ed25519PrivateKey) -> list[Seal]:
    """One by the gateway's key at the last entry, if none is there: for `at_end`."""
    meta, last = ledger.meta(), ledger.last()
    if ledger.last_seal(last.sequence - 1, last.sequence):
        return []
    signer = Signer(private, meta.gateway, meta.incarnation, meta.epoch)
    return [signer.seal("ledger", last.sequence, last.hash)]
