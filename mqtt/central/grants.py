"""Plan the grants of a month: pure, so that its bounds can be searched.

Each quota is split among the gateways (`split.py`); no gateway is ever told about a litre that
another one holds (S). Departments' budgets are enforced here and nowhere else: for the whole
quota, so that a top-up from the reserve never fails for money.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.facts import GrantKind
from gateway.core.units import amount_idr
from mqtt.central.split import UNKNOWN_ONLINE_PERMILLE, Place, split

USUAL_FILL_ML = 10_000
"""Where no tank tells."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a holder may take in a month, before its quota was split."""

    subject: str
    """A subject, or the department whose emergency vehicles share it."""
    department: str
    products: tuple[str, ...]
    quota_ml: int
    overrun_ml: int
    """What flowed beyond earlier grants; taken off this month's."""
    kind: GrantKind = "vehicle"
    fill_ml: int = USUAL_FILL_ML
    granted_ml: int = 0
    """Charged to grants of this month already, of which central learned from gateways."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A holder's month, as it is fixed."""

    kind: GrantKind
    subject: str
    department: str
    quota_ml: int
    committed_idr: int
    """At the dearest product the holder may take."""


@dataclass(frozen=True, slots=True)
class Share:
    """A first grant: one gateway's part of a holder's month."""

    gateway: str
    kind: GrantKind
    subject: str
    department: str
    volume_ml: int


@dataclass(frozen=True, slots=True)
class Unminted:
    """A holder that gets no grant for the month, with the reason in words."""

    subject: str
    department: str
    quota_ml: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    quotas: tuple[Quota, ...]
    shares: tuple[Share, ...]
    unminted: tuple[Unminted, ...]
    deducted_ml: Mapping[str, int]
    """Overrun that the plan took off, by subject."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the sales of the months before say about where fuel will be wanted."""

    taken_ml: Mapping[tuple[str, str], int]
    """By subject and gateway."""
    online_permille: Mapping[str, int]
    """By gateway: how many of a thousand sales it made with a link."""

    def places(self, subject: str, gateways: Sequence[str]) -> list[Place]:
        return [
            Place(
                name,
                self.taken_ml.get((subject, name), 0),
                self.online_permille.get(name, UNKNOWN_ONLINE_PERMILLE),
            )
            for name in gateways
        ]


NO_HABITS = Habits({}, {})


def plan(
    entitlements: Iterable[Entitlement],
    gateways: Sequence[str],
    price_idr_per_l: Mapping[str, int],
    left_idr: Mapping[str, int],
    habits: Habits = NO_HABITS,
) -> Plan:
    """Plan one month for holders whose quota of it is not split yet.

    A holder's shares sum to at most its quota less its overrun. A department's quotas cost at
    most `left_idr` of it; a holder that does not fit gets nothing, and the next one is tried.
    """
    quotas: list[Quota] = []
    shares: list[Share] = []
    unminted: list[Unminted] = []
    deducted_ml: dict[str, int] = {}
    left = dict(left_idr)
    for entitled in entitlements:
        deduction_ml = min(entitled.overrun_ml, entitled.quota_ml)
        quota_ml = entitled.quota_ml - deduction_ml
        problem, price = _price(entitled.products, price_idr_per_l)
        cost_idr = amount_idr(quota_ml, price)
        budget_idr = left.get(entitled.department)
        if not problem and budget_idr is None:
            problem = "its department has no budget for this year"
        elif not problem and budget_idr is not None and cost_idr > budget_idr:
            problem = f"needs Rp {cost_idr}, its department has Rp {budget_idr} left this year"
        if problem or budget_idr is None:
            unminted.append(Unminted(entitled.subject, entitled.department, quota_ml, problem))
            continue
        left[entitled.department] = budget_idr - cost_idr
        holder = (entitled.kind, entitled.subject, entitled.department)
        quotas.append(Quota(*holder, quota_ml, cost_idr))
        rest_ml = max(0, quota_ml - entitled.granted_ml)
        places = habits.places(entitled.subject, gateways)
        first_ml = split(rest_ml, places, entitled.fill_ml).first_ml
        shares += [Share(name, *holder, ml) for name, ml in first_ml.items() if ml]
        if deduction_ml:
            deducted_ml[entitled.subject] = deduction_ml
    return Plan(tuple(quotas), tuple(shares), tuple(unminted), deducted_ml)


def override(gateway: str, volume_ml: int) -> tuple[Quota, Share]:
    """A station's own quota and grant for its supervisors, of no department's budget.

    Nobody knows at minting whose vehicle will use it. Its litres count against the budget of
    that vehicle's department once they are sold.
    """
    quota = Quota("override", gateway, gateway, volume_ml, 0)
    return quota, Share(gateway, "override", gateway, gateway, volume_ml)


def _price(products: Sequence[str], price_idr_per_l: Mapping[str, int]) -> tuple[str, int]:
    """(what is missing, or "", and the dearest price)."""
    unpriced = [product for product in products if product not in price_idr_per_l]
    if unpriced or not products:
        return f"no price for {', '.join(unpriced)}" if products else "it may take no product", 0
    return "", max(price_idr_per_l[product] for product in products)
