"""A month of fills at stations that lose their links: which of them are served in full?

Litres move by the real rules (`split`, `answer`, `give_back_ml`); what is made up here is
people and links.
A vehicle of the model city fills 40 to 90 % of its tank, at most 20 L, four times of five at
its home station and else anywhere, until 95 % of its quota is asked for: so an all-knowing
central could serve every fill in full. Stations lose their links for eight hours on average,
each by itself. A gateway with a link asks as the real one does: for two fills when less than
one is left; a recall reaches it at once, or when its link is back.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from gateway.core.topping_up import wanted_ml
from mqtt.central.city.generate import City
from mqtt.central.split import Place, split
from mqtt.central.topups import OpenGrant, answer, give_back_ml

HOURS = 30 * 24
OUTAGE_HOURS = 8
HOME_PERCENT = 80
USED_PERCENT = 95
CEILING_ML = 20_000

Policy = Literal["even", "home first", "whole"]
"""An even split and nothing else; first grants and the reserve; recalls too."""


@dataclass(frozen=True, slots=True)
class Fill:
    hour: float
    vehicle: int
    station: int
    volume_ml: int


@dataclass(slots=True)
class Grant:
    station: int
    volume_ml: int
    spent_ml: int = 0
    recalled: bool = False
    closed: bool = False

    @property
    def charged_ml(self) -> int:
        return self.spent_ml if self.closed else self.volume_ml

    @property
    def free_ml(self) -> int:
        return 0 if self.closed else self.volume_ml - self.spent_ml


@dataclass(slots=True)
class Account:
    """One vehicle's month, as central and the stations have it."""

    quota_ml: int
    fill_ml: int
    grants: list[Grant] = field(default_factory=list)
    asking: dict[int, int] = field(default_factory=dict)
    """Litres wanted and not yet given, by station, the newest last."""
    short: dict[int, int] = field(default_factory=dict)
    """What a station was given less than it wanted, when it last asked."""

    @property
    def reserve_ml(self) -> int:
        return self.quota_ml - sum(grant.charged_ml for grant in self.grants)

    def free_ml(self, station: int) -> int:
        return sum(grant.free_ml for grant in self.grants if grant.station == station)


class Month:
    """Plays one; `short` counts the fills that got less than they asked for."""

    def __init__(
        self,
        city: City,
        stations: int,
        offline_percent: int,
        seed: int,
        home_percent: int = HOME_PERCENT,
    ) -> None:
        """`home_percent`: how many of a hundred fills seek the home station, the rest any."""
        self._home_percent = home_percent
        self._random = Random(f"month {seed} {offline_percent}")
        self._stations = stations
        self.vehicles = [(one.put.tank_ml, one.quota_ml) for one in city.subjects]
        self._home = [self._random.randrange(stations) for _ in self.vehicles]
        self._before = list(self._fills())
        self.fills = list(self._fills())
        self._links = [list(self._outages(offline_percent)) for _ in range(stations)]
        self._offline_percent = offline_percent

    def play(self, policy: Policy) -> int:
        """How many fills are short."""
        accounts = list(self._accounts(policy))
        up = [True] * self._stations
        changes = [
            (hour, station, now_up)
            for station, link in enumerate(self._links)
            for hour, now_up in link
        ]
        events = sorted(
            [
                *((hour, 0, s, u) for hour, s, u in changes),
                *((fill.hour, 1, number, True) for number, fill in enumerate(self.fills)),
            ]
        )
        short = 0
        for _, kind, number, now_up in events:
            if kind == 0:
                up[number] = now_up
                if now_up:
                    for account in accounts:
                        _settle(account, up, policy)
                continue
            fill = self.fills[number]
            account = accounts[fill.vehicle]
            short += _serve(account, fill, up, policy)
            assert sum(grant.charged_ml for grant in account.grants) <= account.quota_ml
        return short

    def _accounts(self, policy: Policy) -> Iterator[Account]:
        taken: defaultdict[tuple[int, int], int] = defaultdict(int)
        for fill in self._before:
            taken[fill.vehicle, fill.station] += fill.volume_ml
        online = 1000 - 10 * self._offline_percent
        for vehicle, (tank_ml, quota_ml) in enumerate(self.vehicles):
            account = Account(quota_ml, tank_ml // 2)
            if policy == "even":
                part_ml, rest = divmod(quota_ml, self._stations)
                firsts = [part_ml + (number < rest) for number in range(self._stations)]
            else:
                places = [
                    Place(str(number), taken[vehicle, number], online)
                    for number in range(self._stations)
                ]
                firsts = list(split(quota_ml, places, account.fill_ml).first_ml.values())
            account.grants = [Grant(number, ml) for number, ml in enumerate(firsts) if ml]
            yield account

    def _fills(self) -> Iterator[Fill]:
        random = self._random
        fills = []
        for vehicle, (tank_ml, quota_ml) in enumerate(self.vehicles):
            left_ml = quota_ml * USED_PERCENT // 100
            while left_ml > 0:
                wanted_ml = min(CEILING_ML, tank_ml * random.randint(40, 90) // 100)
                station = self._home[vehicle]
                if random.randrange(100) >= self._home_percent:
                    station = random.randrange(self._stations)
                fill = Fill(random.uniform(0, HOURS), vehicle, station, min(wanted_ml, left_ml))
                fills.append(fill)
                left_ml -= fill.volume_ml
        yield from sorted(fills, key=lambda fill: fill.hour)

    def _outages(self, offline_percent: int) -> Iterator[tuple[float, bool]]:
        """When a link comes and goes."""
        if offline_percent in (0, 100):
            yield 0.0, offline_percent == 0
            return
        linked_hours = OUTAGE_HOURS * (100 - offline_percent) / offline_percent
        up, hour = self._random.randrange(100) >= offline_percent, 0.0
        while hour < HOURS:
            yield hour, up
            hour += self._random.expovariate(1 / (linked_hours if up else OUTAGE_HOURS))
            up = not up


def _serve(account: Account, fill: Fill, up: Sequence[bool], policy: Policy) -> bool:
    """Let a vehicle fill; whether it got too little."""
    _ask(account, fill, up, policy)
    left_ml = fill.volume_ml
    for grant in account.grants:
        if grant.station == fill.station:
            taken_ml = min(grant.free_ml, left_ml)
            grant.spent_ml += taken_ml
            left_ml -= taken_ml
    return left_ml > 0


def _ask(account: Account, fill: Fill, up: Sequence[bool], policy: Policy) -> None:
    """As the real gateway does at a tap; what is still short is asked for once more."""
    usual_ml = min(CEILING_ML, 2 * account.fill_ml)
    for _ in range(2):
        more_ml = wanted_ml(account.free_ml(fill.station), usual_ml)
        if policy == "even" or not up[fill.station] or not more_ml:
            return
        account.asking.pop(fill.station, None)
        account.asking[fill.station] = more_ml
        _settle(account, up, policy)


def _settle(account: Account, up: Sequence[bool], policy: Policy) -> None:
    """Answer what is asked and close what is recalled, as far as links let it come about."""
    moved, returned = True, []
    while moved:
        moved = False
        for grant in account.grants:
            if grant.recalled and not grant.closed and up[grant.station]:
                grant.closed = moved = True
                returned.append(grant)
        for station in reversed(list(account.asking)):
            asked_ml, grants = account.asking[station], _open(account, up, policy)
            given = answer(asked_ml, str(station), account.reserve_ml, grants)
            for one in given.recall:
                account.grants[one.grant_no].recalled = moved = True
            if given.give_ml is not None:
                account.grants.append(Grant(station, given.give_ml))
                account.short[station] = asked_ml - given.give_ml
                del account.asking[station]
                moved = True
    for grant in returned:
        short_ml = sum(ml for at, ml in account.short.items() if at != grant.station)
        back_ml = give_back_ml(grant.volume_ml - grant.spent_ml, account.reserve_ml, short_ml)
        if back_ml:
            account.grants.append(Grant(grant.station, back_ml))


def _open(account: Account, up: Sequence[bool], policy: Policy) -> list[OpenGrant]:
    if policy != "whole":
        return []
    return [
        OpenGrant(str(grant.station), number, grant.free_ml, up[grant.station], grant.recalled)
        for number, grant in enumerate(account.grants)
        if not grant.closed
    ]
