"""A real desk before a real till: taps, words from the console, and time."""

from gateway.core.events import CardPresented, Woken
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.overriding import Overriding
from gateway.runtime.prompts import Prompts
from gateway.runtime.requests import ChooseOverride, EnterMeter
from tests.gateway.runtime.devices import HandUnit
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import RULES, UID


class Forecourt:
    """A real desk before a real till."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.unit = HandUnit(office.clock)
        self.desk = Desk(RULES, self.unit.unit, office.clock, office.till, 100_000_000)
        self.prompts = Prompts({1: self.desk})
        self.overriding = Overriding({1: self.desk}, LookUp(office.books))

    def tap(self, uid: str = UID) -> None:
        self.desk.take(CardPresented(uid))
        self.office.settle()

    def enter(self, reading: int, by: str | None = None) -> Answer:
        answer = self.prompts.enter(EnterMeter(1, reading, by))
        self.office.settle()
        return answer

    def choose(self, request: ChooseOverride) -> Answer:
        answer = self.overriding.choose(request)
        self.office.settle()
        return answer

    def wait(self, seconds: int) -> None:
        self.office.clock.now_ns += seconds * NS_PER_S
        self.desk.take(Woken())
        self.office.settle()

    @property
    def state(self) -> State:
        return self.desk.session.state

    @property
    def code(self) -> str:
        return self.desk.code.value
