"""What a program has promised at one moment, and what the disk may therefore show."""

from dataclasses import dataclass, field
from typing import Any

from tests.power.replay import Said

Snapshot = dict[str, Any]
OF_LEDGER = ("meta", "head", "rows", "checkpoint")
"""What `tests.power.saying.snapshot` holds."""


@dataclass
class Reference:
    """What an undisturbed run left after each commit and each write of the cache."""

    commits: dict[int, Snapshot] = field(default_factory=dict)
    """By commit number."""
    caches: dict[int, str] = field(default_factory=dict)
    """Hash of the content by the newest directive."""
    hashes: list[str] = field(default_factory=list)
    """Of all entries in order; empty where one had been pruned before."""

    def hear(self, said: list[Said]) -> "Reference":
        for line in said:
            if line.get("done") == "commit":
                snapshot = {name: line[name] for name in OF_LEDGER}
                self.commits[snapshot["meta"]["commit_no"]] = snapshot
                # A start after a kill goes on from an earlier entry.
                self.hashes[line["head"][0] - len(line["hashes"]) :] = line["hashes"]
            elif line.get("done") == "cache":
                self.caches[line["through"]] = line["content"]
        return self


@dataclass
class Promised:
    """Read from what was said up to a moment, after a state that was durable before."""

    commit_no: int
    """Newest commit that has returned."""
    through: int
    """Newest directive of a cache write that has returned."""
    begun: int = 0
    """Newest commit that may be there: its writing has begun."""
    acknowledging: set[int] = field(default_factory=set)
    """Acknowledged since that commit; durable with the next."""
    caching: int | None = None
    flowed_ml: dict[str, int] = field(default_factory=dict)
    """By sale: what may have passed so far."""
    reserved_ml: dict[str, int] = field(default_factory=dict)
    """By sale: what a third party's pump was told that it may give."""

    def hear(self, said: list[Said]) -> "Promised":
        for line in said:
            match line.get("begin") or line.get("done"):
                case "commit":
                    self.begun += "begin" in line
                    if "done" in line:
                        self.commit_no = self.begun = line["meta"]["commit_no"]
                        self.acknowledging = set()
                case "acknowledge":
                    self.acknowledging.add(line["through"])
                case "cache":
                    self.caching = line["through"] if "begin" in line else None
                    if "done" in line:
                        self.through = line["through"]
            if "flow" in line:
                self.flowed_ml[line["flow"]] = line["volume_ml"]
            if "reserved" in line:
                self.reserved_ml[line["reserved"]] = line["volume_ml"]
        return self
