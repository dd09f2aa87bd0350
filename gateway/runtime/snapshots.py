"""What the pumps show, gathered for local readers and for central's live view."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from gateway.core.decision import Drawing
from gateway.core.reasons import Reason, Status
from gateway.core.units import amount_idr
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.keeper import Keeper
from gateway.runtime.network import Network
from gateway.runtime.status import EVERY_S, PumpSnapshot, Snapshot
from gateway.runtime.wall import WallClock
from mqtt.messages import Live, LivePump

log = logging.getLogger(__name__)

DRIFTED = "totaliser_drifted"


class Snapshots:
    """Called at every turn of the control loop; does something at most five times a second."""

    def __init__(
        self,
        gateway: str,
        desks: Mapping[int, Desk],
        *,
        books: Books,
        keeper: Keeper,
        wall: WallClock,
        network: Network | None,
        publish: Callable[[Snapshot], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now_s`: machine time also where the pumps run on simulated time: for people."""
        self._gateway = gateway
        self._desks = desks
        self._books = books
        self._keeper = keeper
        self._wall = wall
        self._network = network
        self._publish = publish
        self._now_s = now_s
        self._due_s = 0.0
        self._live: list[LivePump] = []
        self._blocked: Reason | None = books.stoppage.cannot_sell()

    def turn(self) -> None:
        now_s = self._now_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + EVERY_S
        self._publish(self.take())
        live = [self._live_pump(desk) for desk in self._desks.values()]
        if self._network is not None and live != self._live:
            self._live = live
            self._network.live(Live(pumps=live))

    def _look_at_the_store(self) -> None:
        before, self._blocked = self._blocked, self._books.stoppage.cannot_sell()
        if self._blocked is not before:
            if self._blocked is not None:
                log.error("no pump sells: %s", self._blocked)
            else:
                log.warning("the pumps sell again, %s has ended", before)

    def take(self) -> Snapshot:
        network, books = self._network, self._books
        self._look_at_the_store()
        return Snapshot(
            gateway=self._gateway,
            time=self._wall.now(),
            online=books.online,
            link=network.why if network is not None else "no ledger to deliver",
            blocked=self._blocked.value if self._blocked is not None else None,
            head=books.head,
            acknowledged_through=network.acknowledged_through if network is not None else 0,
            commits=self._keeper.commits,
            pumps=[self._pump(desk) for desk in self._desks.values()],
        )

    def _live_pump(self, desk: Desk) -> LivePump:
        return LivePump(pump=desk.number, state=desk.session.state.value, **self._shared(desk))

    def _pump(self, desk: Desk) -> PumpSnapshot:
        session = desk.session
        volume_ml = session.rules.dosing.calibration.volume_ml(session.pulses_total)
        return PumpSnapshot(
            pump=desk.number,
            state=session.state.value,
            product=self._books.product(desk.number),
            stop_ml=session.fill.allowed.stop_ml if session.fill is not None else None,
            fault=session.fault.value if session.fault is not None else None,
            totaliser_ml=self._books.totaliser_ml(desk.number, volume_ml),
            **self._shared(desk),
        )

    def _shared(self, desk: Desk) -> dict[str, Any]:
        session = desk.session
        meter = self._books.balance.meters.get(desk.number)
        drifted = meter is not None and meter.alarm is not None
        alarm = DRIFTED if drifted else None
        if session.fill is None:
            code: Reason | Status = desk.code
            if code is Status.READY and self._blocked is not None:
                code = self._blocked
            return {
                "volume_ml": 0,
                "amount_idr": 0,
                "remaining_ml": None,
                "code": code.value,
                "alarm": alarm,
            }
        allowed = session.fill.allowed
        delivered_ml = session.delivered_ml
        if isinstance(allowed, Drawing):
            return {
                "volume_ml": delivered_ml,
                "amount_idr": 0,
                "remaining_ml": max(0, allowed.stop_ml - delivered_ml),
                "code": desk.code.value,
                "alarm": alarm,
            }
        return {
            "subject": allowed.subject.subject,
            "plate": allowed.subject.plate,
            "volume_ml": delivered_ml,
            "amount_idr": amount_idr(delivered_ml, allowed.price.price_idr_per_l),
            "remaining_ml": max(0, allowed.remaining_ml - delivered_ml),
            "code": desk.code.value,
            "alarm": alarm,
        }
