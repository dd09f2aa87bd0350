"""A vehicle's own meter: when a reading is asked for, and which one is believed."""

from typing import NamedTuple

from gateway.core.allocation import PutMeter, PutPolicy, PutSubject
from gateway.core.facts import MeterUnit, VehicleMeter
from gateway.core.given import Given, Need, Needed
from gateway.core.reasons import Reason, Status

UNITS: dict[str, MeterUnit] = {"odometer": "km", "hours": "h/10"}


class Read(NamedTuple):
    """A reading that was believed, and when the fill it belongs to began: UTC text."""

    time: str
    reading: int


def newest(read: Read | None, told: PutMeter | None) -> int | None:
    """The last reading: of this gateway's own ledger, or of central's word where that is newer.

    Central's wins a tie: a person may have put it right.
    """
    if told is not None and (read is None or told.time >= read.time):
        return told.reading
    return read.reading if read is not None else None


def plausible(reading: int, last: int | None, step_max: int) -> bool:
    """Between the last reading and that plus the most that may lie between two fills (0: any)."""
    if last is None:
        return True
    return last <= reading and (step_max == 0 or reading <= last + step_max)


def judge(
    subject: PutSubject, policy: PutPolicy, given: Given, last: int | None
) -> VehicleMeter | Needed | Reason | None:
    """The reading for the sale, None where it goes without one; or what is to be asked for; or
    why the fill is refused."""
    unit = UNITS.get(subject.meter)
    if unit is None or subject.meter_policy == "off":
        return None
    required = subject.meter_policy == "required"
    if given.unread:
        # What was entered and not believed is said all the same; only silence is no reading.
        if given.reading is None:
            return Reason.METER_UNREAD if required else None
        return _not_believed(given, given.reading, unit, required=required)
    if given.reading is None:
        status = Status.ODOMETER if unit == "km" else Status.HOUR_METER
        return _ask(subject, policy, status, policy.meter_tries)
    if plausible(given.reading, last, subject.meter_step_max):
        return _read(given, given.reading, unit, doubtful=False)
    if given.tries < policy.meter_tries:
        return _ask(subject, policy, Status.METER_AGAIN, policy.meter_tries - given.tries)
    return _not_believed(given, given.reading, unit, required=required)


def _not_believed(
    given: Given, reading: int, unit: MeterUnit, *, required: bool
) -> VehicleMeter | Reason:
    if required:
        return Reason.ODOMETER_IMPLAUSIBLE
    return _read(given, reading, unit, doubtful=True)


def _read(given: Given, reading: int, unit: MeterUnit, *, doubtful: bool) -> VehicleMeter:
    return VehicleMeter(reading, unit, doubtful, given.tries, given.by)


def _ask(subject: PutSubject, policy: PutPolicy, status: Status, tries_left: int) -> Needed:
    return Needed(Need.READING, status, policy.meter_wait_s, subject.subject, tries_left)
