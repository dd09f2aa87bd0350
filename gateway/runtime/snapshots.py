"""What the pumps show, gathered for local readers and for central's live view."""

import logging
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from gateway.core.decision import Allowed, Drawing
from gateway.core.meters import NEW
from gateway.core.reasons import Reason, Status
from gateway.core.session import Session, State
from gateway.core.units import amount_idr
from gateway.runtime.books import Books
from gateway.runtime.counts import Counts
from gateway.runtime.desk import Desk
from gateway.runtime.keeper import Keeper
from gateway.runtime.look_up import LookUp
from gateway.runtime.network import Network
from gateway.runtime.open_declarations import MOST_SHOWN, OpenDeclarations
from gateway.runtime.recent import Recent
from gateway.runtime.status import EVERY_S, PumpSnapshot, Snapshot
from gateway.runtime.surroundings import Surroundings
from gateway.runtime.wall import WallClock, utc_ns
from mqtt.messages import Live, LivePump

log = logging.getLogger(__name__)

DRIFTED = "totaliser_drifted"
LEFT_ON = "bypass_left_on"
UNAUTHORISED = "flow_unauthorised"


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
        recent: Recent,
        signing_in: Callable[[int], bool],
        pairing: Callable[[int], str | None],
        declarations: OpenDeclarations,
        surroundings: Callable[[], Surroundings] = Surroundings,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now_s`: machine time also where the pumps run on simulated time: for people.

        `signing_in`: whether the console waits at a pump for a card; `pairing`: what is shown
        there once it has come."""
        self._gateway = gateway
        self._desks = desks
        self._books = books
        self._keeper = keeper
        self._wall = wall
        self._network = network
        self._publish = publish
        self._look_up = LookUp(books)
        self._recent = recent
        self._signing_in = signing_in
        self._pairing = pairing
        self._declarations = declarations
        self._surroundings = surroundings
        self.counts = Counts(desks)
        self._now_s = now_s
        self._due_s = 0.0
        self._link: tuple[bool, str] = (books.online, wall.now())
        self._live: list[LivePump] = []
        self._left_on: set[int] = set()
        """Pumps of which the log has said it."""
        self._blocked: Reason | None = books.stoppage.cannot_sell()

    def turn(self) -> None:
        now_s = self._now_s()
        if now_s < self._due_s:
            return
        self._due_s = max(self._due_s + EVERY_S, now_s)
        self._publish(self.take())
        live = [self._live_pump(desk) for desk in self._desks.values()]
        if self._network is not None and live != self._live:
            self._live = live
            self._network.live(Live(pumps=live))

    def _look_at_the_store(self) -> None:
        before, self._blocked = self._blocked, self._books.stoppage.cannot_sell()
        if self._blocked is not before:
            if self._blocked is not None:
                log.error(
                    "no pump sells: %s",
                    self._blocked,
                    extra={"event": "sales_blocked", "code": self._blocked.value},
                )
            else:
                log.warning(
                    "the pumps sell again, %s has ended", before, extra={"event": "sales_resumed"}
                )

    def take(self) -> Snapshot:
        network, books = self._network, self._books
        self._look_at_the_store()
        if self._link[0] != books.online:
            self._link = books.online, self._wall.now()
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
            link_since=self._link[1],
            told=self._look_up.told(),
            declarations=[*islice(self._declarations, MOST_SHOWN)],
            undeclared=len(self._declarations),
            clock=self._wall.quality,
            boot=self._keeper.boot,
            silent_s=books.hearing.seconds(),
            counts=self.counts.now(),
            surroundings=self._surroundings(),
            shift_open=books.balance.shift.begun is not None,
        )

    def _live_pump(self, desk: Desk) -> LivePump:
        return LivePump(pump=desk.number, state=desk.session.state.value, **self._shared(desk))

    def _pump(self, desk: Desk) -> PumpSnapshot:
        session, number = desk.session, desk.number
        volume_ml = session.rules.dosing.calibration.volume_ml(session.pulses_total)
        product = self._books.product(number)
        fill = session.fill
        need = session.need if session.state is State.PROMPTING else None
        allowed = fill.allowed if fill is not None else None
        sold = allowed if isinstance(allowed, Allowed) else None
        return PumpSnapshot(
            pump=number,
            state=session.state.value,
            product=product,
            stop_ml=fill.allowed.stop_ml if fill is not None else None,
            fault=session.fault.value if session.fault is not None else None,
            totaliser_ml=self._books.totaliser_ml(number, volume_ml),
            price_idr_per_l=sold.price.price_idr_per_l
            if sold is not None
            else self._look_up.price_idr_per_l(product),
            sale=self._look_up.sale(number),
            until=self._until(sold, number),
            ended_by=fill.ended_by if fill is not None else None,
            asks=need.need.value if need is not None else None,
            tries_left=need.tries_left if need is not None else 0,
            unit=self._unit(session),
            armed=desk.armed,
            preset_ml=session.preset_ml,
            nozzle_lifted=session.nozzle_lifted,
            signing_in=self._signing_in(number),
            pairing=self._pairing(number),
            reserved=self._declarations.at(desk),
            last_sale=self._recent.sales.get(number),
            last_refusal=self._recent.refusals.get(number),
            **self._shared(desk),
        )

    def _prompted(self, session: Session) -> dict[str, str]:
        """Whose reading or driver's card is waited for."""
        subject = session.the_need.subject if session.state is State.PROMPTING else None
        plate = self._look_up.plate(subject) if subject is not None else None
        return {} if subject is None or plate is None else {"subject": subject, "plate": plate}

    def _unit(self, session: Session) -> str | None:
        """Of the reading that is waited for."""
        return self._look_up.meter_unit(session.the_need.subject) if session.asks_reading else None

    def _until(self, sold: Allowed | None, pump: int) -> str | None:
        if sold is None:
            return None
        return self._look_up.serves_until(self._books.draws(sold.subject, sold.override_by, pump))

    def _alarm(self, desk: Desk) -> str | None:
        """What somebody is to look at; a key that was left on is the first of it.

        Fuel that flowed while the valve was shut, until a shift is closed whose sheet says it."""
        meter = self._books.balance.meters.get(desk.number, NEW)
        since, had = meter.bypass_since, desk.number in self._left_on
        if since is None:
            self._left_on.discard(desk.number)
        elif utc_ns(self._wall.now()) - utc_ns(since) >= desk.session.rules.left_on_ns:
            if not had:
                log.error(
                    "pump %d: its bypass key has been on since %s",
                    desk.number,
                    since,
                    extra={"event": "bypass_left_on", "pump": desk.number},
                )
                self._left_on.add(desk.number)
            return LEFT_ON
        shift = self._books.balance.shift
        line = shift.pumps.get(desk.number)
        passed = shift.begun.passed if shift.begun is not None else ()
        if desk.number in passed or (line is not None and line.unauthorised):
            return UNAUTHORISED
        return DRIFTED if meter.alarm is not None else None

    def _shared(self, desk: Desk) -> dict[str, Any]:
        session = desk.session
        alarm = self._alarm(desk)
        if session.fill is None:
            code: Reason | Status = desk.code
            if code is Status.READY:
                code = self._blocked or self._books.due.code(desk.number) or code
            return {
                **self._prompted(session),
                "volume_ml": 0,
                "amount_idr": 0,
                "remaining_ml": None,
                "code": code.value,
                "alarm": alarm,
            }
        allowed = session.fill.allowed
        delivered_ml = session.delivered_ml
        if isinstance(allowed, Drawing):
            filling = desk.code is Status.AUTHORISED
            code = Status.CALIBRATION_FILL if filling else desk.code
            return {
                "volume_ml": delivered_ml,
                "amount_idr": 0,
                "remaining_ml": max(0, allowed.stop_ml - delivered_ml),
                "code": code.value,
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
