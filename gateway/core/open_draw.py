"""A draw into a test can while it is in progress, as the ledger's database keeps it."""

from msgspec import Struct

from gateway.core.facts import CalibrationDrawn, Charge, CounterReading
from gateway.core.fields import Count, FillMl, PumpNumber, Sequence, Uid, UtcTime, VolumeMl
from gateway.core.open_session import OpenSession


class OpenDraw(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="draw"):
    """As an OpenSession, for a fill that nobody is charged for."""

    session_no: Sequence
    pump: PumpNumber
    card: Uid
    """The technician's."""
    bound_ml: FillMl
    """At most so much can have flowed, stop bound included."""
    metered_ml: FillMl
    """Volume of the draw when this row was written."""
    totaliser_start_ml: VolumeMl
    counter_start: CounterReading | None = None
    started: UtcTime
    boot: Count

    @property
    def subject(self) -> None:
        """No vehicle."""
        return None

    @property
    def reserved(self) -> list[Charge]:
        """Of no grant."""
        return []

    @property
    def reserved_ml(self) -> int:
        return self.bound_ml


OpenFill = OpenSession | OpenDraw
"""What a pump can have on disk: one or the other, or none."""


def drawn(
    row: OpenDraw,
    volume_ml: int,
    *,
    ended_by: str,
    pulses: int | None = None,
    counter_end: CounterReading | None = None,
) -> CalibrationDrawn:
    """A draw that ended, counted to the end."""
    return CalibrationDrawn(
        pump=row.pump,
        card=row.card,
        pulses=pulses,
        volume_ml=volume_ml,
        unseen_ml=0,
        totaliser_start_ml=row.totaliser_start_ml,
        totaliser_end_ml=row.totaliser_start_ml + volume_ml,
        estimated=False,
        ended_by=ended_by,
        started=row.started,
        counter_start=row.counter_start,
        counter_end=counter_end,
    )


def drawn_unseen(row: OpenDraw, metered_ml: int, *, ended_by: str) -> CalibrationDrawn:
    """A draw whose end nobody counted: what is known of it, and the bound of the rest."""
    return CalibrationDrawn(
        pump=row.pump,
        card=row.card,
        pulses=None,
        volume_ml=metered_ml,
        unseen_ml=max(0, row.bound_ml - metered_ml),
        totaliser_start_ml=row.totaliser_start_ml,
        totaliser_end_ml=row.totaliser_start_ml + metered_ml,
        estimated=True,
        ended_by=ended_by,
        started=row.started,
        counter_start=row.counter_start,
    )
