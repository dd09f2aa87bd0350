"""The life of a grant at the gateway that holds it."""

from typing import Literal

from gateway.core.facts.fact import Fact
from gateway.core.fields import GrantMl, Name, Period, Sequence, UtcTime

GrantKind = Literal["vehicle", "override", "emergency"]
"""Whose litres: a vehicle's own; the station's, on which a supervisor draws; a department's,
on which its ambulances and fire engines draw when their own are used up."""


class GrantActivated(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    grant_no: Sequence
    kind: GrantKind = "vehicle"
    subject: Name
    """Who holds it: a subject, a gateway (override) or a department (emergency)."""
    department: Name
    period: Period
    volume_ml: GrantMl
    not_before: UtcTime
    not_after: UtcTime


class GrantRequested(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks central for more litres. The id of its entry is the request's id: asked once."""

    kind: GrantKind
    subject: Name
    period: Period
    wanted_ml: GrantMl


class GrantReported(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a grant stands at, cumulative: the answer to a recall while a fill draws on it."""

    grant_no: Sequence
    spent_ml: GrantMl
    reserved_ml: GrantMl


class GrantClosed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Final: nothing is taken from this grant any more, and the rest is central's again."""

    grant_no: Sequence
    spent_ml: GrantMl
    why: Literal["recalled", "expired", "never_held"]


class GrantsSkipped(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Final: none of these numbers was ever held in this incarnation, nor will be.

    For a leap too long to close each one, and for what is below an incarnation's first.
    """

    first: Sequence
    last: Sequence
