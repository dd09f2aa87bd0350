"""Whatever moves between gateways, a quota is never exceeded."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.facts import Charge
from mqtt.central.grant_tables import requests
from mqtt.central.tables import gateways, grants
from tests.mqtt.central.city import QUOTA_ML
from tests.mqtt.central.litres.talk import VEHICLE, asks, books, closes, odd, sent, tell

# Everything at once


class Obedient:
    """A gateway that does what the contract says, hears and is heard when the test lets it."""

    def __init__(self, office: Any, teller: Any, random: Random) -> None:
        self.office, self.teller, self.random = office, teller, random
        self.free_ml: dict[int, int] = {}
        self.spent_ml: dict[int, int] = {}
        self.heard = 0
        self.high_water = 0

    def hear(self) -> None:
        bodies = sent(self.office, self.teller.name)
        for body in bodies[self.heard :]:
            if isinstance(body, Grant) and body.grant_no > self.high_water:
                self.high_water = body.grant_no
                self.teller.tell(body.activation)
                if body.subject == VEHICLE:
                    self.free_ml[body.grant_no] = body.volume_ml
                    self.spent_ml[body.grant_no] = 0
            elif isinstance(body, RecallGrant) and body.grant_no in self.free_ml:
                del self.free_ml[body.grant_no]
                closes(self.teller, body.grant_no, self.spent_ml.pop(body.grant_no))
        self.heard = len(bodies)

    def sell(self) -> int:
        if not self.free_ml:
            return 0
        number = self.random.choice(sorted(self.free_ml))
        volume_ml = self.random.randint(0, self.free_ml[number])
        self.free_ml[number] -= volume_ml
        self.spent_ml[number] += volume_ml
        self.teller.sell(volume_ml, charges=[Charge(number, volume_ml)])
        return volume_ml

    def ask(self) -> None:
        asks(self.teller, self.random.randint(0, 30_000))


@pytest.mark.parametrize("seed", range(6))
def test_s_holds_whatever_moves_between_gateways(linked: Any, seed: int) -> None:
    random = Random(seed)
    stations = [Obedient(linked, teller, random) for teller in (linked.first, linked.second)]
    sold_ml = 0
    for _ in range(40):
        station = random.choice(stations)
        act = random.choice(["sell", "ask", "hear", "tell", "link"])
        if act == "sell":
            sold_ml += station.sell()
        elif act == "ask":
            station.ask()
        elif act == "hear":
            station.hear()
        elif act == "tell":
            tell(linked, station.teller)
        else:
            with linked.engine.begin() as connection:
                connection.execute(
                    update(gateways)
                    .where(gateways.c.name == station.teller.name)
                    .values(state=random.choice(["online", "offline"]))
                )
        assert books(linked).charged_ml <= QUOTA_ML
        assert sold_ml <= QUOTA_ML
    for _ in range(4):
        for station in stations:
            station.hear()
        tell(linked, linked.first, linked.second)
    assert odd(linked) == []
    counted = linked.scalar(select(func.sum(grants.c.spent_ml)).where(grants.c.subject == VEHICLE))
    assert counted == sold_ml
    assert books(linked).charged_ml <= QUOTA_ML
    per_request = select(func.count()).select_from(requests).where(requests.c.grant_no.is_(None))
    waiting = linked.scalar(per_request)
    assert waiting == 0  # all were heard, so all litres are placed and all requests answered
    for name in ("depot-1", "depot-2"):
        ids = [one.request_id for one in sent(linked, name, Grant) if one.request_id]
        assert len(set(ids)) == len(ids)
