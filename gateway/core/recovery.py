"""How a fill that was open at a crash or power cut is closed: from what is durable."""

from gateway.core.facts import CounterReading, Fact, FlowUncounted
from gateway.core.open_session import OpenSession
from gateway.core.sale import completed

ENDED_BY = "power_lost"


def close_estimated(
    session: OpenSession,
    *,
    boot: int,
    uptime_ms: int,
    clock: str,
    counted: bool,
    single_channel: bool,
) -> list[Fact]:
    """The facts that end an open session which this boot found; write them once.

    The sale is charged all that was reserved: the stop bound is part of that, so no more can
    have passed while a second contact shut the valve. `counted`: a co-processor counted
    through the crash. Without one, what may have passed unseen after the last durable
    reading, at most `reserved - metered`, is stated as FlowUncounted. It is a gap in the
    meter, not litres on top of the sale. With a `single_channel` the bound does not hold.
    """
    volume_ml = max(session.reserved_ml, session.metered_ml)
    facts: list[Fact] = [
        completed(
            session,
            volume_ml,
            totaliser_start_ml=session.totaliser_start_ml,
            totaliser_end_ml=None,
            metered_ml=session.metered_ml,
            estimated=True,
            ended_by=ENDED_BY,
            offline=True,
            clock=clock,
            boot=boot,
            uptime_ms=uptime_ms,
        )
    ]
    unseen_ml = volume_ml - session.metered_ml
    if unseen_ml and not counted:
        facts.append(FlowUncounted(pump=session.pump, bound_ml=unseen_ml, why=_why(single_channel)))
    return facts


def close_counted(
    session: OpenSession,
    volume_ml: int,
    counter: CounterReading,
    *,
    boot: int,
    uptime_ms: int,
    clock: str,
) -> list[Fact]:
    """The same where a co-processor counted on: the exact volume, or nothing where none flowed."""
    if volume_ml == 0:
        return []
    return [
        completed(
            session,
            volume_ml,
            totaliser_start_ml=session.totaliser_start_ml,
            totaliser_end_ml=session.totaliser_start_ml + volume_ml,
            metered_ml=volume_ml,
            estimated=False,
            ended_by=ENDED_BY,
            offline=True,
            clock=clock,
            boot=boot,
            uptime_ms=uptime_ms,
            counter_end=counter,
        )
    ]


def _why(single_channel: bool) -> str:  # noqa: FBT001
    if single_channel:
        return (
            "a fill was open when the power or the gateway went; with a single contact "
            "more than this bound may have passed"
        )
    return (
        "a fill was open when the power or the gateway went; this is part of the estimated sale, "
        "not flow on top of it"
    )
