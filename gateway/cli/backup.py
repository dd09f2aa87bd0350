"""`takar backup`: copy a gateway or central while it runs."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.backup.taking import back_up_central, back_up_gateway
from gateway.config.load import load_central, load_gateway


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--with-keys", is_flag=True, help="Also the private key: keep such a backup under lock."
)
def command(config: Path, target: Path, *, with_keys: bool) -> None:
    """Back up the gateway or central of CONFIG into the new folder TARGET.

    It may be running. The folder appears when it is complete, with a manifest of hashes that
    was read back; a full medium or a missing right leaves nothing behind. `takar restore`
    makes a gateway or a central of it. A ledger may be behind its backup's age at once: what
    is sold afterwards is at central, or is charged to the quotas in full.
    """
    now = datetime.now(UTC)
    if is_central(config):
        made = back_up_central(load_central(config), config, target, with_keys=with_keys, now=now)
        what = f"central of {made.name}, epoch {made.epoch}"
    else:
        made = back_up_gateway(load_gateway(config), config, target, with_keys=with_keys, now=now)
        what = f"{made.name}, ledger through entry {made.sequence}"
    size_kb = sum(kept.bytes for kept in made.files.values()) // 1000
    keys = "with" if with_keys else "without"
    click.echo(f"{target}: {what}, {len(made.files)} files, {size_kb} kB, {keys} the private key")


def is_central(config: Path) -> bool:
    """Whether this is central's configuration; what is wrong with it is said by its loader."""
    try:
        return "central" in tomllib.loads(config.read_text(encoding="utf-8"))
    except ValueError:
        return False
