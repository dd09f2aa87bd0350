"""What a gateway's co-processors remembered, as far as the office should look into it."""

from gateway.core.facts import WitnessDiffered

_ODD = {
    "blank": "co-processor {0} had witnessed nothing: if nobody fitted a new one, an older copy of "
    "the card may be in use",
    "behind": "an older copy of the card was put back: co-processor {0} had witnessed entry {1}",
    "fork": "another history of the ledger was put back: co-processor {0} knows another entry {1}",
    "other": "co-processor {0} had witnessed another ledger, {2}",
}


def odd_witness(fact: WitnessDiffered) -> list[str]:
    """A ledger that follows the one before after a restore is as it should be."""
    if fact.found not in _ODD:
        return []
    return [_ODD[fact.found].format(fact.co_processor, fact.sequence, fact.incarnation)]
