"""A technician's draw into a test can, between his card and the ledger: as a fill has it, but with
no vehicle, no grant and no price."""

from msgspec.structs import replace

from gateway.core import actions as a
from gateway.core.facts import CalibrationDrawn, CounterReading
from gateway.core.open_draw import OpenDraw, drawn, drawn_unseen
from gateway.core.recounting import counted_through


def opening(
    before: OpenDraw | None,
    action: a.Reserve,
    *,
    session_no: int,
    pump: int,
    totaliser_start_ml: int,
    counter_start: CounterReading | None,
    started: str,
    boot: int,
) -> OpenDraw:
    """The row that must be durable before so much may flow; a top-up keeps its beginning."""
    if before is not None:
        return replace(
            before,
            bound_ml=action.reserved_ml,
            metered_ml=action.metered_ml,
            totaliser_start_ml=totaliser_start_ml,
            counter_start=counter_start,
        )
    return OpenDraw(
        session_no=session_no,
        pump=pump,
        card=action.fill.allowed.card.uid,
        bound_ml=action.reserved_ml,
        metered_ml=action.metered_ml,
        totaliser_start_ml=totaliser_start_ml,
        counter_start=counter_start,
        started=started,
        boot=boot,
    )


def ended(
    row: OpenDraw, action: a.RecordSale, counter_end: CounterReading | None
) -> CalibrationDrawn:
    """`row` as it is with the count at which the valve opened."""
    if counted_through(row.counter_start, counter_end):
        fill = action.fill
        return drawn(
            row,
            action.volume_ml,
            pulses=None if fill.end_pulses is None else fill.end_pulses - fill.start_pulses,
            ended_by=action.ended_by,
            counter_end=counter_end,
        )
    return drawn_unseen(row, action.volume_ml, ended_by=action.ended_by)
