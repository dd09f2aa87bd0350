"""What the model city drives: classes of vehicles, how many, and who has them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from gateway.core.allocation import SubjectKind
from mqtt.central.city.departments import LARGE, TITLES

Engine = Literal["petrol", "diesel"]
PRODUCTS: dict[Engine, str] = {"petrol": "pertamax", "diesel": "dexlite"}
SUBSIDISED: dict[Engine, str] = {"petrol": "pertalite", "diesel": "biosolar"}


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """Vehicles of one use. Tanks and monthly quotas in litres, drawn between both bounds."""

    kind: SubjectKind
    count: int
    diesel_percent: int
    tank_l: tuple[float, float]
    quota_l: tuple[int, int]
    meter: Literal["odometer", "hours", "none"] = "odometer"
    listed: bool = False
    """May take subsidised fuel, as central lists its class."""
    emergency: bool = False
    """May draw on its department's emergency grant."""
    owners: dict[str, int] = field(default_factory=dict)
    """Relative share of each department; empty: every department, LARGE ones more."""


CLASSES = (
    VehicleClass("motorcycle", 524, 0, (4.0, 6.0), (12, 26)),
    VehicleClass("car", 240, 35, (42, 80), (45, 110)),
    VehicleClass("car", 90, 70, (43, 75), (50, 110)),  # pick-ups
    VehicleClass(
        "car",
        24,
        40,
        (45, 75),
        (90, 160),
        listed=True,
        emergency=True,
        owners={"dinkes": 12, "rsud": 9, "bpbd": 3},
    ),  # ambulances
    VehicleClass(
        "car", 3, 50, (45, 75), (60, 100), listed=True, owners={"dinsos": 1, "rsud": 2}
    ),  # hearses
    VehicleClass(
        "truck", 8, 100, (100, 200), (100, 200), listed=True, emergency=True, owners={"damkar": 1}
    ),  # fire engines
    VehicleClass("truck", 44, 100, (100, 140), (150, 260), listed=True, owners={"dlhk": 1}),
    VehicleClass(
        "truck",
        20,
        100,
        (100, 200),
        (80, 160),
        owners={"dpupr": 10, "perkim": 4, "satpol-pp": 3, "bpbd": 2, "dishub": 1},
    ),
    VehicleClass("genset", 35, 80, (20, 200), (20, 60), meter="hours"),
    VehicleClass(
        "machine", 12, 100, (150, 300), (80, 200), meter="hours", owners={"dpupr": 8, "dlhk": 4}
    ),
    VehicleClass(
        "container", 8, 0, (20, 35), (15, 40), meter="none", owners={"dlhk": 5, "damkar": 3}
    ),
)
"""1,008 in all, 524 (52 %) of them motorcycles. Sizes are those of common models in Indonesia."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A vehicle before it has a plate and its final quota."""

    vehicle_class: VehicleClass
    department: str
    engine: Engine
    tank_ml: int
    quota_ml: int


def draw_fleet(random: Random) -> Iterator[Draft]:
    """Draw every vehicle of CLASSES. Each department gets at least one car and motorcycle."""
    for number, vehicle_class in enumerate(CLASSES):
        owners = vehicle_class.owners or {name: LARGE.get(name, 1) for name in TITLES}
        certain = list(TITLES) if number < 2 else []
        drawn = random.choices(
            list(owners), list(owners.values()), k=vehicle_class.count - len(certain)
        )
        for department in certain + drawn:
            yield _draw(random, vehicle_class, department)


def _draw(random: Random, vehicle_class: VehicleClass, department: str) -> Draft:
    diesel = random.randrange(100) < vehicle_class.diesel_percent
    smallest, largest = vehicle_class.tank_l
    return Draft(
        vehicle_class=vehicle_class,
        department=department,
        engine="diesel" if diesel else "petrol",
        tank_ml=random.randrange(int(smallest * 10), int(largest * 10) + 1) * 100,
        quota_ml=random.randrange(*vehicle_class.quota_l) * 1000,
    )
