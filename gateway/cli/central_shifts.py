"""`takar central shifts`: what the shifts of all stations came to."""

from pathlib import Path
from typing import Any

import click
import msgspec

from gateway.cli.options import central_config, month
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.core.facts import ShiftOpened, ShiftTotals
from gateway.core.shift import quiet
from gateway.words import litres, rupiah
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.shift_check import added_up
from mqtt.central.shift_report import ClosedShift, OpenShift, closed_shifts, open_shifts


@click.command()
@central_config
@click.option("--month", metavar="YYYY-MM", callback=month, help="Closed in this one, in UTC.")
@click.option("--gateway", help="Only this gateway's.")
@click.option("--json", "as_json", is_flag=True, help="The closed ones, all they say, in ml.")
@click.pass_context
def shifts(
    ctx: click.Context, config: Path, *, month: str | None, gateway: str | None, as_json: bool
) -> None:
    """List the shifts that gateways have closed, then those that are open.

    Gateway and number, whose it was and when, what it sold, and what went through its pumps past
    the sales; the same of the time before it in which no shift was open, if anything happened
    then. GAP is said where a totaliser does not go on from the closing before. Each closed one is
    added up anew from the entries that central has: DIFFERS is said where that comes to something
    else. The exit status is 1 after a GAP or DIFFERS. An open one is added up as far as its ledger
    has come; the last of a ledger that another one follows is never closed. Central may be running
    meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        found = closed_shifts(connection, month=month or "", gateway=gateway)
        anew = [added_up(connection, one) for one in found]
        still_open = open_shifts(connection, gateway=gateway)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode([_as_json(*both) for both in zip(found, anew, strict=True)]))
    else:
        _list(found, anew, still_open)
    if any(_differs(*both) or both[0].joins is False for both in zip(found, anew, strict=True)):
        ctx.exit(1)


Anew = ShiftTotals | None
"""None: not all of its entries are here to be added up."""


def _list(found: list[ClosedShift], anew: list[Anew], still_open: list[OpenShift]) -> None:
    for one, totals in zip(found, anew, strict=True):
        shift = one.shift
        _tell_before(one.opened)
        if one.joins is False:
            tell(
                f"  GAP: a totaliser of shift {shift.number} does not go on from the closing "
                "before; takar audit looks closer"
            )
        tell(
            f"{one.gateway} {one.incarnation}/{one.sequence}  shift {shift.number} of "
            f"{shift.opened_by}, {shift.opened} to {one.time}: {_sums(shift.totals)}"
        )
        if totals is None:
            tell("  not added up anew: not all of its entries are here, or can be read")
        elif _differs(one, totals):
            tell(f"  DIFFERS: its entries come to {_sums(totals)}; takar audit looks closer")
    for held in still_open:
        _tell_before(held.opened)
        tell(_open(held))
    tell(f"{len(found)} shifts" if found else "no shift was closed")


def _tell_before(opened: ShiftOpened | None) -> None:
    if opened is not None and not quiet(opened):
        tell(f"  before shift {opened.number}, with none open: {_sums(opened.since)}")


def _differs(one: ClosedShift, totals: Anew) -> bool:
    return totals is not None and totals != one.shift.totals


def _as_json(one: ClosedShift, totals: Anew) -> dict[str, Any]:
    """`agrees`: whether its entries come to the same; null where they are not all here."""
    agrees = None if totals is None else not _differs(one, totals)
    return {**msgspec.structs.asdict(one), "agrees": agrees}


def _open(one: OpenShift) -> str:
    begun = one.shift.begun
    whose = f"{begun.by}, since {begun.time}" if begun is not None else ""
    state = "never closed, as its ledger has ended" if one.ended else "open"
    return (
        f"{one.gateway} {one.incarnation}/{one.through}  shift {one.shift.number} of {whose}, "
        f"{state}: {_sums(one.shift.totals)}"
    )


def _sums(totals: ShiftTotals) -> str:
    passed_ml = sum(line.unauthorised_ml for line in totals.pumps)
    bypassed_ml = sum(line.bypassed_ml for line in totals.pumps)
    refused = sum(line.count for line in totals.refusals)
    return (
        f"{litres(totals.volume_ml, 3)}, {rupiah(totals.amount_idr)}; unauthorised "
        f"{litres(passed_ml, 3)}, by bypass keys {litres(bypassed_ml, 3)}, overrides "
        f"{totals.overridden.count}, refused {refused}"
    )
