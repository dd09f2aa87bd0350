"""What subjects may still take here: the ledger folded into grants, days, meters and shift.

Never stored: rebuilt from the ledger at start and kept up to date with each commit's entries.
"""

from collections.abc import Iterable

from gateway.core.accounts import Balance as Balance
from gateway.core.folding import STEPS, Folding
from gateway.core.log import Entry
from gateway.core.meters import follow
from gateway.core.running import Running


def fold(balance: Balance, entries: Iterable[Entry]) -> Balance:
    """All entries in order, of which the balance has seen none yet.

    ValueError if a sale charges a grant that is not open here.
    """
    folding = Folding(
        balance.zone,
        dict(balance.accounts),
        dict(balance.holder_of),
        dict(balance.totaliser_ml),
        balance.high_water,
        list(balance.never_held),
        dict(balance.periods),
        dict(balance.meters),
        dict(balance.readings),
        dict(balance.vouchers),
        dict(balance.reservations),
        dict(balance.receipts),
        balance.overrides,
    )
    running = Running(balance.shift)
    for entry in entries:
        follow(folding.meters, entry)
        running.take(entry)
        step = STEPS.get(entry.type)
        if step is not None:
            step(folding, entry)
    return Balance(
        balance.zone,
        folding.accounts,
        folding.holder_of,
        folding.totaliser_ml,
        folding.high_water,
        tuple(folding.never_held),
        folding.periods,
        folding.meters,
        running.shift,
        folding.readings,
        folding.vouchers,
        folding.reservations,
        folding.receipts,
        folding.overrides,
    )


def apply(balance: Balance, entry: Entry) -> Balance:
    """The balance after one more entry of the ledger; ValueError as for `fold`."""
    return fold(balance, [entry])
