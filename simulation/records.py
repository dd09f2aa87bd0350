"""L, X and C: what the ledgers and central's database say, compared with each other and with
what flowed."""

import sqlite3
from collections import Counter, defaultdict
from pathlib import Path

import msgspec

from gateway.core.facts import SaleCompleted
from gateway.store.anchor import anchor_path, read_anchor
from gateway.store.check import LedgerCheck
from gateway.store.own_seals import OwnSeals
from gateway.store.reader import LedgerReader
from gateway.store.rotation import own_private
from simulation.pump import NL_PER_ML
from simulation.station import Station
from simulation.taken_up import Log, TakenUp
from simulation.truth import Truth

_HASHES = "SELECT hash FROM entries ORDER BY sequence"
_SPENT = "SELECT grant_no, spent_ml FROM grants WHERE gateway = ? AND incarnation = ?"


class Records:
    def __init__(self, truth: Truth, stations: list[Station], database: Path) -> None:
        self._truth, self._stations, self._database = truth, stations, database
        self.hashes: defaultdict[Log, list[str]] = defaultdict(list)
        """What was once seen in a ledger, which must stay."""
        self.sales: dict[Log, dict[str, SaleCompleted]] = defaultdict(dict)
        self.recorded_ml = 0
        self._taken_up = TakenUp(truth)
        self._lost: set[str] = set()
        """Incarnations whose card is gone."""
        self.refusals: Counter[str] = Counter()

    def look(self, station: Station) -> Log:
        """L: what was in the ledger is there unchanged, but for what was pruned; then note what is
        new. To be called before anything is pruned."""
        truth = self._truth
        truth.checks["L"] += 1
        with LedgerReader(station.ledger) as reader:
            meta = reader.meta()
            log = station.name, meta.incarnation
            known = self.hashes[log]
            pruned = reader.pruned()
            rows = reader.connection.execute(
                "SELECT sequence, hash, body FROM entries WHERE sequence >= ? ORDER BY sequence",
                (max(1, len(known)),),
            ).fetchall()
        if pruned.sequence and known[pruned.sequence - 1 : pruned.sequence] != [pruned.hash]:
            truth.violated(station.name, f"L: entry {pruned.sequence} was another one when pruned")
        held = len(known) > pruned.sequence
        if held and (not rows or rows[0][:2] != (len(known), known[-1])):
            truth.violated(station.name, f"L: entry {len(known)} was there, and is no more")
        for sequence, entry_hash, body in rows[1 if held else 0 :]:
            if sequence != len(known) + 1:
                truth.violated(station.name, f"L: entry {sequence} follows entry {len(known)}")
            known.append(entry_hash)
            self._entry(station, log, body)
        truth.compared["L"] += len(rows)
        return log

    def losing(self, station: Station) -> None:
        """This ledger will be heard of no more; a fill that is open in it stays unrecorded."""
        self._lost.add(self.look(station)[1])

    def verify(self, station: Station, *, whole: bool) -> None:
        """L: chain, sequence, seals, anchor and state, by the product's own check; and every
        entry ever seen, where `whole`."""
        log = self.look(station)
        path = station.ledger
        private = own_private(Path(station.config.keys.private_file), path)
        with LedgerReader(path) as reader:
            meta = reader.meta()
            own = OwnSeals(private, station.name, meta.incarnation, meta.epoch, reader.rotations())
            check = LedgerCheck(
                reader,
                read_anchor(anchor_path(path)),
                own.verify,
                all_signatures=whole,
            )
            for problem in check.problems():
                self._truth.violated(station.name, f"L: {problem}")
            found = [row[0] for row in reader.connection.execute(_HASHES)]
            pruned = reader.pruned().sequence
        self._truth.compared["L"] += len(found)
        if found != self.hashes[log][pruned:]:
            self._truth.violated(station.name, "L: the ledger is not what it was")

    def _entry(self, station: Station, log: Log, body: str) -> None:
        entry = msgspec.json.decode(body)
        match entry["type"]:
            case "ledger.pruned":
                self._truth.checks["pruned"] += 1
            case "sale.refused":
                self.refusals[entry["data"]["code"]] += 1
            case "grant.activated":
                self._taken_up.note(log, entry["data"])
            case "sale.completed":
                self._sale(station, log, msgspec.convert(entry["data"], SaleCompleted))

    def _sale(self, station: Station, log: Log, sale: SaleCompleted) -> None:
        """C: a sale says what passed for it, to the pulse, or where it is estimated no less."""
        truth = self._truth
        truth.checks["C"] += 1
        flow = truth.flows.get(sale.sale)
        if flow is None:
            # Reserved, never opened: it may still be closed as estimated after a crash.
            passed_nl = 0
            if not sale.estimated:
                truth.violated(station.name, f"C: {sale.sale} is a sale, and nothing flowed")
        else:
            if truth.is_current(flow):
                truth.settle(station, flow.pump)
            passed_nl = flow.volume_nl
        if sale.sale in self.sales[log]:
            truth.violated(station.name, f"C: {sale.sale} is recorded twice")
        self.sales[log][sale.sale] = sale
        self.recorded_ml += sale.volume_ml
        pulse_ml = station.pumps[sale.pump].physics.calibration.pulse_ml
        truth.compared["C"] += sale.volume_ml
        over_ml = sale.volume_ml - passed_nl // NL_PER_ML
        most_ml = station_chunk_ml(station, sale.pump) if sale.estimated else pulse_ml
        if not -pulse_ml <= over_ml <= most_ml:
            truth.violated(
                station.name,
                f"C: {sale.sale} is recorded with {sale.volume_ml} ml, and "
                f"{passed_nl // NL_PER_ML} ml passed (estimated: {sale.estimated})",
            )

    def totals(self) -> None:
        """C: every flow is a sale, and each pump's totaliser is the sum of its own."""
        recorded = {name for sales in self.sales.values() for name in sales}
        for flow in self._truth.flows.values():
            self._truth.checks["C"] += 1
            lost = flow.sale.partition("-")[0] in self._lost
            if flow.volume_nl > 0 and flow.sale not in recorded and not lost:
                self._truth.violated(
                    flow.station,
                    f"C: {flow.volume_nl // NL_PER_ML} ml passed for {flow.sale}, never recorded",
                )
        for station in self._stations:
            for number, forecourt in station.pumps.items():
                passed_nl = sum(
                    flow.volume_nl
                    for flow in self._truth.flows.values()
                    if (flow.station, flow.pump) == (station.name, number)
                )
                if passed_nl != forecourt.physics.dispensed_nl:
                    self._truth.violated(
                        station.name,
                        f"C: pump {number} has passed {forecourt.physics.dispensed_nl} nl, and "
                        f"{passed_nl} nl belong to reservations",
                    )

    def central(self, *, healed: bool) -> None:
        """X: central has a ledger's entries once each, unchanged, without a gap; all if healed."""
        truth = self._truth
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            whole = [one for one in self._stations if not (one.damaged or one.forked)]
            for log in [self.look(station) for station in whole]:
                truth.checks["X"] += 1
                there = connection.execute(
                    "SELECT sequence, hash FROM entries WHERE gateway = ? AND incarnation = ? "
                    "ORDER BY sequence",
                    log,
                ).fetchall()
                ours = list(enumerate(self.hashes[log], start=1))
                truth.compared["X"] += len(there)
                if there != ours[: len(there)] or (healed and len(there) != len(ours)):
                    truth.violated(
                        log[0],
                        f"X: central has {len(there)} entries, the ledger {len(ours)}, or others",
                    )
                self._taken_up.compare(connection, log, whole=len(there) == len(ours))
                self._volumes(connection, log, len(there))
        finally:
            connection.close()

    def _volumes(self, connection: sqlite3.Connection, log: Log, through: int) -> None:
        """X: sale by sale, central counts what the ledger recorded, to the millilitre."""
        counted = dict(
            connection.execute(
                "SELECT sale, volume_ml FROM sales WHERE gateway = ? AND incarnation = ?", log
            )
        )
        ours = {name: sale.volume_ml for name, sale in self.sales[log].items()}
        if through != len(self.hashes[log]):
            return
        if counted != ours:
            odd = sorted(set(counted.items()) ^ set(ours.items()))[:3]
            self._truth.violated(log[0], f"X: central's sales are not the ledger's: {odd}")
        self._charges(connection, log)

    def _charges(self, connection: sqlite3.Connection, log: Log) -> None:
        """X: central counts each sale's charge on a grant once."""
        ours: Counter[int] = Counter()
        for sale in self.sales[log].values():
            for charge in sale.charges:
                ours[charge.grant_no] += charge.volume_ml
        for number, spent_ml in connection.execute(_SPENT, log):
            if spent_ml != ours[number]:
                self._truth.violated(
                    log[0],
                    f"X: central counts {spent_ml} ml on grant {number}, the ledger's sales "
                    f"charge {ours[number]} ml",
                )


def station_chunk_ml(station: Station, pump: int) -> int:
    """The most that an estimated sale may charge beyond what passed: one reservation."""
    settings = next(one for one in station.config.pumps if one.number == pump)
    late_ms = settings.valve_lag_ms + settings.timer_hold_ms
    calibration = station.pumps[pump].physics.calibration
    chunk_ml = max(2000, settings.max_flow_ml_per_min * 3000 // 60_000)
    return chunk_ml + settings.max_flow_ml_per_min * late_ms // 60_000 + 2 * calibration.pulse_ml
