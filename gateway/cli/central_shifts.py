"""`takar central shifts`: what the shifts of all stations came to."""

from pathlib import Path

import click
import msgspec

from gateway.cli.options import central_config, month
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.core.facts import ShiftTotals
from gateway.words import litres, rupiah
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.shift_report import OpenShift, closed_shifts, open_shifts


@click.command()
@central_config
@click.option("--month", metavar="YYYY-MM", callback=month, help="Closed in this one, in UTC.")
@click.option("--gateway", help="Only this gateway's.")
@click.option("--json", "as_json", is_flag=True, help="The closed ones, all they say, in ml.")
def shifts(config: Path, *, month: str | None, gateway: str | None, as_json: bool) -> None:
    """List the shifts that gateways have closed, then those that are open.

    Gateway and number, whose it was and when, what it sold, and what went through its pumps past
    the sales. `takar audit` adds each closed one up anew. An open one is added up here, as far as
    its ledger has come; the last of a ledger that another one follows is never closed. Central
    may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        found = closed_shifts(connection, month=month or "", gateway=gateway)
        still_open = open_shifts(connection, gateway=gateway)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        shift = one.shift
        tell(
            f"{one.gateway} {one.incarnation}/{one.sequence}  shift {shift.number} of "
            f"{shift.opened_by}, {shift.opened} to {one.time}: {_sums(shift.totals)}"
        )
    for held in still_open:
        tell(_open(held))
    tell(f"{len(found)} shifts" if found else "no shift was closed")


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
