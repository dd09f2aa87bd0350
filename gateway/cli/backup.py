"""`takar backup`: copy a gateway or central while it runs."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.backup.keeping import drop_oldest, new_folder
from gateway.backup.manifest import Manifest
from gateway.backup.taking import back_up_central, back_up_gateway
from gateway.config.load import load_central, load_gateway


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Instead of TARGET: a folder of backups, where each gets a name by its time.",
)
@click.option(
    "--keep",
    type=click.IntRange(1, 1000),
    help="With --into: remove what is older than so many.  [default: remove nothing]",
)
@click.option(
    "--with-keys", is_flag=True, help="Also the private key: keep such a backup under lock."
)
def command(
    config: Path, target: Path | None, into: Path | None, keep: int | None, *, with_keys: bool
) -> None:
    """Back up the gateway or central of CONFIG into the new folder TARGET.

    It may be running. The folder appears when it is complete, with a manifest of hashes that
    was read back; a full medium or a missing right leaves nothing behind. `takar restore`
    makes a gateway or a central of it. A ledger may be behind its backup's age at once: what
    is sold afterwards is at central, or is charged to the quotas in full.
    """
    if (target is None) == (into is None):
        raise click.UsageError("name a new folder TARGET, or --into FOLDER, one of them")
    if keep is not None and into is None:
        raise click.UsageError("--keep goes with --into")
    now = datetime.now(UTC)
    made, target = _make(config, target, into, now, with_keys=with_keys)
    if made.kind == "central":
        what = f"central of {made.name}, epoch {made.epoch}"
    else:
        what = f"{made.name}, ledger through entry {made.sequence}"
    size_kb = sum(kept.bytes for kept in made.files.values()) // 1000
    keys = "with" if with_keys else "without"
    click.echo(f"{target}: {what}, {len(made.files)} files, {size_kb} kB, {keys} the private key")
    if into is not None and keep is not None:
        for removed in drop_oldest(into, made, keep):
            click.echo(f"{removed}: removed, older than the newest {keep}")


def _make(
    config: Path, target: Path | None, into: Path | None, now: datetime, *, with_keys: bool
) -> tuple[Manifest, Path]:
    if is_central(config):
        central = load_central(config)
        place = target or new_folder(into or Path(), central.central.city, now)
        return back_up_central(central, config, place, with_keys=with_keys, now=now), place
    gateway = load_gateway(config)
    place = target or new_folder(into or Path(), gateway.gateway.name, now)
    return back_up_gateway(gateway, config, place, with_keys=with_keys, now=now), place


def is_central(config: Path) -> bool:
    """Whether this is central's configuration; what is wrong with it is said by its loader."""
    try:
        return "central" in tomllib.loads(config.read_text(encoding="utf-8"))
    except ValueError:
        return False
