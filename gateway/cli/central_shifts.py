"""`takar central shifts`: what the shifts of all stations came to."""

from pathlib import Path

import click
import msgspec

from gateway.cli.options import central_config, month
from gateway.config.load import load_central
from gateway.words import litres, rupiah
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.shift_report import closed_shifts


@click.command()
@central_config
@click.option("--month", metavar="YYYY-MM", callback=month, help="Closed in this one, in UTC.")
@click.option("--gateway", help="Only this gateway's.")
@click.option("--json", "as_json", is_flag=True, help="Everything they say, in ml and rupiah.")
def shifts(config: Path, *, month: str | None, gateway: str | None, as_json: bool) -> None:
    """List the shifts that gateways have closed.

    Gateway and number, whose it was and when, what it sold, and what went through its pumps past
    the sales. `takar audit` adds each of them up anew. Central may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        found = closed_shifts(connection, month=month or "", gateway=gateway)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        shift, totals = one.shift, one.shift.totals
        passed_ml = sum(line.unauthorised_ml for line in totals.pumps)
        refused = sum(line.count for line in totals.refusals)
        click.echo(
            f"{one.gateway} {one.incarnation}/{one.sequence}  shift {shift.number} of "
            f"{shift.opened_by}, {shift.opened} to {one.time}: {litres(one.volume_ml, 3)}, "
            f"{rupiah(one.amount_idr)}; unauthorised {litres(passed_ml, 3)}, overrides "
            f"{totals.overridden.count}, refused {refused}"
        )
    click.echo(f"{len(found)} shifts" if found else "no shift was closed")
