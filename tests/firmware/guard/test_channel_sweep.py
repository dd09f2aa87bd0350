"""Every state that a channel can get into, and in each of them every event."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import TypeVar

from firmware.guard import pulses
from firmware.guard.channel import NOZZLE_US, Channel
from firmware.guard.contact import CONTACT_US
from firmware.guard.stops import Stops
from firmware.guard.ticks import Ticks

T = TypeVar("T")
LEASE_US = 100_000
MOST_PULSES = 3
NEAR, FAR = Stops(2), Stops(3)
LEVELS = list(product((False, True), repeat=3))


def twin(thing: T) -> T:
    """copy.copy in a fifth of the time."""
    other = object.__new__(type(thing))
    other.__dict__.update(thing.__dict__)
    return other


class Pump:
    """A channel with the levels of its inputs, which a main loop would look at each turn."""

    def __init__(self) -> None:
        self.ticks = Ticks(0)
        self.channel = Channel(0, self.ticks)
        self.inputs: tuple[bool, ...] = (
            False,
            False,
            True,
        )  # read-back, nozzle lifted, stop healthy
        self.pass_time(0)

    def copy(self) -> "Pump":
        other = twin(self)
        other.ticks = twin(self.ticks)
        channel = other.channel = twin(self.channel)
        channel._ticks = other.ticks
        channel.counter = twin(channel.counter)
        channel.limiter = twin(channel.limiter)
        channel.lease = twin(channel.lease)
        channel.contact = twin(channel.contact)
        rate = channel.limiter._rate = twin(channel.limiter._rate)
        rate.points = list(rate.points)
        return other

    @property
    def now_us(self) -> int:
        return self.ticks.now_us

    def pass_time(self, duration_us: int) -> None:
        self.ticks.advance(self.now_us + duration_us)
        made, lifted, healthy = self.inputs
        self.channel.look(self.now_us, made=made, lifted=lifted, healthy=healthy)
        self.channel.turn(self.now_us)

    def key(self) -> tuple[object, ...]:
        """All that can make a difference to what comes; times as far as they can."""
        channel, contact, lease = self.channel, self.channel.contact, self.channel.lease
        limiter, now_us = channel.limiter, self.now_us
        armed = lease.session != 0
        return (
            self.inputs,
            channel._opened,
            channel._stops is FAR if armed else None,
            bool(channel.fault),
            channel.counter.fault,
            channel.lifted,
            min(now_us - channel._lifted_us, NOZZLE_US),
            contact.wanted,
            min(now_us - max(contact._changed_us, contact._agreed_us), CONTACT_US),
            lease.session,
            max(0, lease.until_us - now_us) if armed else None,
            min(limiter.pulses_total, MOST_PULSES),
        )


Event = Callable[[Pump], object]


def arm(session: int, stops: Stops) -> Event:
    return lambda p: p.channel.arm(session, stops, LEASE_US, p.now_us)


def raise_stops(session: int, stops: Stops) -> Event:
    return lambda p: p.channel.raise_stops(session, stops, p.now_us)


def make(session: int) -> Event:
    return lambda p: p.channel.make(session, p.now_us)


def renew(session: int) -> Event:
    return lambda p: p.channel.renew(session, p.now_us)


def inputs(levels: tuple[bool, ...]) -> Event:
    return lambda p: setattr(p, "inputs", levels)


def events() -> Iterator[tuple[str, Event]]:
    for session, stops in product((1, 2), (NEAR, FAR)):
        yield f"arm {session} to {stops.limit_pulses}", arm(session, stops)
        yield f"raise {session} to {stops.limit_pulses}", raise_stops(session, stops)
    for session in (1, 2):
        yield f"make {session}", make(session)
    for session in (0, 1, 2):
        yield f"renew {session}", renew(session)
    yield "shut", lambda p: p.channel.shut("host", p.now_us)
    yield "clear", lambda p: p.channel.clear()
    yield "pulse", lambda p: p.channel.pulse(p.now_us)
    yield "pulser fails", lambda p: setattr(p.channel.counter, "fault", pulses.MISSING_CHANNEL)
    for levels in LEVELS:
        yield f"inputs {levels}", inputs(levels)
    yield "nothing", lambda p: None


EVENTS = list(events())
TURNS = (0, LEASE_US // 2, CONTACT_US)
"""After each event the main loop turns, at once or so much later."""


def check(before: Pump, name: str, after: Pump) -> None:
    channel, was = after.channel, before.channel
    _, lifted, healthy = after.inputs
    if channel.contact.wanted:
        assert channel.lease.fresh(after.now_us)
        assert channel.lease.session == channel.session == channel._opened
        assert channel.limiter.is_open
        assert channel.limiter.pulses_total < channel.limiter.limit_pulses
        assert lifted or after.now_us - channel._lifted_us < NOZZLE_US
        assert healthy
        assert not channel.fault
        assert not channel.counter.fault
        assert channel.counter.trip == channel.limiter.limit_pulses
        if not was.contact.wanted:
            assert name == f"make {channel.session}"
            assert was.lease.session == channel.session, "armed before"
            assert was._opened != channel.session, "never opened before"
            assert lifted
            assert not was.contact.made
        else:
            assert channel.limiter.limit_pulses >= was.limiter.limit_pulses
    else:
        assert not channel.limiter.is_open
        assert channel.counter.trip == pulses.NEVER
        if was.contact.wanted:
            assert channel.lease.session == 0, "a shut pump has to be armed again"
    if not was.lease.session and not name.startswith("arm"):
        assert channel.why == was.why, "the first reason stands"
    if was.fault and name != "clear":
        assert channel.fault == was.fault
    assert channel.limiter.pulses_total >= was.limiter.pulses_total


def test_every_event_in_every_state() -> None:
    start = Pump()
    seen = {start.key()}
    todo = [start]
    tried: Counter[str] = Counter()
    while todo:
        before = todo.pop()
        for name, event in EVENTS:
            if name == "pulse" and before.channel.limiter.pulses_total >= MOST_PULSES:
                continue
            for later_us in TURNS:
                after = before.copy()
                event(after)
                after.pass_time(later_us)
                check(before, name, after)
                tried[name.split()[0]] += 1
                if after.channel.contact.wanted and not before.channel.contact.wanted:
                    tried["opened"] += 1
                key = after.key()
                if key not in seen:
                    seen.add(key)
                    todo.append(after)
    print(f"{len(seen)} states, {tried.total()} events:", dict(tried))
    assert len(seen) == 2000, "another number: has a state been added, or made unreachable?"
    assert tried["opened"] > 50
