"""S, G, N and C of quota-protocol.md, as predicates over one side and over both."""

from tests.model.states import Record, Side

OVERDRAWN = "S: more flowed than the quota"


def broken_in(side: Side) -> str:
    """The first invariant that one side breaks, or ""."""
    disk = side.gateway.disk
    for at, minted in enumerate(side.minted):
        flowed, held = side.dispensed[at], disk.held[at]
        if minted.spent > minted.volume:
            return "S: central has more spent than it granted"
        if minted.book and flowed > minted.spent:
            return "S: central gave litres back that have flowed"
        reserved = disk.row.reserved if disk.row.grant == at + 1 else 0
        if held.record in (Record.OPEN, Record.CLOSED):
            if not flowed <= held.spent + reserved <= minted.volume:
                return "G: flowed ≤ spent + reserved ≤ granted does not hold"
            if minted.spent > held.spent and not minted.book:
                return "G: central was told of more than was spent"
        if side.activations[at] > 1:
            return "N: a grant was activated twice"
    return "C: fuel flowed after Close" if side.flowed_closed else ""


def broken_by_both(committed: int, dispensed: int, quota: int) -> str:
    """What only both sides together can break, or ""; their sums are given."""
    if dispensed > quota:
        return OVERDRAWN
    return "S: closed spent + open volume exceed the quota" if committed > quota else ""
