"""Wrong edits of the product, each of which lets some seed find a violation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    name: str
    edits: tuple[tuple[str, str, str], ...]
    """File, what occurs in it once, and what is put in its place."""
    found_by: str
    """The invariant that does not hold."""
    seed: int = 1
    days: int = 7


TILL, RECOVERY = "gateway/runtime/till.py", "gateway/core/recovery.py"
ACCOUNTS, ALLOCATION = "gateway/core/accounts.py", "gateway/store/allocation.py"
CHECK, DELIVERY = "gateway/store/check.py", "mqtt/delivery.py"
BOOKS, DOSING = "gateway/runtime/books.py", "gateway/core/dosing.py"

WRONG = [
    Wrong(
        "the valve opens before the reservation is durable",
        (
            (
                TILL,
                "        durable = ReservationDurable(action.reserved_ml)\n",
                "        durable = ReservationDurable(action.reserved_ml)\n"
                "        desk.follow(durable)\n",
            ),
            (TILL, "                done=lambda: desk.take(durable),\n", ""),
        ),
        "D",
    ),
    Wrong(
        "an estimated sale charges only what was metered",
        (
            (
                RECOVERY,
                "volume_ml = max(session.reserved_ml, session.metered_ml)",
                "volume_ml = session.metered_ml",
            ),
        ),
        "C",
    ),
    Wrong(
        "what passes after the stop is not reserved",
        (
            (
                DOSING,
                "        return min(stop_ml, self.chunk_ml) + self.stop_bound_ml",
                "        return min(stop_ml, self.chunk_ml) + 100",
            ),
            (
                DOSING,
                "        return min(stop_ml, delivered_ml + self.chunk_ml) + self.stop_bound_ml",
                "        return min(stop_ml, delivered_ml + self.chunk_ml) + 100",
            ),
            (DOSING, "reserved_ml - self.stop_bound_ml)", "reserved_ml)"),
        ),
        "D",
    ),
    Wrong(
        "the anchor is not checked",
        ((CHECK, "            yield from self._anchor(meta)\n", ""),),
        "F",
    ),
    Wrong(
        "the chain is not checked",
        ((CHECK, "            yield from self._chain(meta)\n", ""),),
        "F",
    ),
    Wrong(
        "a grant of next month serves already",
        (
            (
                ACCOUNTS,
                "self.period == period and self.not_before <= now_utc <= self.not_after",
                "True",
            ),
        ),
        "F",
    ),
    Wrong(
        "visits and litres of the day are forgotten",
        (
            (
                ACCOUNTS,
                "return day if day is not None and today in (None, day.day) else None",
                "return None",
            ),
        ),
        "F",
    ),
    Wrong(
        "one subject may fill at two pumps at once",
        ((BOOKS, "in_use=any(name == row.subject for row in self.rows.values())", "in_use=False"),),
        "F",
    ),
    Wrong(
        "a cache older than the ledger is sold from",
        ((ALLOCATION, "        if wanted < here:\n", "        if True:\n"),),
        "F",
    ),
    Wrong(
        "an acknowledgement is accepted without comparing its hash",
        (
            (DELIVERY, "        if seal.sequence > head:\n", "        if False:\n"),
            (
                DELIVERY,
                "        elif ours is not None and ours.hash != seal.head:",
                "        elif False:",
            ),
        ),
        "F",
    ),
    Wrong(
        "central takes litres back when it recalls them, not when they are closed",
        (
            (
                "mqtt/central/requests.py",
                "            .values(recalled=True)\n",
                "            .values(recalled=True, closed_ml=grants.c.spent_ml)\n",
            ),
        ),
        "S",
    ),
    Wrong(
        "a close gives back what was sold",
        (("mqtt/central/closing.py", "if odd else close.spent_ml", "if odd else 0"),),
        "S",
    ),
    Wrong(
        "a restored central mints before it knows what is out",
        (
            (
                "mqtt/central/epochs.py",
                "    if names := awaited(connection):",
                "    if names := []:",
            ),
        ),
        "S",
    ),
    Wrong(
        "there is no high-water mark",
        (
            (
                "gateway/runtime/directive_cache.py",
                "return self._holdings.balance.high_water",
                "return 0",
            ),
            (
                "gateway/core/grants.py",
                "    high_water = balance.high_water\n",
                "    high_water = 0\n",
            ),
            (
                "gateway/core/balance.py",
                "        if grant.grant_no <= self.high_water:",
                "        if False:",
            ),
        ),
        "S",
    ),
]
