"""A pump's session on the bench: what the tests of the core share."""

from collections.abc import Callable, Iterable

from gateway.core.actions import Action, RecordSale, Release
from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject
from gateway.core.decision import Allowed
from gateway.core.declaring import ThirdParty
from gateway.core.dosing import Dosing
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    DeviceFailed,
    EmergencyStopped,
    Event,
    Metered,
    NozzleLifted,
    ReservationDurable,
    StopRequested,
    Woken,
)
from gateway.core.reasons import Fault, Reason
from gateway.core.session import Rules, Session, State
from gateway.core.step import step
from gateway.core.units import NS_PER_S, Calibration

UID, OTHER_UID, TECHNICIAN_UID = "04A1B2C3", "04D4E5F6", "0477AA88"

CARD = PutCard(uid=UID, card="vehicle", holder="dh-1001-a", status="active")
SUBJECT = PutSubject(
    subject="dh-1001-a",
    vehicle="car",
    plate="DH 1001 A",
    department="bkad",
    products=["pertamax"],
    tank_ml=45_000,
    meter="odometer",
    blocked=False,
    subsidy_allowed=False,
)
PRICE = PutPrice(product="pertamax", price_idr_per_l=12_900, version=3, subsidised=False)
POLICY = PutPolicy(
    uid_only_fill_ml=20_000,
    fill_ml=60_000,
    day_ml=100_000,
    visits_per_day=3,
    open_hour=6,
    close_hour=22,
    always_open=["truck"],
    offline_days=7,
)


THEIRS = ThirdParty("spbu-54", serve_within_s=1800)


def make_rules(pulses: int = 100, litres: int = 1, third_party: ThirdParty | None = None) -> Rules:
    return Rules(
        pump=1,
        dosing=Dosing(
            Calibration(pulses, litres),
            max_flow_ml_per_min=60_000,
            valve_lag_ms=300,
            timer_hold_ms=300,
        ),
        third_party=third_party,
    )


def allow(stop_ml: int = 20_000, uid: str = UID, bound_by: Reason = Reason.LIMIT_FILL) -> Allowed:
    card = CARD if uid == UID else PutCard(uid=uid, card="vehicle", holder="x", status="active")
    return Allowed(card, SUBJECT, PRICE, stop_ml, bound_by, remaining_ml=50_000)


class Bench:
    """Keeps a session and the time, and plays a well-behaved pump."""

    def __init__(self, rules: Rules | None = None, stop_ml: int = 20_000) -> None:
        rules = rules or make_rules()
        self.now_ns = 1000 * NS_PER_S
        self.stop_ml = stop_ml
        self.session = Session(rules, since_ns=self.now_ns)
        self.wake_at_ns: int | None = None
        self.actions: list[Action] = []
        """Of the last event."""

    @property
    def state(self) -> State:
        return self.session.state

    def send(self, event: Event, after_ns: int = 0) -> list[Action]:
        self.now_ns += after_ns
        outcome = step(self.session, event, self.now_ns)
        self.session, self.wake_at_ns = outcome.session, outcome.wake_at_ns
        self.actions = outcome.actions
        return outcome.actions

    def meter(self, pulses: int = 0, after_ns: int = 0) -> list[Action]:
        """That many pulses more, with contacts as the session wants them."""
        made = self.session.valve_open
        return self.send(Metered(self.session.pulses_total + pulses, made, made), after_ns)

    def wake(self) -> list[Action]:
        """Let the time pass until the session wants to be woken, and wake it."""
        assert self.wake_at_ns is not None, f"{self.state} asks for no time"
        self.now_ns = max(self.now_ns, self.wake_at_ns)
        return self.send(Woken())

    def durable(self) -> list[Action]:
        """The store answers what was asked."""
        return self.send(ReservationDurable(self.session.the_fill.asked_ml))


def deciding(bench: Bench) -> Bench:
    bench.send(CardPresented(UID))
    return bench


def reserving(bench: Bench) -> Bench:
    deciding(bench).send(DecisionAllowed(allow(bench.stop_ml)))
    return bench


def authorised(bench: Bench) -> Bench:
    reserving(bench).durable()
    return bench


def dispensing(bench: Bench) -> Bench:
    authorised(bench).send(NozzleLifted())
    return bench


def flowing(bench: Bench, pulses: int = 50) -> Bench:
    dispensing(bench).meter(pulses, after_ns=2 * NS_PER_S)
    return bench


def settling(bench: Bench, pulses: int = 50) -> Bench:
    flowing(bench, pulses).send(StopRequested("attendant"))
    return bench


def recording(bench: Bench) -> Bench:
    settling(bench).wake()
    return bench


def faulted(bench: Bench, fault: Fault = Fault.PULSER_CHATTER) -> Bench:
    bench.send(DeviceFailed(fault, "on the bench"))
    return bench


def stopped(bench: Bench) -> Bench:
    bench.send(EmergencyStopped())
    return bench


def handed_over(actions: Iterable[Action]) -> list[RecordSale | Release]:
    return [action for action in actions if isinstance(action, RecordSale | Release)]


Reach = Callable[[Bench], Bench]
