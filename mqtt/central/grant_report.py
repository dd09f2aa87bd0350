"""Where a month's litres are: of each quota what is granted, sold, given back and awaited."""

from collections import defaultdict

from msgspec import Struct
from sqlalchemy import Connection, Engine, func, or_, select

from mqtt.central.database import READS_ONLY
from mqtt.central.grant_tables import quotas, requests
from mqtt.central.holders import charged_ml
from mqtt.central.tables import grants, subjects


class GrantState(Struct, frozen=True, kw_only=True):
    gateway: str
    incarnation: str
    """Of the gateway, to which the number belongs."""
    grant_no: int
    volume_ml: int
    spent_ml: int
    """Of sales that central has."""
    closed_ml: int | None
    """What it is charged for ever; null while it is open."""
    recalled: bool
    reserved_ml: int | None
    """Of fills under way when the gateway last reported it."""


class QuotaState(Struct, frozen=True, kw_only=True):
    kind: str
    subject: str
    quota_ml: int
    reserve_ml: int
    grants: list[GrantState]
    awaited_ml: int
    """Asked for by gateways and not given yet."""


def report_grants(engine: Engine, period: str | None, subject: str | None) -> list[QuotaState]:
    """The quotas of a month (YYYY-MM; by default the newest), of one holder or of all."""
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        month = period or connection.scalar(select(func.max(quotas.c.period))) or ""
        query = select(quotas.c.kind, quotas.c.subject, quotas.c.quota_ml)
        query = query.where(quotas.c.period == month)
        if subject is not None:
            plated = select(subjects.c.subject).where(subjects.c.plate == subject.upper())
            query = query.where(or_(quotas.c.subject == subject, quotas.c.subject.in_(plated)))
        fixed = connection.execute(query.order_by(quotas.c.kind, quotas.c.subject)).all()
        held, awaited = _grants(connection, month), _awaited(connection, month)
    return [
        QuotaState(
            kind=kind,
            subject=name,
            quota_ml=quota_ml,
            reserve_ml=max(0, quota_ml - sum(map(_charged_ml, held[kind, name]))),
            grants=held[kind, name],
            awaited_ml=awaited.get((kind, name), 0),
        )
        for kind, name, quota_ml in fixed
    ]


def _charged_ml(grant: GrantState) -> int:
    return charged_ml(grant.volume_ml, grant.spent_ml, grant.closed_ml)


def _grants(connection: Connection, period: str) -> dict[tuple[str, str], list[GrantState]]:
    names = GrantState.__struct_fields__
    query = select(grants.c.kind, grants.c.subject, *(grants.c[name] for name in names))
    query = query.where(grants.c.period == period).order_by(grants.c.gateway, grants.c.grant_no)
    found: defaultdict[tuple[str, str], list[GrantState]] = defaultdict(list)
    for kind, subject, *state in connection.execute(query):
        found[kind, subject].append(GrantState(**dict(zip(names, state, strict=True))))
    return found


def _awaited(connection: Connection, period: str) -> dict[tuple[str, str], int]:
    """A gateway's newest request stands for those before it."""
    query = (
        select(requests.c.kind, requests.c.subject, requests.c.gateway, requests.c.wanted_ml)
        .where(requests.c.period == period, requests.c.grant_no.is_(None))
        .order_by(requests.c.number)
    )
    newest: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for kind, subject, gateway, wanted_ml in connection.execute(query):
        newest[kind, subject][gateway] = wanted_ml
    return {holder: sum(wanted.values()) for holder, wanted in newest.items()}
