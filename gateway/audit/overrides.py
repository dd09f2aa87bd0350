"""Overrides: each allows one sale at most, and the sale is the one that it speaks of."""

from gateway.audit.problems import Wrong
from gateway.core.facts import OverrideGranted, SaleCompleted


class Overrides:
    """Of one history. Holds what was granted: there are few."""

    def __init__(self, *, whole: bool) -> None:
        """`whole`: the history begins at entry 1, so each is in it."""
        self._whole = whole
        self._since: str | None = None
        """Of the first entry at hand: what began before may have been granted before."""
        self._granted: dict[str, OverrideGranted] = {}

    def seen(self, time: str) -> None:
        """Every entry's."""
        if self._since is None:
            self._since = time

    def granted(self, fact: OverrideGranted, wrong: Wrong) -> None:
        if fact.sale in self._granted:
            wrong("override_twice", sale=fact.sale)
        self._granted[fact.sale] = fact

    def sold(self, sale: SaleCompleted, station_ml: int, wrong: Wrong) -> None:
        """`station_ml`: what it was charged to the station's grants."""
        grant = self._granted.get(sale.sale)
        if grant is None:
            known = self._whole or (self._since is not None and sale.started >= self._since)
            if sale.override_by is not None and known:
                wrong("override_unsaid", sale=sale.sale, card=sale.override_by)
            return
        said = grant.supervisor, grant.pump, grant.subject
        if said != (sale.override_by, sale.pump, sale.subject):
            wrong("override_sale", sale=sale.sale)
        if grant.chosen != (sale.card == grant.supervisor):
            wrong("override_card", sale=sale.sale, card=sale.card)
        if station_ml > grant.ceiling_ml:
            wrong("override_ceiling", sale=sale.sale, most=grant.ceiling_ml, found=station_ml)
