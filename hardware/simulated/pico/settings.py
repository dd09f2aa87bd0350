"""What a forecourt's co-processor is like; part of the forecourt's own settings."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

DEMO_SERIAL = "e6614c311b000001"


class PicoSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Pico: it limits one or two pumps, counts their pulses and senses their nozzles."""

    serial: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")] = DEMO_SERIAL
    """Unique id, as USB tells it."""
    pumps: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=4)], ...], Meta(min_length=1, max_length=2)
    ] = (1, 2)
    """The forecourt's pumps at its first and second channel."""
    interpreter: Literal["cpython", "micropython"] = "cpython"
    """What its firmware runs under; `micropython` is there once `./takar test` has run."""
    fram: bool = False
    """Whether it can write at any time, and so keeps its totaliser when power fails in a fill."""
    brown_out: bool = False
    """Whether it is told a moment before its power fails."""
