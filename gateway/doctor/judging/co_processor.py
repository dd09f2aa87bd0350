"""A co-processor: the right one, of the right version, well, and witness of this ledger."""

from msgspec import Struct

from gateway.core.witness import HASH_DIGITS, Witnessed
from gateway.doctor.verdict import Verdict, verdict


class PicoFinding(Struct, frozen=True, kw_only=True):
    name: str
    """Its serial number or port, as configured."""
    plugged_in: tuple[str, ...] = ()
    """Serial numbers of what is on USB, where it is not."""
    firmware: str = ""
    """As it says; "": it said nothing."""
    wanted_firmware: str = ""
    refused: str = ""
    """Why it does not talk to this version."""
    faults: tuple[str, ...] = ()
    """`pump 1: NAME` of each that stands."""
    error: str = ""


class WitnessFinding(Struct, frozen=True, kw_only=True):
    name: str
    seen: Witnessed | None = None
    incarnation: str = ""
    """Of the ledger here; "": it cannot be read."""
    head: int = 0
    hash_at: str | None = None
    """Of our entry that was witnessed last; None: it is not here, or was pruned."""
    error: str = ""


def judge_pico(found: PicoFinding) -> Verdict:
    of = found.name
    if found.refused:
        said = found.firmware or "?"
        return verdict("pico_old", of, firmware=said, wanted=found.wanted_firmware)
    if found.firmware:
        if found.faults:
            return verdict("pico_fault", of, faults="; ".join(found.faults))
        if found.firmware != found.wanted_firmware:
            return verdict(
                "pico_firmware", of, firmware=found.firmware, wanted=found.wanted_firmware
            )
        return verdict("pico_answers", of, firmware=found.firmware)
    if found.error:
        return verdict("pico_silent", of, error=found.error)
    if found.plugged_in:
        return verdict("pico_other", of, others=", ".join(found.plugged_in))
    return verdict("pico_absent", of)


def judge_witness(found: WitnessFinding) -> Verdict:
    of = found.name
    if found.error:
        return verdict("witness_failed", of, error=found.error)
    seen = found.seen
    if seen is None:
        return verdict("witness_new", of)
    if not found.incarnation:
        return verdict("witness_unknown", of)
    if seen.incarnation != found.incarnation:
        return verdict("witness_other", of, known=seen.incarnation, here=found.incarnation)
    if seen.sequence > found.head:
        return verdict("witness_ahead", of, known=seen.sequence, here=found.head)
    if found.hash_at is not None and found.hash_at[:HASH_DIGITS] != seen.hash_start:
        return verdict("witness_other", of, known=seen.hash_start, here=found.hash_at[:HASH_DIGITS])
    return verdict("witness_knows", of, sequence=seen.sequence)
