"""The limits of a fill: hours, and the tightest of all that bounds its volume."""

from typing import TYPE_CHECKING

from gateway.core.allocation import PutPolicy, PutSubject
from gateway.core.reasons import Reason

if TYPE_CHECKING:
    from gateway.core.decision import Question


def outside_hours(local_hour: int | None, subject: PutSubject, policy: PutPolicy) -> bool:
    if local_hour is None or subject.vehicle in policy.always_open:
        return False
    if policy.open_hour <= policy.close_hour:
        return not policy.open_hour <= local_hour < policy.close_hour
    return policy.close_hour <= local_hour < policy.open_hour


def tightest(question: "Question", subject: PutSubject, policy: PutPolicy) -> tuple[int, Reason]:
    """A quota's stop comes early by all that can still pass, so that delivered ≤ quota."""
    quota = Reason.QUOTA_EXHAUSTED if question.override_by is None else Reason.OVERRIDE_EXCEEDED
    limits = [
        (question.remaining_ml - question.stop_bound_ml, quota),
        (policy.day_ml - question.day_volume_ml, Reason.LIMIT_DAY),
        (policy.fill_ml, Reason.LIMIT_FILL),
        (policy.uid_only_fill_ml, Reason.LIMIT_FILL),
        (subject.tank_ml, Reason.TANK_LIMIT),
    ]
    if question.preset_ml is not None:
        limits.append((question.preset_ml, Reason.PRESET))
    return min(limits, key=lambda limit: limit[0])
