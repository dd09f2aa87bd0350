"""Who may fill in the simulated city, what it costs, and whose litres a grant stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject

DEPARTMENT = "dinkes"
QUOTA_TANKS = (12, 50, 80, 110, 150)
"""Most never reach the end of their quota; some come to feel it early."""
SUBJECTS_A_GATEWAY = 24
EMERGENCY_ML = 250_000
"""What the department's ambulances share in a month when their own litres are used up."""
OVERRIDE_ML = 45_000
"""What the supervisors of one station may give in a month."""
POLICY = PutPolicy(
    uid_only_fill_ml=20_000,
    fill_ml=40_000,
    day_ml=40_000,
    visits_per_day=5,
    open_hour=0,
    close_hour=24,
    always_open=[],
    offline_days=14,
    override_fill_ml=8_000,
    override_day_ml=20_000,
)
PRICES = (
    PutPrice(product="pertamax", price_idr_per_l=12_400, version=1, subsidised=False),
    PutPrice(product="dexlite", price_idr_per_l=13_700, version=1, subsidised=False),
)


@dataclass(frozen=True, slots=True)
class Vehicle:
    subject: str
    uid: str
    home: int
    """The gateway at which it mostly fills."""
    quota_ml: int
    tank_ml: int
    diesel: bool
    emergency: bool = False
    """An ambulance: it draws on its department's grant when its own is empty."""
    needy: bool = False
    """Its quota is used up early; now and then a supervisor helps it out."""
    stranger: str = ""
    """Why it must be refused whatever it asks: `unknown`, `lost` or `blocked`."""


def make_vehicles(chance: Random, gateways: int, quota_tanks: Sequence[int]) -> list[Vehicle]:
    """`quota_tanks`: a month's quotas that there are, in fillings of a whole tank."""
    made = []
    for number in range(SUBJECTS_A_GATEWAY * gateways):
        tank_ml = chance.choice((3_000, 3_500, 4_000, 5_000, 12_000))
        quota_ml = tank_ml * chance.choice(quota_tanks)
        stranger = {0: "unknown", 1: "lost", 2: "blocked"}.get(number, "")
        made.append(
            Vehicle(
                subject=f"vehicle-{number:03}",
                uid=f"{0x04A1B2C3000000 + number:014X}",
                home=number % gateways,
                quota_ml=quota_ml,
                tank_ml=tank_ml,
                diesel=gateways > 1 and number % gateways == 1 and number % 3 == 0,
                stranger=stranger,
            )
        )
    return [*made, *_short(gateways, needy=True), *_short(gateways, emergency=True)]


def _short(gateways: int, *, needy: bool = False, emergency: bool = False) -> Iterator[Vehicle]:
    """One at each gateway, whose own litres do not last for long."""
    kind, first = ("ambulance", 0xA0) if emergency else ("needy", 0xB0)
    for home in range(gateways):
        yield Vehicle(
            subject=f"{kind}-{home:02}",
            uid=f"{0x04A1B2C4000000 + (first << 8) + home:014X}",
            home=home,
            quota_ml=12_000,
            tank_ml=4_000,
            diesel=False,
            emergency=emergency,
            needy=needy,
        )


def supervisor_card(home: int) -> PutCard:
    """Of the supervisor at that gateway."""
    return PutCard(
        uid=f"{0x04A1B2C500C000 + home:014X}",
        card="supervisor",
        holder=f"supervisor-{home:02}",
        status="active",
    )


def subject_of(vehicle: Vehicle) -> PutSubject:
    return PutSubject(
        subject=vehicle.subject,
        vehicle="motorcycle" if vehicle.tank_ml < 10_000 else "car",
        plate=f"DH {vehicle.subject[-3:]} XY",
        department=DEPARTMENT,
        products=["dexlite" if vehicle.diesel else "pertamax"],
        tank_ml=vehicle.tank_ml,
        meter="odometer",
        blocked=vehicle.stranger == "blocked",
        subsidy_allowed=False,
        emergency=vehicle.emergency,
    )


def card_of(vehicle: Vehicle) -> PutCard:
    return PutCard(
        uid=vehicle.uid,
        card="vehicle",
        holder=vehicle.subject,
        status="lost" if vehicle.stranger == "lost" else "active",
    )
