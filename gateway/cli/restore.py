"""`takar restore`: a gateway on a new card, or central on a new machine."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.backup.restoring import RestoredGateway, restore_gateway
from gateway.backup.restoring_central import RestoredCentral, restore_central
from gateway.backup.taking import CONFIGURATION
from gateway.cli.backup import is_central
from gateway.cli.options import person_name
from gateway.cli.telling import tell
from gateway.config.load import load_central, load_gateway
from gateway.setup.ownership import give_to_owner


@click.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--backup",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that `takar backup` made. Central needs one; a gateway does without.",
)
@click.option(
    "--by",
    callback=person_name,
    help="Who restores it, for the record.  [default: the user's name]",
)
def command(config: Path, backup: Path | None, by: str | None) -> None:
    """Restore the gateway or central of CONFIG; it must not be running.

    A gateway begins a fresh incarnation of its ledger under its own key. It sells nothing until
    central has confirmed it; all that its old card held is charged to the quotas in full. With
    its co-processors plugged in it takes over from whatever ledger these know.
    Central goes on from its backup in a new epoch. It mints nothing until every gateway has
    reported what was granted after the backup. Whatever was in place before is put aside.
    """
    who = by or user()
    now = datetime.now(UTC)
    known = config if config.exists() or backup is None else backup / CONFIGURATION
    if known.exists() and is_central(known):
        if backup is None:
            raise click.UsageError("central is restored from a backup: name it with --backup")
        restored = restore_central(config, backup, by=who, now=now)
        give_to_owner(Path(load_central(config).central.database).parent)
        _tell_central(restored, config)
    else:
        from gateway.cli.co_processors import witnessed

        begun = restore_gateway(config, backup, by=who, now=now, witnessed=witnessed)
        give_to_owner(Path(load_gateway(config).gateway.state_dir))
        _tell_gateway(begun)
        from gateway.setup.station.making import UNITS, installed_as, make_restored
        from gateway.setup.station.steps import Steps

        next_command = f"./takar gateway --config '{config}'"
        if (places := installed_as(config)) is not None:
            make_restored(places, Steps(tell))
            next_command = f"sudo systemctl enable --now {' '.join(UNITS)}"
        tell("It sells nothing until central has confirmed it. Next:", f"  {next_command}")


def _tell_gateway(restored: RestoredGateway) -> None:
    follows = restored.follows
    after = (
        f"follows {follows.incarnation}, known through entry {follows.sequence}"
        if follows
        else "nothing is left of the one before"
    )
    tell(f"incarnation {restored.incarnation}: {after}")
    for incarnation in restored.witnessed:
        tell(f"takes over from {incarnation}, which a co-processor knows")
    if restored.kept_in is not None:
        tell(f"the former ledger is kept for the auditor in {restored.kept_in}")


def _tell_central(restored: RestoredCentral, config: Path) -> None:
    tell(f"central is in epoch {restored.epoch}")
    if restored.kept_in is not None:
        tell(f"the former database is kept in {restored.kept_in}")
    if restored.awaited:
        tell(f"It mints nothing until these have reported: {', '.join(restored.awaited)}.")
        tell("One that never will: ./takar central release GATEWAY --reason WHY")
    tell(
        f"It knows {', '.join(restored.known) or 'no gateway'}. One that was enrolled after the "
        "backup is not among them, and may hold litres: before you start central, takar central "
        "invite NAME --forgotten for each of those; then have its code typed there (takar enrol)."
    )
    tell("Next:")
    if (authority := load_central(config).enrolment) is not None:
        host = authority.broker_host
        tell(f"  on a new machine: ./takar central broker-files {host} --config '{config}'")
    tell(f"  ./takar central --config '{config}'")


def user() -> str:
    """Who runs this command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user id {os.getuid()}"
