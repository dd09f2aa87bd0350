"""Plan the grants of a month: pure, so that its bounds can be searched.

Each subject's quota is split among the gateways; no gateway is ever told about a litre that
another one holds (S). Departments' budgets are enforced here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.units import amount_idr


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a subject may take in a month, before anything was granted."""

    subject: str
    department: str
    products: tuple[str, ...]
    quota_ml: int
    overrun_ml: int
    """What flowed beyond earlier grants; taken off this month's."""


@dataclass(frozen=True, slots=True)
class Share:
    """One gateway's part of a subject's month."""

    gateway: str
    subject: str
    department: str
    volume_ml: int
    committed_idr: int
    """At the dearest product the subject may take."""


@dataclass(frozen=True, slots=True)
class Unminted:
    """A subject that gets no grant for the month, with the reason in words."""

    subject: str
    department: str
    quota_ml: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    shares: tuple[Share, ...]
    unminted: tuple[Unminted, ...]
    deducted_ml: Mapping[str, int]
    """Overrun that the plan took off, by subject."""


def even_split(quota_ml: int, gateways: Sequence[str]) -> dict[str, int]:
    """Split millilitres among gateways: sums exactly to the quota, shares differ by at most 1."""
    if quota_ml < 0 or not gateways or len(set(gateways)) != len(gateways):
        raise ValueError(f"cannot split {quota_ml} ml among {list(gateways)}")
    share_ml, rest_ml = divmod(quota_ml, len(gateways))
    return {name: share_ml + (place < rest_ml) for place, name in enumerate(gateways)}


def plan(
    entitlements: Iterable[Entitlement],
    gateways: Sequence[str],
    price_idr_per_l: Mapping[str, int],
    left_idr: Mapping[str, int],
) -> Plan:
    """Plan one month for subjects that hold nothing of it yet.

    A subject's shares sum to its quota less its overrun. A department's shares cost at most
    `left_idr` of it; a subject that does not fit gets nothing, and the next one is tried.
    """
    shares: list[Share] = []
    unminted: list[Unminted] = []
    deducted_ml: dict[str, int] = {}
    left = dict(left_idr)
    for entitled in entitlements:
        deduction_ml = min(entitled.overrun_ml, entitled.quota_ml)
        quota_ml = entitled.quota_ml - deduction_ml
        problem, price = _price(entitled.products, price_idr_per_l)
        wanted = [
            Share(name, entitled.subject, entitled.department, share, amount_idr(share, price))
            for name, share in even_split(quota_ml, gateways).items()
        ]
        cost_idr = sum(share.committed_idr for share in wanted)
        budget_idr = left.get(entitled.department)
        if not problem and budget_idr is None:
            problem = "its department has no budget for this year"
        elif not problem and budget_idr is not None and cost_idr > budget_idr:
            problem = f"needs Rp {cost_idr}, its department has Rp {budget_idr} left this year"
        if problem or budget_idr is None:
            unminted.append(Unminted(entitled.subject, entitled.department, quota_ml, problem))
            continue
        left[entitled.department] = budget_idr - cost_idr
        shares += wanted
        if deduction_ml:
            deducted_ml[entitled.subject] = deduction_ml
    return Plan(tuple(shares), tuple(unminted), deducted_ml)


def _price(products: Sequence[str], price_idr_per_l: Mapping[str, int]) -> tuple[str, int]:
    """(what is missing, or "", and the dearest price)."""
    unpriced = [product for product in products if product not in price_idr_per_l]
    if unpriced or not products:
        return f"no price for {', '.join(unpriced)}" if products else "it may take no product", 0
    return "", max(price_idr_per_l[product] for product in products)
