"""The requests of the control socket, each with its bounds. In words: gateway/console/PROTOCOL.md.

None of them lets fuel flow.
"""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.core.declaring import MOST_DECLARED_ML
from gateway.core.facts import OverrideReason
from gateway.core.fields import (
    AmountIdr,
    Count,
    Name,
    PersonName,
    PumpNumber,
    Reading,
    Text,
    UtcTime,
    VolumeMl,
    VoucherSerial,
)
from gateway.core.session import State

SaleId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9]{1,16}$")]
Ticket = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


class EnterTotaliser(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="totaliser.enter"
):
    """A person has read the dispenser's own totaliser."""

    pump: PumpNumber
    reading_ml: VolumeMl
    resolution_ml: Annotated[int, Meta(ge=1, le=1000)]
    by: PersonName
    replaced: bool = False
    """It is another one than before: nothing to compare with."""


MOST_VOUCHER_ML = 1_000_000
"""1,000 L on one paper: more than any vehicle's tank here holds."""

Token = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
"""Who began a calibration knows it, and nobody else."""


class BeginCalibration(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="calibration.begin"
):
    """A technician is about to draw into a test can."""

    pump: PumpNumber


class LookAtCalibration(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="calibration.look"
):
    """How far is it?"""

    pump: PumpNumber
    token: Token


class EndCalibration(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="calibration.end"
):
    """Whoever began it goes away; what was not accepted yet changes nothing."""

    pump: PumpNumber
    token: Token


class ReadCan(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="calibration.read"
):
    """What was read from the can after a draw."""

    pump: PumpNumber
    token: Token
    can_ml: VolumeMl


STOPPABLE = frozenset({State.DECIDING, State.PROMPTING, State.AUTHORISED, State.DISPENSING})
"""In any other state of a pump there is nothing to stop."""


class StopPump(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="pump.stop"):
    """Shut the valve and end the session at this pump now."""

    pump: PumpNumber
    by: PersonName
    sale: SaleId | None = None
    """The fill that is meant: another one is left alone. None: whatever is under way."""


class ChoosePreset(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="preset.choose"
):
    """The next card at this pump takes so much and no more; neither: as much as there is."""

    pump: PumpNumber
    volume_ml: VolumeMl | None = None
    amount_idr: AmountIdr | None = None
    """As much as that buys at the pump's price."""


class ChooseOverride(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="override.choose"
):
    """Why the supervisor whose own card was just tapped here allows an exception; with `plate`
    also for which vehicle, whose card is broken or was left behind."""

    pump: PumpNumber
    reason: OverrideReason
    text: Text = ""
    plate: Text | None = None
    """Plate or asset number, however its letters and spaces are written."""
    by: PersonName | None = None
    armed: Count | None = None
    """Which tap is meant, as the status says it. None: whichever."""


class EnterMeter(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="meter.enter"
):
    """What the odometer or hour meter of the vehicle at this pump shows, when it is asked for."""

    pump: PumpNumber
    reading: Reading
    by: PersonName | None = None
    """Who is signed in; None at a keypad."""
    subject: Name | None = None
    tries_left: Count | None = None
    """As the status said both: an old form, or one sent twice, costs no try. None: whatever."""


class BeginSignIn(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="sign_in.begin"
):
    """A browser waits for a person's card at this pump's reader."""

    pump: PumpNumber
    source: Text
    """Address of the browser."""


class AskSignIn(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="sign_in.ask"):
    """Has a card been laid down for it?"""

    ticket: Ticket


class ConfirmSignIn(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="sign_in.confirm"
):
    """What its owner read at the pump's display after the tap."""

    ticket: Ticket
    source: Text
    """Address of the browser, as it was when it began."""
    digits: Annotated[str, Meta(pattern=r"^[0-9]{6}$")]


class NoteSignIn(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="sign_in.note"
):
    """Somebody signed in with a code."""

    by: PersonName
    source: Text


class NoteLockOut(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="sign_in.locked"
):
    """Too many wrong codes came from there, or for that name."""

    source: Text
    name: Text
    failures: Count
    seconds: Count


class OpenShift(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="shift.open"):
    """An attendant takes over."""

    by: PersonName


class CloseShift(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="shift.close"
):
    """End the shift. A fill that is open becomes part of the next one."""

    by: PersonName
    number: Count | None = None
    """Another one is left open. None: whichever is."""


class ShowShift(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="shift.show"):
    """What has come since the newest opening or closing."""


class EnterVoucher(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="voucher.enter"
):
    """A paper voucher for fuel that was given while all failed."""

    serial: VoucherSerial
    plate: Annotated[str, Meta(min_length=1, max_length=40)]
    volume_ml: Annotated[int, Meta(ge=1, le=MOST_VOUCHER_ML)]
    sold: UtcTime
    """When the fuel was given, as the paper says."""
    pump: PumpNumber
    by: PersonName


class Typed(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody typed from a third party's receipt, one of the two times."""

    receipt_no: Annotated[str, Meta(min_length=1, max_length=60)]
    """Spaces and small letters do not matter."""
    volume_ml: Annotated[int, Meta(ge=1, le=MOST_DECLARED_ML)]
    by: PersonName


class Declare(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="declare"):
    """What a third party's pump gave on a tap. Where the two differ, nothing is written."""

    sale: SaleId
    first: Typed
    second: Typed


class CancelDeclaration(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="declare.cancel"
):
    """It gave nothing: what the tap reserved is free again."""

    sale: SaleId
    by: PersonName
    why: Text = ""


class ListDeclarations(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="declare.list"
):
    """What is reserved at third parties' pumps and not declared yet, all of it."""


CalibrationRequest = BeginCalibration | LookAtCalibration | ReadCan | EndCalibration
SignInRequest = BeginSignIn | AskSignIn | ConfirmSignIn | NoteSignIn | NoteLockOut
ShiftRequest = OpenShift | CloseShift | ShowShift
DeclareRequest = Declare | CancelDeclaration | ListDeclarations
BooksRequest = ShiftRequest | EnterVoucher | DeclareRequest
AtPump = StopPump | ChoosePreset | EnterMeter | ChooseOverride
Request = EnterTotaliser | CalibrationRequest | AtPump | SignInRequest | BooksRequest
REQUESTS: tuple[type[Request], ...] = Request.__args__
