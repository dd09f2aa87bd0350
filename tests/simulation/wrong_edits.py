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
    days: int = 6


TILL, RECOVERY = "gateway/runtime/till.py", "gateway/core/recovery.py"
BALANCE, ALLOCATING = "gateway/core/balance.py", "gateway/runtime/allocating.py"
CHECK, APPLYING = "gateway/store/check.py", "mqtt/central/applying.py"
BOOKS, DOSING = "gateway/runtime/books.py", "gateway/core/dosing.py"

WRONG = [
    Wrong(
        "the valve opens before the reservation is durable",
        (
            (
                TILL,
                "Job(put_session=row, done=lambda: desk.take(durable), failed=failed)",
                "Job(put_session=row, failed=failed)",
            ),
            (
                TILL,
                "        self._books.rows[desk.number] = row\n\n        def failed",
                "        self._books.rows[desk.number] = row\n"
                "        desk.follow(ReservationDurable(action.reserved_ml))\n\n        def failed",
            ),
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
                BALANCE,
                "return self.period == period and self.not_before <= now_utc <= self.not_after",
                "return True",
            ),
        ),
        "F",
    ),
    Wrong(
        "visits and litres of the day are forgotten",
        (
            (
                BALANCE,
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
        (
            (
                "gateway/store/allocation.py",
                "if recorded is None or recorded.through < self.applied_through:",
                "if True:",
            ),
        ),
        "F",
    ),
]
