"""What a start finds when it asks the co-processors how far they have seen the ledger."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.core.facts import WitnessDiffered
from gateway.core.reasons import Reason
from gateway.core.witness import Found, OnDisk, Witnessed, compare
from gateway.runtime.shelf import Shelf
from gateway.store.ledger import Ledger
from hardware.ports import Witness

log = logging.getLogger(__name__)

_NOTHING = Witnessed("", 0, "", 0)
_WHAT_TO_DO = {
    Found.BLANK: "a new co-processor is taken to be a technician's replacement",
    Found.RESTORED: "this ledger follows that one",
    Found.BEHIND: "an older copy was put back; put the right card in, or run `takar restore`",
    Found.FORK: "another history was put back; put the right card in, or run `takar restore`",
    Found.OTHER: "check whose card and co-processor these are; if they belong together now, run "
    "`takar restore` with the co-processor plugged in",
}


@dataclass(frozen=True, slots=True)
class Testimony:
    """Of all co-processors together."""

    differed: tuple[WitnessDiffered, ...] = ()
    """What is to be recorded of this start."""
    same: bool = False
    """One of them had witnessed this very ledger."""
    refused: Reason | None = None
    """Why nothing may be sold until the gateway is started with another ledger."""

    @property
    def may_tell(self) -> bool:
        """At once: not of a ledger that is refused, nor of one that central has yet to confirm."""
        return all(fact.found == "blank" for fact in self.differed)


UNWITNESSED = Testimony()


def hear(witnesses: Iterable[Witness], shelf: Shelf) -> Testimony:
    """Before the start itself is written. HardwareError: one does not answer."""
    ledger = shelf.ledger
    if ledger is None:
        return UNWITNESSED
    differed, same, refused = [], False, None
    for witness in witnesses:
        seen = witness.read()
        found = compare(_on_disk(ledger, shelf, seen), seen)
        if found is Found.SAME:
            same = True
            continue
        fact = _fact(witness.name, found, seen or _NOTHING)
        differed.append(fact)
        refused = refused or found.refused
        say = log.warning if found.refused is None else log.error
        say(
            "co-processor %s has witnessed entry %d of incarnation %s, grants through %d; the "
            "ledger has entry %d of %s, grants through %d (%s): %s",
            *(witness.name, fact.sequence, fact.incarnation or "none", fact.high_water),
            *(ledger.head.sequence, ledger.seals.signer.incarnation, shelf.balance.high_water),
            *(found, _WHAT_TO_DO[found]),
        )
    return Testimony(tuple(differed), same, refused)


def _on_disk(ledger: Ledger, shelf: Shelf, seen: Witnessed | None) -> OnDisk:
    return OnDisk(
        incarnation=ledger.seals.signer.incarnation,
        sequence=ledger.head.sequence,
        high_water=shelf.balance.high_water,
        hash_at=ledger.hash_at(seen.sequence) if seen is not None else None,
        restored=shelf.newest.restored,
        follows=shelf.newest.follows,
        confirmed=shelf.newest.applied is not None,
    )


def _fact(name: str, found: Found, seen: Witnessed) -> WitnessDiffered:
    return WitnessDiffered(
        co_processor=name,
        found=found.value,  # type: ignore[arg-type]  # `same` is never said
        incarnation=seen.incarnation,
        sequence=seen.sequence,
        hash_start=seen.hash_start,
        high_water=seen.high_water,
    )
