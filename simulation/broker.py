"""MQTT at the level of messages: a broker, and a network that delays, loses, doubles and cuts."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from gateway.core.units import NS_PER_MS, NS_PER_S
from mqtt.connection import Publication
from mqtt.topics import parse_topic
from simulation.world import World

NOTICED_NS = 30 * NS_PER_S
"""A silent peer is taken for gone after one and a half keepalives."""
RECONNECT_NS = (1 * NS_PER_S, 20 * NS_PER_S)


class Road:
    """One client's way to the broker, as good as it is at the moment."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.cut = False
        self.silent = False
        """Nothing passes, and nobody has noticed."""
        self.storm = False
        """Messages are lost, doubled, late and out of order."""
        self.heard_ns = 0
        """When something last came down it."""
        self.directives = 0
        """Messages with directives that did, since this was set to 0."""
        self.acknowledged_ns: int | None = None
        """When an acknowledgement first did, since this was set to None."""
        self._last_ns = {"up": 0, "down": 0}

    def arrivals(self, now_ns: int, way: str) -> list[int]:
        """When a message sent now arrives; empty if never, two if it is doubled."""
        if self.cut or self.silent:
            return []
        if not self.storm:
            at_ns = max(now_ns + self.chance.randrange(2, 80) * NS_PER_MS, self._last_ns[way] + 1)
            self._last_ns[way] = at_ns
            return [at_ns]
        copies = self.chance.choices((0, 1, 2), (2, 6, 2))[0]
        return [now_ns + self.chance.randrange(5, 20_000) * NS_PER_MS for _ in range(copies)]


class Broker:
    """Keeps what is retained, and forgets it all when it is restarted so."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.up = True
        self.clients: dict[str, Client] = {}
        self.roads: dict[str, Road] = {}
        self.messages = 0
        self._retained: dict[str, Publication] = {}

    def road(self, name: str) -> Road:
        if name not in self.roads:
            self.roads[name] = Road(self.world.chance(f"road of {name}"))
        return self.roads[name]

    def restart(self, away_ns: int, *, forget: bool) -> None:
        """Every session ends, and with it all that was on its way."""
        self.up = False
        if forget:
            self._retained.clear()
        for client in list(self.clients.values()):
            client.lose("the broker went away")

        def back() -> None:
            self.up = True

        self.world.after(away_ns, back)

    def take(self, publication: Publication) -> None:
        if not self.up:
            return
        self.messages += 1
        if publication.retain:
            self._retained[publication.topic] = publication
        for client in list(self.clients.values()):
            if client.wants(publication.topic):
                client.hand(publication)

    def greet(self, client: "Client") -> None:
        for publication in list(self._retained.values()):
            if client.wants(publication.topic):
                client.hand(publication)


class Client:
    """Fits mqtt.connection.Connection as links and central use it."""

    broker: Broker

    def __init__(
        self,
        _settings: object,
        name: str,
        subscriptions: Sequence[tuple[str, int]],
        *,
        on_up: Callable[[], None],
        on_down: Callable[[str], None],
        on_message: Callable[[str, bytes], None],
        last_will: Callable[[], Publication] | None = None,
        **_options: Any,
    ) -> None:
        self.name = name
        self.up = False
        self._on_up, self._on_down, self._on_message = on_up, on_down, on_message
        self._last_will = last_will
        self._filters = {topic for topic, _ in subscriptions}
        self._road = self.broker.road(name)
        self._session = 0
        self._ended = False
        self._will: Publication | None = None

    def start(self) -> None:
        self._try_again()

    def publish(self, publication: Publication) -> bool:
        if not self.up:
            return False
        world, session = self.broker.world, self._session

        def arrive() -> None:
            # A session that has ended takes nothing with it; what is late may overtake its end.
            if self._session == session:
                self.broker.take(publication)

        for at_ns in self._road.arrivals(world.now_ns, "up"):
            world.at(at_ns, arrive)
        return True

    def stop(self, _last_words: Publication | None = None) -> None:
        self._ended = True
        self._leave()

    def die(self) -> None:
        """The process is gone; the broker says its last will."""
        self._ended = True
        if self.up and self._will is not None:
            self.broker.take(self._will)
        self._leave()

    def lose(self, why: str) -> None:
        """The connection breaks, and both ends notice."""
        if self.up:
            self._leave()
            self._on_down(why)
            self._try_again()

    def wants(self, topic: str) -> bool:
        if topic in self._filters:
            return True
        _, kind = parse_topic(topic)
        return f"takar/v1/+/{kind}" in self._filters

    def hand(self, publication: Publication) -> None:
        """From the broker to this client."""
        world, session = self.broker.world, self._session

        def arrive() -> None:
            if self._session == session and self.up:
                self._road.heard_ns = world.now_ns
                if publication.topic.endswith("/ack") and self._road.acknowledged_ns is None:
                    self._road.acknowledged_ns = world.now_ns
                self._road.directives += publication.topic.endswith("/directives")
                self._on_message(publication.topic, publication.payload)

        for at_ns in self._road.arrivals(world.now_ns, "down"):
            world.at(at_ns, arrive)

    def _leave(self) -> None:
        self.up = False
        self._session += 1
        self.broker.clients.pop(self.name, None)

    def _try_again(self) -> None:
        chance = self._road.chance
        self.broker.world.after(chance.randrange(*RECONNECT_NS), self._connect)

    def _connect(self) -> None:
        if self._ended or self.up:
            return
        if not self.broker.up or self._road.cut or self._road.silent:
            self._try_again_when_it_may_work()
            return
        self._will = self._last_will() if self._last_will is not None else None
        self.up = True
        self.broker.clients[self.name] = self
        self._on_up()
        self.broker.greet(self)

    def _try_again_when_it_may_work(self) -> None:
        """Asking every few seconds of a cut of days would say nothing new."""
        self.broker.world.after(60 * NS_PER_S, self._connect)


def go_silent(broker: Broker, name: str) -> None:
    """From now on nothing passes; the client notices after a while."""
    road = broker.road(name)
    road.silent = True

    def noticed() -> None:
        client = broker.clients.get(name)
        if road.silent and client is not None:
            client.lose("no answer to a ping")

    broker.world.after(NOTICED_NS, noticed)
