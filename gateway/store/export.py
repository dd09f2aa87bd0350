"""A gateway's ledger, written out: for people, and before anything of it is deleted."""

from collections.abc import Iterable
from itertools import chain, takewhile
from typing import BinaryIO

import msgspec

from gateway.core.chain import GENESIS
from gateway.core.units import MAX_SAFE_INTEGER
from gateway.store.view import LedgerView
from mqtt.export import ExportEnd, ExportHeader, write_export
from mqtt.seals import Seal


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
