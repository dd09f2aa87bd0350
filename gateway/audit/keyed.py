"""The bypass key: turned on and off in turn, fuel by it only then, vouchers for what flowed."""

from collections.abc import Mapping

from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.bypasses import TAKEN, Bypasses
from gateway.core.facts import BypassChanged, Fact, FlowBypassed, FlowUncounted
from gateway.core.meter import NEW, Meter


class Keyed:
    """Of one history."""

    def __init__(self, tally: Tally, *, whole: bool) -> None:
        """`whole`: the history begins at entry 1, where every key is off."""
        self._tally = tally
        self._whole = whole
        self._bypasses = Bypasses()
        self._known: set[int] = set()
        """Pumps of which it is known whether their key is on."""
        self._ended: set[int] = set()
        """Pumps whose key was turned off, and what ran out after it is written down."""

    def begin_at(self, meters: Mapping[int, Meter]) -> None:
        """What a checkpoint says."""
        self._whole = True
        for pump, meter in meters.items():
            if meter.bypass_since is not None:
                self._bypasses.take(BypassChanged(pump=pump, on=True), meter.bypass_since)

    def compare(self, meters: Mapping[int, Meter], wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it come to."""
        for pump in sorted(meters.keys() | self._bypasses.pumps):
            said = meters.get(pump, NEW).bypass_since is not None
            if said != self._bypasses.is_on(pump):
                wrong("key_differs", pump=pump)

    def take(self, fact: Fact, time: str, wrong: Wrong) -> None:
        """Every entry, in order."""
        if type(fact) not in TAKEN:
            return
        if isinstance(fact, BypassChanged):
            self._turned(fact, wrong)
        elif isinstance(fact, FlowBypassed):
            self._tally.bypassed_ml += fact.volume_ml
            self._flowed(fact, wrong)
        elif isinstance(fact, FlowUncounted) and fact.bypass and not self._is_on(fact.pump):
            wrong("key_off", pump=fact.pump, volume=fact.bound_ml)
        self._bypasses.take(fact, time)

    def close(self) -> None:
        """After the last entry: hold the vouchers against what flowed."""
        turns, loose = self._bypasses.matched()
        tally = self._tally
        tally.bypasses += len(turns)
        tally.unpapered_ml += sum(turn.unpapered_ml for turn in turns)
        tally.unflowed_ml += sum(turn.unflowed_ml for turn in turns)
        tally.unflowed_ml += sum(one.paper.volume_ml for one in loose)

    def _is_on(self, pump: int) -> bool:
        """Or may be, by what is not at hand."""
        return self._bypasses.is_on(pump) or not (self._whole or pump in self._known)

    def _turned(self, fact: BypassChanged, wrong: Wrong) -> None:
        known = self._whole or fact.pump in self._known
        if known and fact.on == self._bypasses.is_on(fact.pump):
            wrong("key_order", pump=fact.pump)
        self._known.add(fact.pump)
        self._ended.discard(fact.pump)

    def _flowed(self, fact: FlowBypassed, wrong: Wrong) -> None:
        if fact.since > fact.until:
            wrong("key_times", pump=fact.pump, since=fact.since, until=fact.until)
        if self._is_on(fact.pump):
            return
        # What ran out while the valve shut is one entry more.
        if fact.pump not in self._bypasses.pumps or fact.pump in self._ended:
            wrong("key_off", pump=fact.pump, volume=fact.volume_ml)
        self._ended.add(fact.pump)
