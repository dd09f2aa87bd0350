"""What gateways say of grants, in the order of their ledgers: requests, reports, closes."""

from collections.abc import Iterator, Sequence

from gateway.core.facts import (
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
)
from mqtt.central.closing import (
    activation_oddities,
    booked,
    take_close,
    take_report,
    take_skipped,
)
from mqtt.central.holders import Holder
from mqtt.central.learning import learned_id
from mqtt.central.pieces import Told
from mqtt.central.requests import settle, take_request
from mqtt.central.teller import Teller

OF_GRANTS = (GrantActivated, GrantClosed, GrantsSkipped, GrantReported, GrantRequested)


def project_grants(teller: Teller, read: Sequence[Told]) -> list[tuple[str, str, int, str]]:
    """Take up entries of OF_GRANTS one after the other; returns what is odd about which."""
    whose = teller.gateway, teller.incarnation
    return [(*whose, sequence, "; ".join(odd)) for sequence, odd in _each(teller, read) if odd]


def _each(teller: Teller, read: Sequence[Told]) -> Iterator[tuple[int, list[str]]]:
    activated = [one.fact.grant_no for one in read if isinstance(one.fact, GrantActivated)]
    known = booked(teller, activated) if activated else {}
    for told in read:
        fact = told.fact
        odd: list[str] = []
        if isinstance(fact, GrantActivated):
            odd = activation_oddities(known, fact)
            grant = known.get(fact.grant_no)
            if grant and grant.request_id == learned_id(teller.incarnation, told.sequence):
                holder = Holder(fact.period, fact.kind, fact.subject)
                settle(teller.connection, teller.gateway, holder, fact.grant_no)
        elif isinstance(fact, GrantRequested):
            odd = take_request(teller, told.sequence, fact)
        elif isinstance(fact, GrantReported):
            odd = take_report(teller, fact)
        elif isinstance(fact, GrantClosed):
            odd = take_close(teller, fact)
        elif isinstance(fact, GrantsSkipped):
            odd = take_skipped(teller, fact)
        yield told.sequence, odd
