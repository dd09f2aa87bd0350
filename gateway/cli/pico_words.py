"""What a co-processor says of itself, in words."""

from typing import NamedTuple

from firmware.guard.codec import Fields
from gateway.config.types import PumpSettings
from gateway.core.units import Calibration
from gateway.core.witness import HASH_DIGITS, Witnessed
from gateway.words import litres, whole
from hardware.pump.pico_faults import fault_of

KEPT = {
    "fram": "in FRAM: also through a loss of power in mid-fill",
    "flash": "in flash: through a loss of power while every valve is shut",
}


class LedgerHere(NamedTuple):
    """What the gateway's own ledger says."""

    incarnation: str
    sequence: int
    hash_at: str | None
    """Of the entry that was witnessed last; None where it is not there, or was pruned."""


def chip(birth: Fields) -> str:
    return (
        f"co-processor {birth['id']}: firmware {birth['fw']} in folder {birth['slot']}, "
        f"start {birth['boot']} ({birth['why']}), counts kept {KEPT[birth['keep']]}"
    )


def pump(settings: PumpSettings, state: Fields) -> list[str]:
    """Its totaliser, its wires as they are now, and what has gone wrong."""
    ratio = Calibration(settings.calibration_pulses, settings.calibration_litres)
    per_litre = f"{ratio.pulses} pulses for {ratio.litres} L"
    lost = state["unc"]
    lines = [
        f"pump {settings.number} ({settings.product}): totaliser {whole(state['n'], 'en')} pulses, "
        f"{litres(ratio.volume_ml(state['n']), 3, 'en')} by the configuration ({per_litre})",
        f"  {whole(state['rev'], 'en')} pulses backwards, "
        f"{whole(state['stray'], 'en')} while it was shut"
        + (f"; at {lost} starts pulses may have been lost" if lost else "; none lost at a start"),
        f"  contact {'made' if state['made'] else 'broken'}, "
        f"nozzle {'lifted' if state['noz'] else 'hung'}, "
        f"emergency stop {'pressed' if state['stop'] else 'healthy'}, "
        f"last shut for: {state['why'] or 'nothing yet'}",
    ]
    if state["fault"]:
        lines.append(f"  FAULT {fault_of(state['fault'], settings.product).detail}")
    return lines


def witness(seen: Witnessed | None, ledger: LedgerHere | None, *, kept: bool) -> str:
    """Which ledger it knows, and whether that is the one here."""
    if seen is None:
        return "witness: it knows no ledger yet; the gateway's next start tells it"
    holds = "" if kept else "; in memory only until every valve has been shut for 2 s"
    where = f"entry {whole(seen.sequence, 'en')}, grants through {seen.high_water}{holds}"
    if ledger is None:
        return f"witness: knows ledger {seen.incarnation} through {where}; none can be read here"
    if ledger.incarnation != seen.incarnation:
        return (
            f"witness: knows ledger {seen.incarnation} through {where}; the one here is "
            f"{ledger.incarnation}, and sells only if it was restored from that one: "
            "`takar restore` with this co-processor plugged in"
        )
    if ledger.sequence < seen.sequence:
        return (
            f"witness: knows this ledger through {where}; here it ends at entry "
            f"{whole(ledger.sequence, 'en')}: an OLDER COPY, of which nothing is sold"
        )
    if ledger.hash_at is not None and ledger.hash_at[:HASH_DIGITS] != seen.hash_start:
        return f"witness: knows ANOTHER HISTORY of this ledger, through {where}; nothing is sold"
    return f"witness: knows this ledger through {where}, of {whole(ledger.sequence, 'en')} here"
