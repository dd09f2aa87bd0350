"""One pump for many fills: session, limiter and line, with a valve that ages."""

import random
from collections.abc import Iterator

from firmware.guard.limiter import Limiter
from firmware.guard.stops import Stops
from gateway.core import actions as a
from gateway.core import events as e
from gateway.core.allocation import PutCard, PutPrice, PutSubject
from gateway.core.decision import Allowed
from gateway.core.reasons import Reason
from gateway.core.session import Rules, Session
from gateway.core.step import step
from gateway.core.units import NS_PER_MS, NS_PER_S, NS_PER_US
from gateway.core.valve import StopAt
from hardware.pump.stopped import how_stopped
from simulation.dosing.model import VALVE_LAG_MS, Done, Model, Wish
from simulation.dosing.physics import OPEN_PPM, Line

CARD = PutCard(uid="04A1B2C3", card="vehicle", holder="dh-1001-a", status="active")
SUBJECT = PutSubject(
    subject="dh-1001-a",
    vehicle="car",
    plate="DH 1001 A",
    department="bkad",
    products=["pertamax"],
    tank_ml=1_000_000,
    meter="odometer",
    blocked=False,
    subsidy_allowed=False,
)
TECHNICIAN_UID = "0477AA88"
PRICE = PutPrice(product="pertamax", price_idr_per_l=12_900, version=1, subsidised=False)
JITTER_MS = 10
OPENING_NS = 100 * NS_PER_MS
REST_S = 60
"""Longer than any time-out of a session that closes."""
CLOSE_PULSES = 12
"""So near to a stop each pulse is told by itself; before, many at once."""


class BenchPump:
    def __init__(self, model: Model, rng: random.Random) -> None:
        self.model, self._rng = model, rng
        self.dosing = model.dosing
        self.session = Session(Rules(1, self.dosing), since_ns=0, window_ns=0)
        self.line = Line(self.dosing.calibration)
        self.limiter = Limiter()
        self.unauthorised_ml = 0
        self.sold_ml = 0
        self._fills = 0
        self._sale: a.RecordSale | a.Release | None = None
        self._trouble = ""
        self._outlier = False
        self._lag_ms = 0
        self._slow = False
        self._open = False
        self._late_ml: int | None = None
        """A top-up that the store answers only after the fill."""

    def fill(self, wish: Wish) -> Done:
        """One fill from the card to the ledger."""
        self._trouble, self._sale = wish.trouble, None
        self._lag_ms, self._outlier = self._draw_lag()
        bound_by = Reason.QUOTA_EXHAUSTED if wish.quota else Reason.PRESET
        stop_ml = wish.stop_ml - self.dosing.final_bound_ml if wish.quota else wish.stop_ml
        before_nl = self.line.volume_nl
        if self.session.fault is not None:
            self._tell(e.CardPresented(TECHNICIAN_UID, technician=True))
        self.line.squeeze(wish.flow)
        self._tell(e.CardPresented(CARD.uid))
        self._tell(
            e.DecisionAllowed(
                Allowed(CARD, SUBJECT, PRICE, stop_ml, bound_by, 10**6, dosed=not wish.quota)
            )
        )
        self._tell(e.NozzleLifted())
        self._flow(stop_ml)
        self._rest()
        if self._sale is None:
            raise RuntimeError(f"no sale came of {wish}: {self.session}")
        sold_ml = self._sale.volume_ml if isinstance(self._sale, a.RecordSale) else 0
        self.sold_ml += sold_ml
        done = Done(
            wish,
            self._fills,
            sold_ml,
            self.line.volume_nl - before_nl,
            self._sale.fill.ended_by or "",
            self._outlier,
            self._lag_ms,
        )
        self._fills += 1
        return done

    def leak(self, volume_ml: int) -> None:
        self.line.leak(volume_ml)
        self._count()
        self._meter()

    def _draw_lag(self) -> tuple[int, bool]:
        if self._rng.random() < 0.01:
            return self._rng.randint(50, VALVE_LAG_MS), True
        aged_ms = self.model.lag_ms * (1_000_000 + self._fills * self.model.drift_ppm) // 1_000_000
        return min(max(aged_ms, 50), 300) + self._rng.randint(-JITTER_MS, JITTER_MS), False

    def _flow(self, stop_ml: int) -> None:
        """From the open valve until the limiter shuts it, or trouble ends the fill."""
        start = self.limiter.pulses_total
        ends_at = start + self.dosing.calibration.last_pulse_within(0, stop_ml)
        interrupt_at = start + max(1, (ends_at - start) // 3)
        for target in self._targets():
            due_us = self.limiter.due_us
            by_ns = self.line.now_ns + 600 * NS_PER_S if due_us is None else due_us * NS_PER_US
            self.line.reach(target, by_ns)
            shut = self._count()
            if not shut:
                shut = self.limiter.tick(self.line.now_ns // NS_PER_US)
            if shut:
                self._close()
            elif self.limiter.slow != self._slow:
                self._go_slow()
            self._meter()
            if self._trouble in ("stopped", "paused") and self.limiter.pulses_total > interrupt_at:
                self._interrupt()

    def _targets(self) -> Iterator[int]:
        """The next counts to look at: every one near a stop."""
        chunk = max(1, self.dosing.calibration.last_pulse_within(0, self.dosing.chunk_ml // 4))
        run_on = self.dosing.top_mhz * VALVE_LAG_MS // 1_000_000 + CLOSE_PULSES
        while self._open:
            stops, count = self.limiter.stops, self.limiter.pulses_total
            if stops is None:
                raise RuntimeError("open without stops")
            ahead = [stops.limit_pulses]
            if stops.slow_pulses is not None and count < stops.slow_pulses:
                ahead = [stops.slow_pulses]
            near = min(ahead) - run_on
            slow_now = stops.slow_pulses is not None and count >= stops.slow_pulses
            yield count + 1 if count >= near or slow_now else min(count + chunk, near)

    def _interrupt(self) -> None:
        if self._trouble == "paused":
            flow = self.line.full_ml_per_min
            self.line.squeeze(0)
            self.line.reach(self.limiter.pulses_total + 1, self.line.now_ns + 7 * NS_PER_S)
            self.line.squeeze(flow)
        else:
            self._tell(e.StopRequested("attendant"))
        self._trouble = ""

    def _go_slow(self) -> None:
        self._slow = self.limiter.slow
        slow = self.model.slow_flow
        if slow is None or not self._slow or self._trouble == "stays_fast":
            return
        to_ppm = min(OPEN_PPM, slow * OPEN_PPM // max(1, self.line.full_ml_per_min))
        self.line.drive(to_ppm=to_ppm, lag_ns=self._lag_ms * NS_PER_MS)

    def _close(self) -> None:
        self._open = self._slow = False
        self.line.drive(to_ppm=0, lag_ns=self._lag_ms * NS_PER_MS)

    def _rest(self) -> None:
        """Until all has settled and the sale is recorded."""
        if self._late_ml is not None:
            late_ml, self._late_ml = self._late_ml, None
            self._tell(e.ReservationDurable(late_ml))
        for _ in range(REST_S):
            if self.line.at_rest and self._sale is not None:
                break
            self.line.reach(self.limiter.pulses_total + 10**6, self.line.now_ns + NS_PER_S)
            self._count()
            self._meter()
        self._tell(e.NozzleHung())
        self._tell(e.SaleRecorded())

    def _count(self) -> bool:
        new = self.line.pulses - self.limiter.pulses_total
        return bool(new) and self.limiter.add(new, self.line.now_ns // NS_PER_US)

    def _meter(self) -> None:
        limiter = self.limiter
        stopped = None
        if not limiter.is_open and limiter.stops is not None:
            stopped = how_stopped(
                limiter.shut_reason,
                limiter.stopped_pulses,
                limiter.stopped_rate_mhz,
                limiter.stops,
            )
        self._tell(e.Metered(limiter.pulses_total, self._open, self._open, stopped))

    def _tell(self, event: e.Event) -> None:
        now_ns = self.line.now_ns
        for told in (event, e.Woken()):
            outcome = step(self.session, told, now_ns)
            self.session = outcome.session
            for action in outcome.actions:
                self._perform(action)
            if outcome.wake_at_ns is None or outcome.wake_at_ns > now_ns:
                return

    def _perform(self, action: a.Action) -> None:
        match action:
            case a.Reserve(reserved_ml=reserved_ml):
                if self._trouble == "not_topped_up" and self.session.valve_open:
                    self._late_ml = reserved_ml
                else:
                    self._tell(e.ReservationDurable(reserved_ml))
            case a.OpenValve(stop_at):
                self.limiter.open(stops_of(stop_at))
                self._open = True
                self.line.drive(to_ppm=OPEN_PPM, lag_ns=OPENING_NS)
                self._go_slow()
            case a.RaiseLimit(stop_at):
                self.limiter.raise_limit(stops_of(stop_at))
            case a.ShutValve():
                if self.limiter.shut("commanded"):
                    self._close()
            case a.RecordSale() | a.Release():
                self._sale = action
            case a.RecordUnauthorised(volume_ml):
                self.unauthorised_ml += volume_ml
            case _:
                pass


def stops_of(at: StopAt) -> Stops:
    return Stops(
        at.limit_pulses,
        at.slow_pulses,
        at.slow_rate_mhz,
        at.slow_within_us,
        at.dose_pulses,
        at.lags,
    )
