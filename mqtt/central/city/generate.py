"""Generate the model city. The same seed gives the same city, on every machine."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject
from gateway.core.units import ML_PER_L, amount_idr
from mqtt.central.city.cards import draw_cards
from mqtt.central.city.departments import TITLES
from mqtt.central.city.fleet import PRODUCTS, SUBSIDISED, Draft, draw_fleet

COST_IDR = 8_030_000_000
"""What all quotas of a year, emergency ones included, together cost; budgets lie just above."""
BUDGET_STEP_IDR = 250_000
BLOCKED_OF_1000 = 20
EMERGENCY_PERCENT = 50
"""A department's emergency quota, of what its emergency vehicles may take by themselves."""
OVERRIDE_ML = 100_000
"""Some five fills a station and month, for broken and forgotten cards."""

PRICES = (
    PutPrice(product="pertamax", price_idr_per_l=12_400, version=1, subsidised=False),
    PutPrice(product="dexlite", price_idr_per_l=13_700, version=1, subsidised=False),
    PutPrice(product="pertalite", price_idr_per_l=10_000, version=1, subsidised=True),
    PutPrice(product="biosolar", price_idr_per_l=6_800, version=1, subsidised=True),
)
"""Illustrative: of the size seen in Indonesia around 2024, not anyone's price list."""

POLICY = PutPolicy(
    uid_only_fill_ml=20_000,
    fill_ml=100_000,
    day_ml=200_000,
    visits_per_day=3,
    open_hour=0,
    close_hour=24,
    always_open=["truck", "genset", "machine"],
    offline_days=30,
    override_fill_ml=20_000,
    override_day_ml=40_000,
)


@dataclass(frozen=True, slots=True)
class Department:
    name: str
    title: str
    budget_idr: int
    """For the year of the city's period."""
    emergency_ml: int
    """Each month's, for all its emergency vehicles together."""


@dataclass(frozen=True, slots=True)
class Entitled:
    """A subject with what it may take each month."""

    put: PutSubject
    quota_ml: int


@dataclass(frozen=True, slots=True)
class City:
    seed: int
    period: str
    departments: tuple[Department, ...]
    subjects: tuple[Entitled, ...]
    cards: tuple[PutCard, ...]
    prices: tuple[PutPrice, ...] = PRICES
    policy: PutPolicy = POLICY
    override_ml: int = OVERRIDE_ML

    @property
    def year(self) -> int:
        return int(self.period[:4])


def generate(seed: int, period: str) -> City:
    """43 departments, 1,008 subjects and their cards, beginning in `period` (YYYY-MM).

    Twelve months of all quotas of a department, at its dearest allowed product and with its
    emergency quota, cost no more than its budget; the budgets sum to just over 8 billion rupiah.
    """
    random = Random(f"takar city {seed}")  # noqa: S311 - reproducible, guards nothing
    drafts = _scaled(list(draw_fleet(random)))
    puts = _named(random, drafts)
    cost_idr: defaultdict[str, int] = defaultdict(int)
    emergency_ml: defaultdict[str, int] = defaultdict(int)
    for draft in drafts:
        cost_idr[draft.department] += _year_idr(draft)
        if draft.vehicle_class.emergency:
            emergency_ml[draft.department] += draft.quota_ml * EMERGENCY_PERCENT // 100
    return City(
        seed=seed,
        period=period,
        departments=tuple(
            Department(name, title, _budget_idr(cost_idr[name]), emergency_ml[name])
            for name, title in TITLES.items()
        ),
        subjects=tuple(
            Entitled(put, draft.quota_ml) for put, draft in zip(puts, drafts, strict=True)
        ),
        cards=tuple(draw_cards(random, puts)),
    )


def _year_idr(draft: Draft) -> int:
    """What the vehicle may cost, with its part of an emergency quota.

    That one is reckoned at the dearest product of all the department's emergency vehicles.
    """
    prices = {price.product: price.price_idr_per_l for price in PRICES}
    own_idr = 12 * amount_idr(draft.quota_ml, prices[PRODUCTS[draft.engine]])
    if not draft.vehicle_class.emergency:
        return own_idr
    emergency_ml = draft.quota_ml * EMERGENCY_PERCENT // 100
    return own_idr + 12 * amount_idr(emergency_ml, max(prices.values()))


def _budget_idr(cost_idr: int) -> int:
    """At least 0.3 % above the cost, as a round number."""
    return -(-cost_idr * 1003 // (1000 * BUDGET_STEP_IDR)) * BUDGET_STEP_IDR


def _scaled(drafts: list[Draft]) -> list[Draft]:
    """Quotas in whole litres, scaled so that a year of all of them costs about COST_IDR."""
    drawn_idr = sum(_year_idr(draft) for draft in drafts)
    return [
        Draft(
            draft.vehicle_class,
            draft.department,
            draft.engine,
            draft.tank_ml,
            max(1, round(draft.quota_ml * COST_IDR / drawn_idr / ML_PER_L)) * ML_PER_L,
        )
        for draft in drafts
    ]


def _named(random: Random, drafts: list[Draft]) -> list[PutSubject]:
    """Give plates `DH 1234 AB` to what has wheels, asset numbers to the rest."""
    blocked = set(random.sample(range(len(drafts)), len(drafts) * BLOCKED_OF_1000 // 1000))
    numbers = iter(random.sample(range(1000, 10_000), len(drafts)))
    assets: defaultdict[str, int] = defaultdict(int)
    puts = []
    for position, draft in enumerate(drafts):
        kind = draft.vehicle_class.kind
        if kind in ("genset", "machine", "container"):
            assets[kind] += 1
            plate = f"{kind.upper()} {assets[kind]:03}"
        else:
            letters = random.choice("ABCDEFGHJKL") + random.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
            plate = f"DH {next(numbers)} {letters}"
        listed = draft.vehicle_class.listed
        products = [SUBSIDISED[draft.engine]] if listed else []
        puts.append(
            PutSubject(
                subject=plate.lower().replace(" ", "-"),
                vehicle=kind,
                plate=plate,
                department=draft.department,
                products=[PRODUCTS[draft.engine], *products],
                tank_ml=draft.tank_ml,
                meter=draft.vehicle_class.meter,
                blocked=position in blocked,
                subsidy_allowed=listed,
                emergency=draft.vehicle_class.emergency,
            )
        )
    return puts
