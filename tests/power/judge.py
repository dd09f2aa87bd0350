"""Start the real code on what a power cut left, and hold it to what had been promised."""

import zlib
from collections import Counter
from collections.abc import Iterator

import msgspec

from gateway.config.types import GatewayConfig
from gateway.core.balance import Balance, fold
from gateway.core.facts import AllocationApplied, GrantActivated, SaleCompleted
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.runtime.allocating import Allocating
from gateway.runtime.recovering import recover
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.store.anchor import anchor_path, read_anchor
from gateway.store.check import LedgerCheck
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from tests.power.exports import exported
from tests.power.place import UPTIME_MS, opened
from tests.power.promises import Promised, Reference
from tests.power.saying import snapshot


class Judge:
    """Holds the states of one program to what that program promised."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def problems(self, config: GatewayConfig, promised: Promised) -> list[str]:
        """Start, recover and verify in the folder of `config`; what breaks a promise."""
        with opened(config) as (shelf, wall):
            return list(self._started(config, shelf, wall, promised))

    def _started(
        self, config: GatewayConfig, shelf: Shelf, wall: WallClock, promised: Promised
    ) -> Iterator[str]:
        ledger, allocating = shelf.ledger, shelf.allocating
        if ledger is None or allocating is None:
            yield f"refused: {shelf.blocked}"
            return
        found = snapshot(ledger)
        yield from self._ledger(found, ledger, promised)
        yield from self._cache(allocating, promised)
        rows = msgspec.convert(found["rows"], list[OpenSession])
        recover(shelf, config, wall, UPTIME_MS)
        try:
            before = exported(shelf.state_dir, ledger.pruned().sequence)
        except (ValueError, OSError, EOFError, zlib.error) as error:
            yield f"export: {error}"
            return
        entries = [*before, *ledger.every_entry()]
        yield from _once(entries)
        yield from _closed(entries, rows, promised)
        yield from _conserved(entries, shelf.balance)
        yield from _waiting(entries, shelf.balance, promised)
        if ledger.open_sessions():
            yield "an open session is left after recovery"
        yield from _verified(ledger)
        if allocating.blocked is None and allocating.allocation is not None:
            newest = [entry for entry in entries if entry.type == "allocation.applied"][-1]
            if msgspec.convert(newest.data, AllocationApplied) != allocating.allocation.applied:
                yield "the ledger does not say which allocation is in force"
            if allocating.allocation.grants_after(shelf.balance.high_water):
                yield "a grant in the cache is not activated"

    def _ledger(
        self, found: dict[str, object], ledger: Ledger, promised: Promised
    ) -> Iterator[str]:
        """It is exactly what it was after the newest commit promised, or the one under way."""
        meta = ledger.meta()
        if not promised.commit_no <= meta.commit_no <= promised.begun:
            yield f"commit {meta.commit_no}, not {promised.commit_no} to {promised.begun}"
            return
        wanted = self._reference.commits[meta.commit_no]
        known = {wanted["meta"]["acknowledged_through"]}
        if meta.commit_no == promised.commit_no:
            known |= promised.acknowledging
        if meta.acknowledged_through not in known:
            yield f"acknowledged through {meta.acknowledged_through}, but {known} was said"
        as_known = msgspec.structs.replace(
            meta, acknowledged_through=wanted["meta"]["acknowledged_through"]
        )
        if found | {"meta": msgspec.to_builtins(as_known)} != wanted:
            yield f"commit {meta.commit_no} reads {found}, was {wanted}"
        oldest = max(1, ledger.pruned().sequence)
        hashes = [ledger.hash_at(n) for n in range(oldest, ledger.head.sequence + 1)]
        if hashes != self._reference.hashes[oldest - 1 : ledger.head.sequence]:
            yield "entries are others than were written"

    def _cache(self, allocating: Allocating, promised: Promised) -> Iterator[str]:
        """It is the old or the new one, whole; no refusal, for nothing was lost."""
        if allocating.blocked is not None or allocating.allocation is None:
            yield f"cache refused: {allocating.blocked}"
            return
        applied = allocating.allocation.applied
        if applied.through not in (promised.through, promised.caching):
            yield f"cache through {applied.through}, but {promised.through} was promised"
        elif applied.content != self._reference.caches[applied.through]:
            yield f"cache through {applied.through} is another than was written"


def _once(entries: list[Entry]) -> Iterator[str]:
    """Nothing is recorded twice: no sale, refusal, boot, grant or allocation."""
    said = Counter(
        (entry.type, str(entry.data[key]))
        for entry in entries
        for kind, key in (
            ("sale.completed", "sale"),
            ("sale.refused", "card"),
            ("sale.reserved", "sale"),
            ("sale.declared", "receipt_no"),
            ("sale.cancelled", "sale"),
            ("gateway.booted", "boot"),
            ("grant.activated", "grant_no"),
            ("allocation.applied", "through"),
        )
        if entry.type == kind
    )
    for what, times in said.items():
        if times != 1:
            yield f"{what} is recorded {times} times"


def _closed(entries: list[Entry], rows: list[OpenSession], promised: Promised) -> Iterator[str]:
    """Each fill that was open is charged its reservation; none that flowed is forgotten."""
    sales = [msgspec.convert(e.data, SaleCompleted) for e in entries if e.type == "sale.completed"]
    sold = {sale.sale: sale for sale in sales}
    for row in rows:
        sale = sold.get(row.sale)
        if sale is None or not sale.estimated or sale.charges != row.reserved:
            yield f"open fill {row.sale} was not closed with its reservation: {sale}"
    for name, flowed_ml in promised.flowed_ml.items():
        charged_ml = sum(c.volume_ml for c in sold[name].charges) if name in sold else 0
        if charged_ml < flowed_ml:
            yield f"fill {name}: {flowed_ml} ml may have flowed, {charged_ml} ml are charged"


def _conserved(entries: list[Entry], balance: Balance) -> Iterator[str]:
    """No grant is overspent, and memory holds what the ledger says."""
    if fold(Balance(balance.zone), entries) != balance:
        yield "the balance in memory is not that of the ledger"
    for entry in entries:
        if entry.type == "grant.activated":
            grant = msgspec.convert(entry.data, GrantActivated)
            held = next(
                g for g in balance.account(grant.subject).grants if g.grant_no == grant.grant_no
            )
            waiting = sum(c.volume_ml for c in balance.reserved if c.grant_no == grant.grant_no)
            taken_ml = held.spent_ml + waiting
            if not 0 <= held.spent_ml <= taken_ml <= grant.volume_ml:
                yield f"grant {grant.grant_no}: {taken_ml} of {grant.volume_ml} ml taken"


def _waiting(entries: list[Entry], balance: Balance, promised: Promised) -> Iterator[str]:
    """What a third party's pump may have given waits for a person, whatever happened."""
    ended = {e.data["sale"] for e in entries if e.type in ("sale.declared", "sale.cancelled")}
    for sale, reserved_ml in promised.reserved_ml.items():
        held = balance.reservations.get(sale)
        if sale not in ended and (held is None or held.reserved_ml != reserved_ml):
            yield f"sale {sale}: {reserved_ml} ml were reserved for it, now {held}"
    for entry in entries:
        if entry.type == "sale.completed" and entry.data["mode"] == DECLARED_MODE:
            sale = entry.data["sale"]
            if sale not in ended or entry.data["estimated"]:
                yield f"sale {sale} was charged, and nobody declared it"


def _verified(ledger: Ledger) -> Iterator[str]:
    """As `takar ledger verify` would, all signatures included."""
    with LedgerReader(ledger.path) as reader:
        anchored = read_anchor(anchor_path(ledger.path))
        check = LedgerCheck(reader, anchored, ledger.seals.verify, all_signatures=True)
        yield from map(str, check.problems())
