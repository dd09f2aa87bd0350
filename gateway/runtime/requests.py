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


Request = EnterTotaliser
