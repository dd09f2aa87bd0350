"""`takar central find`: the entry that a receipt's code is of."""

from pathlib import Path

import click

from gateway.cli.found import code_argument, tell_found
from gateway.cli.options import central_config
from gateway.config.load import load_central
from gateway.core.finding import FindingCode
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.finding import entries_numbered


@click.command()
@central_config
@code_argument
@click.option("--json", "as_json", is_flag=True, help="The entry alone, as JSON.")
@click.pass_context
def find(ctx: click.Context, config: Path, code: FindingCode, *, as_json: bool) -> None:
    """Print the ledger entry that CODE, from a receipt or a shift's sheet, is of.

    Capitals, spaces and O for 0 do not matter. Exit status 1 where there is none, or where it is
    another's. Central may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        entries = entries_numbered(connection, code.gateway, code.sequence)
    engine.dispose()
    if not tell_found(code, entries, "central", as_json=as_json):
        ctx.exit(1)
