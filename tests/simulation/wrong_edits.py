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
    tight: bool = False
    """Quotas that are felt on the second day."""
    quick: bool = False
    """Found within a few seconds: by default too."""


TILL, RECOVERY = "gateway/runtime/till.py", "gateway/core/recovery.py"
ACCOUNTS, ALLOCATION = "gateway/core/accounts.py", "gateway/store/allocation.py"
CHECK, DELIVERY = "gateway/store/check.py", "mqtt/delivery.py"
APPLYING, PROJECTIONS = "mqtt/central/applying.py", "mqtt/central/projections.py"
SELLING, PRUNING = "mqtt/central/selling.py", "gateway/store/pruning.py"
DOSING = "gateway/core/dosing.py"
JUDGING = "gateway/runtime/judging.py"

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
            (TILL, "                done=written,\n", ""),
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
                "min(stop_ml + self.final_bound_ml, self.chunk_ml + self.stop_bound_ml)",
                "min(stop_ml, self.chunk_ml) + 100",
            ),
            (
                DOSING,
                "        return min(stop_ml + self.final_bound_ml, more_ml)",
                "        return min(stop_ml, more_ml - self.stop_bound_ml) + 100",
            ),
            (DOSING, "max(0, reserved_ml - self.stop_bound_ml)", "reserved_ml"),
            (
                DOSING,
                "reserved_ml >= stop_ml + self.final_bound_ml",
                "reserved_ml >= stop_ml",
            ),
        ),
        "D",
    ),
    Wrong(
        "the anchor is not checked",
        ((CHECK, "            yield from self._anchor(meta)\n", ""),),
        "F",
        seed=2,
    ),
    Wrong(
        "the chain is not checked",
        ((CHECK, "            yield from self._chain(meta)\n", ""),),
        "F",
        seed=2,
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
        seed=2,
    ),
    Wrong(
        "one subject may fill at two pumps at once",
        (
            (
                JUDGING,
                "in_use=any(name == row.subject for row in books.rows.values())",
                "in_use=False",
            ),
        ),
        "F",
    ),
    Wrong(
        "a cache older than the ledger is sold from",
        ((ALLOCATION, "        if wanted < here:\n", "        if True:\n"),),
        "F",
        seed=2,
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
                "    .values(recalled=True)\n",
                "    .values(recalled=True, closed_ml=grants.c.spent_ml)\n",
            ),
        ),
        "S",
        tight=True,
        quick=True,
    ),
    Wrong(
        "a close gives back what was sold",
        (("mqtt/central/closing.py", "if odd else close.spent_ml", "if odd else 0"),),
        "S",
        tight=True,
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
        tight=True,
    ),
    Wrong(
        "a restored central learns no grant from the ledgers",
        (
            (
                "mqtt/central/learning.py",
                "elif isinstance(fact, GrantActivated) and (in_wait or known_epoch < own):",
                "elif False:",
            ),
        ),
        "S",
        tight=True,
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
                "gateway/core/folding.py",
                "        if grant.grant_no <= self.high_water:",
                "        if False:",
            ),
        ),
        "S",
        tight=True,
    ),
    Wrong(
        "a recalled grant is closed while a fill draws on it",
        (
            (
                "gateway/core/grants.py",
                "        elif grant_no not in reserved_ml:\n",
                "        elif True:\n",
            ),
        ),
        "C",
        seed=3,
        tight=True,
    ),
    Wrong(
        "an older epoch's acknowledgement counts in a newer one",
        (
            (DELIVERY, "        if seal.epoch <= self._signer.epoch:\n", "        if True:\n"),
            (
                DELIVERY,
                "        self._verify(seal, epoch=self._signer.epoch)\n",
                "        self._verify(seal)\n",
            ),
        ),
        "X",
    ),
    Wrong(
        "a restored gateway keeps its incarnation",
        (
            (
                "gateway/setup/gateway_state.py",
                "    incarnation = secrets.token_hex(8)\n",
                "    incarnation = first.previous.incarnation\n",
            ),
        ),
        "L",
        quick=True,
    ),
    Wrong(
        "a sale and the end of its reservation are two commits",
        (
            (
                "gateway/store/ledger.py",
                "        return self._append(facts, statements, meta, sessions, seal=seal)\n",
                "        same = dict(self._sessions)\n"
                "        first = self._append(facts, [], self._meta, same, seal=seal)\n"
                "        meta = msgspec.structs.replace(meta, commit_no=self._meta.commit_no)\n"
                "        return first + self._append([], statements, meta, sessions, seal=False)\n",
            ),
        ),
        "C",
    ),
    Wrong(
        "an ambulance's litres serve anybody",
        (("gateway/core/draws.py", "    if subject.emergency:\n", "    if True:\n"),),
        "F",
    ),
    Wrong(
        "what flows after the limit is not counted in the sale",
        (
            (
                "gateway/core/rules/closing.py",
                "end_pulses=session.pulses_total if last is None",
                "end_pulses=min(session.pulses_total, session.limit_pulses) if last is None",
            ),
        ),
        "C",
        tight=True,
    ),
    Wrong(
        "central takes up what lies beyond a gap",
        (
            (APPLYING, "        return Applied.GAP\n", "        known = 0\n"),
            (
                APPLYING,
                "    known = gateway.through - first + 1\n    _refuse_fork",
                "    known = max(0, gateway.through - first + 1)\n    if known: _refuse_fork",
            ),
            (
                APPLYING,
                "        ((ours,),) = ask(connection, _HASH_AT, place)\n",
                "        ours = (ask(connection, _HASH_AT, place) or [(theirs,)])[0][0]\n",
            ),
        ),
        "X",
    ),
    Wrong(
        "central leaves out a sale that is estimated",
        (
            (
                PROJECTIONS,
                "        if isinstance(fact, SaleCompleted):\n            odd = take_sale",
                "        if isinstance(fact, SaleCompleted) and not fact.estimated:\n"
                "            odd = take_sale",
            ),
        ),
        "X",
    ),
    Wrong(
        "central applies a message again when it comes again",
        (
            (
                APPLYING,
                "    if known >= len(told):\n"
                "        return Applied.REPLAY\n"
                "    new = told[known:]\n",
                "    again = known >= len(told)\n    new = told if again else told[known:]\n",
            ),
            (
                APPLYING,
                "    _store(connection, gateway, new, seen)\n"
                "    _keep_seals(connection, gateway, piece.seals)\n",
                "    if not again:\n"
                "        _store(connection, gateway, new, seen)\n"
                "        _keep_seals(connection, gateway, piece.seals)\n",
            ),
            (
                APPLYING,
                "    return Applied.NEW\n",
                "    return Applied.REPLAY if again else Applied.NEW\n",
            ),
            (SELLING, "    if earlier is not None:\n", "    if False:\n"),
            (
                PROJECTIONS,
                "_INSERT_SALE = insert(sales)\n",
                '_INSERT_SALE = insert(sales).prefix_with("OR REPLACE")\n',
            ),
        ),
        "X",
    ),
    Wrong(
        "what central has not acknowledged is pruned",
        (
            (
                PRUNING,
                "    if through > min(old_through, ledger.acknowledged_through()):\n",
                "    if through > ledger.last().sequence:\n",
            ),
            (PRUNING, "STEP_ENTRIES = 500\n", "STEP_ENTRIES = 50\n"),
            (
                "gateway/store/ledger.py",
                "        if checkpoint.through > self._meta.acknowledged_through:\n",
                "        if False:\n",
            ),
        ),
        "X",
    ),
    Wrong(
        "the link takes for delivered what it has sent",
        (
            (
                DELIVERY,
                "        self.sent_through = last.sequence\n",
                "        self.sent_through = self._acknowledged = last.sequence\n",
            ),
        ),
        "X",
        seed=2,
    ),
]
