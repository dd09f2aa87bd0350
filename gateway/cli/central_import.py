"""`takar central import`: entries that only an export still holds."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.backup.imported import Imported
from gateway.backup.importing import import_export
from gateway.cli.options import central_config, person_name
from gateway.cli.restore import user
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.words import litres
from mqtt.central.central_keys import OwnKey
from mqtt.central.database import open_database
from mqtt.certificates import public_key

MOST_GRANTS = 20
"""Named one by one."""


@click.command("import")
@central_config
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--by", callback=person_name, help="Who imports it, for the record.  [default: the user's name]"
)
def import_command(config: Path, export: Path, by: str | None) -> None:
    """Take in entries of a ledger from the file EXPORT.

    `takar ledger export` makes such a file.

    For a ledger found on an old card after `takar restore`, and for entries that a restored
    central lacks and the gateway has pruned. All of the file is verified by the gateway's keys;
    if anything is wrong, nothing is taken in. An entry that is proven but cannot be read, such as
    one by a newer Takar, goes to quarantine. Central may be running meanwhile.

    Sales of an old card are then in the reports. Litres that were charged and not sold come back
    only by a person's decision, `takar grants return`.
    """
    settings = load_central(config)
    engine = open_database(Path(settings.central.database))
    own_key = OwnKey(Path(settings.keys.private_file), public_key(settings.keys.root_key))
    try:
        with engine.connect() as connection:
            private = own_key.load(connection)
        done = import_export(engine, export, private, by=by or user(), now=datetime.now(UTC))
    finally:
        engine.dispose()
    _tell(done)


def _tell(done: Imported) -> None:
    whose = f"{done.gateway}, incarnation {done.incarnation}"
    if done.through < done.first:
        tell(f"{whose}: nothing new, central holds it through entry {done.through}")
    else:
        tell(f"{whose}: entries {done.first} to {done.through} taken in")
    if done.unsealed:
        tell(
            f"not taken in: {done.unsealed} entries behind the last seal, which nothing proves. "
            "Export the card with --seal-with and the gateway's key, and import that too"
        )
    if done.unusable:
        tell(
            f"{done.unusable} of them are proven, but central cannot use them: they wait in "
            "quarantine (takar central quarantine), for a newer Takar"
        )
    if done.withheld:
        tell(
            f"Nothing more is minted for {', '.join(done.withheld)} because of it. If this was "
            "the card in use, and it is whole, a person may end that:"
        )
        tell(f"  ./takar central lift {done.gateway} {done.incarnation} --by WHO --reason WHY")
    if not done.less:
        return
    tell("Charged in full when its card was given up, and sold as far as this ledger goes:")
    for one in done.less[:MOST_GRANTS]:
        charged, sold = litres(one.charged_ml, 3), litres(one.sold_ml, 3)
        tell(f"  grant {one.grant_no}: charged {charged}, sold {sold}")
    if len(done.less) > MOST_GRANTS:
        tell(f"  and {len(done.less) - MOST_GRANTS} grants more (takar grants show)")
    tell(
        "If that ledger is whole, a person may return what was not sold, on record; a fill that "
        "its card left open is not in it, and `takar ledger export` there says so:"
    )
    tell(
        f"  ./takar grants return-all {done.gateway} {done.incarnation} --nothing-open "
        "--by WHO --reason WHY",
        "or of one grant:",
    )
    first = done.less[0]
    tell(
        f"  ./takar grants return {done.gateway} {first.grant_no} --spent-ml {first.sold_ml} "
        "--by WHO --reason WHY"
    )
