"""The requests of the control socket, each with its bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.core.fields import PumpNumber, VolumeMl

PersonName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]


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


class ReadCan(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="calibration.read"
):
    """What was read from the can after a draw."""

    pump: PumpNumber
    token: Token
    can_ml: VolumeMl


CalibrationRequest = BeginCalibration | LookAtCalibration | ReadCan
Request = EnterTotaliser | CalibrationRequest
