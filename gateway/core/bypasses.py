"""What flowed each time that a pump's bypass key was turned, and the paper vouchers that fit it.

A voucher's litres and the flow by the key are the same fuel: one says whose it is, the other that
it flowed. Who adds up what left the tank counts it once.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from gateway.core.facts import BypassChanged, Fact, FlowBypassed, FlowUncounted, VoucherEntered

TAKEN = frozenset({BypassChanged, FlowBypassed, FlowUncounted, VoucherEntered})
"""The facts that tell of keys and their fuel."""
SLACK = timedelta(minutes=15)
"""The time on a paper is written by hand, from somebody's watch."""


class Paper(NamedTuple):
    """A voucher that was entered."""

    serial: str
    subject: str
    volume_ml: int
    sold: str
    """UTC text."""


@dataclass(slots=True)
class Turn:
    """A pump's key, from its being turned on until it was turned off."""

    pump: int
    since: str
    until: str | None = None
    """UTC text; None: it is on still."""
    volume_ml: int = 0
    unseen_ml: int = 0
    """May have flowed besides, at most, while no gateway ran and nothing counted."""
    papers: list[Paper] = field(default_factory=list)

    @property
    def vouchered_ml(self) -> int:
        return sum(paper.volume_ml for paper in self.papers)

    @property
    def unpapered_ml(self) -> int:
        """Counted, and on no voucher."""
        return max(0, self.volume_ml - self.vouchered_ml)

    @property
    def unflowed_ml(self) -> int:
        """On vouchers, and more than can have flowed by the key."""
        return max(0, self.vouchered_ml - self.volume_ml - self.unseen_ml)

    def fits(self, sold: str) -> bool:
        """A voucher of that time may be of this turn."""
        at = datetime.fromisoformat(sold)
        if at < datetime.fromisoformat(self.since) - SLACK:
            return False
        return self.until is None or at <= datetime.fromisoformat(self.until) + SLACK

    def away(self, sold: str) -> timedelta:
        """How long before it or after it; nothing within."""
        at, since = datetime.fromisoformat(sold), datetime.fromisoformat(self.since)
        until = since if self.until is None else datetime.fromisoformat(self.until)
        return max(since - at, at - until, timedelta(0))


class Loose(NamedTuple):
    """A voucher that fits no turn: fuel that went through no meter of ours."""

    pump: int
    paper: Paper


class Bypasses:
    """Of one ledger: take its facts in order, then ask for `matched`."""

    def __init__(self) -> None:
        self._turns: defaultdict[int, list[Turn]] = defaultdict(list)
        self._papers: list[tuple[int, Paper]] = []

    @property
    def pumps(self) -> set[int]:
        """Whose key was ever turned."""
        return {pump for pump, turns in self._turns.items() if turns}

    def is_on(self, pump: int) -> bool:
        turns = self._turns[pump]
        return bool(turns) and turns[-1].until is None

    def take(self, fact: Fact, time: str) -> None:
        """`time`: of its entry."""
        if type(fact) not in TAKEN:
            return
        match fact:
            case BypassChanged(pump=pump, on=True):
                if not self.is_on(pump):
                    self._turns[pump].append(Turn(pump, time))
            case BypassChanged(pump=pump):
                self._turn(pump, time).until = time
            case FlowBypassed():
                turn = self._turn(fact.pump, fact.since)
                turn.volume_ml += fact.volume_ml
                self._reaches(turn, fact.since)
            case FlowUncounted(bypass=True):
                turn = self._turn(fact.pump, fact.since or time)
                turn.unseen_ml += fact.bound_ml
                self._reaches(turn, fact.since or time)
            case VoucherEntered():
                paper = Paper(fact.serial, fact.subject, fact.volume_ml, fact.sold)
                self._papers.append((fact.pump, paper))

    def matched(self) -> tuple[list[Turn], list[Loose]]:
        """Every turn with the vouchers that fit it best, and the vouchers that fit none."""
        loose = []
        turns = sorted((t for of in self._turns.values() for t in of), key=lambda t: t.since)
        for turn in turns:
            turn.papers = []
        for pump, paper in self._papers:
            fitting = [turn for turn in turns if turn.pump == pump and turn.fits(paper.sold)]
            if not fitting:
                loose.append(Loose(pump, paper))
                continue
            nearest = min((turn.away(paper.sold), place) for place, turn in enumerate(fitting))
            fitting[nearest[1]].papers.append(paper)
        return turns, loose

    def _turn(self, pump: int, time: str) -> Turn:
        """The newest; one that began before the first entry at hand begins here."""
        if not self._turns[pump]:
            self._turns[pump].append(Turn(pump, time))
        return self._turns[pump][-1]

    def _reaches(self, turn: Turn, since: str) -> None:
        """A start finds a key turned, and what flowed since the gateway's end."""
        turn.since = min(turn.since, since)
