"""What people at this machine ask a running gateway for, and who does it."""

from collections.abc import Callable, Mapping

from gateway.config.types import Totalisers
from gateway.core.facts import Fact
from gateway.core.log import Entry
from gateway.runtime.books import Books
from gateway.runtime.calibrating import Calibrating
from gateway.runtime.choosing import Choosing
from gateway.runtime.control import Answer
from gateway.runtime.declaring import Declaring
from gateway.runtime.desk import Desk
from gateway.runtime.entering import Entering
from gateway.runtime.fills import Fills
from gateway.runtime.holdings import Holdings
from gateway.runtime.keeper import Keeper
from gateway.runtime.look_up import LookUp
from gateway.runtime.overriding import Overriding
from gateway.runtime.prompts import Prompts
from gateway.runtime.requests import (
    BeginCalibration,
    CancelDeclaration,
    ChooseOverride,
    ChoosePreset,
    CloseShift,
    Declare,
    EndCalibration,
    EnterMeter,
    EnterTotaliser,
    EnterVoucher,
    ListDeclarations,
    LookAtCalibration,
    OpenShift,
    ReadCan,
    Request,
    ShowShift,
    StopPump,
)
from gateway.runtime.shifts import Shifts
from gateway.runtime.signing_in import SigningIn
from gateway.runtime.stopping import Stopping
from gateway.runtime.vouchers import Vouchers
from hardware.ports import Clock


class Requested:
    """Lives in the control loop's thread."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        books: Books,
        keeper: Keeper,
        clock: Clock,
        totalisers: Totalisers,
        holdings: Holdings,
        fills: Fills,
    ) -> None:
        ours = {
            number: desk for number, desk in desks.items() if desk.session.rules.third_party is None
        }
        self._declaring = Declaring(books, keeper, holdings, fills)
        self._vouchers = Vouchers(frozenset(ours), books, keeper, holdings, fills)
        self._shifts = Shifts(ours, books, keeper, holdings)
        self._entering = Entering(ours, books, keeper, totalisers)
        self._calibrating = Calibrating(ours, books, keeper, clock)

        def note(fact: Fact) -> None:
            keeper.note([(fact, books.now())])

        look_up = LookUp(books)
        self._choosing = Choosing(desks, look_up, books.product, clock)
        self._stopping = Stopping(desks, look_up, note)
        self._prompts = Prompts(desks)
        self._overriding = Overriding(desks, look_up)
        self._signing_in = SigningIn(desks, look_up, clock, note)
        self.waits, self.pairing = self._signing_in.waits, self._signing_in.pairing
        self.declarations = self._declaring.open

    def take(self, request: Request, answer: Callable[[Answer], None]) -> None:
        """Do it, and answer once it is done."""
        match request:
            case EnterTotaliser():
                self._entering.take(request, answer)
            case ChoosePreset():
                self._choosing.take(request, answer)
            case OpenShift() | CloseShift() | ShowShift():
                self._shifts.take(request, answer)
            case EnterVoucher():
                self._vouchers.take(request, answer)
            case Declare() | CancelDeclaration() | ListDeclarations():
                self._declaring.take(request, answer)
            case StopPump():
                self._stopping.take(request, answer)
            case ChooseOverride():
                answer(self._overriding.choose(request))
            case EnterMeter():
                answer(self._prompts.enter(request))
            case BeginCalibration() | LookAtCalibration() | ReadCan() | EndCalibration():
                self._calibrating.take(request, answer)
            case _:
                self._signing_in.take(request, answer)

    def turn(self) -> None:
        self._calibrating.turn()
        self._choosing.turn()

    def committed(self, entries: list[Entry]) -> None:
        self._calibrating.committed(entries)
