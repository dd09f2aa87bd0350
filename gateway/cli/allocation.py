"""`takar allocation`: directives that a gateway holds but could not use."""

import json
from pathlib import Path

import click

from gateway.cli.options import gateway_config
from gateway.cli.telling import tell
from gateway.config.load import load_gateway
from gateway.runtime.shelf import ALLOCATION, LEDGER
from gateway.store.allocation import Allocation
from gateway.store.directives import Blocked
from gateway.store.own_seals import OwnSeals
from gateway.store.reader import LedgerReader
from mqtt.keys import load_private


@click.group()
def command() -> None:
    """List, inspect and retry directives that this gateway could not use.

    Until it can, their subject is refused, or everybody where they name no subject. Central
    supersedes one by another about the same; a newer Takar uses it from its start on. The
    gateway may be running meanwhile: nothing is written.
    """


@command.command("list")
@gateway_config
def list_blocks(config: Path) -> None:
    """One line for each: its id, whom it blocks, and why."""
    blocks = _blocks(config)
    for one in blocks:
        tell(f"{one.directive}  blocks {one.subject or 'everybody'}: {one.why}")
    tell(f"{len(blocks)} directives" if blocks else "every directive can be used")


@command.command()
@gateway_config
@click.argument("sequence", type=click.IntRange(min=1))
@click.pass_context
def show(ctx: click.Context, config: Path, sequence: int) -> None:
    """Print what directive SEQUENCE says, and why it could not be used."""
    for one in _blocks(config):
        if one.directive.endswith(f"/{sequence}"):
            tell(f"# {one.directive}, {one.type}: {one.why}")
            tell(*json.dumps(one.data, indent=2, ensure_ascii=False).split("\n"))
            return
    tell(f"directive {sequence} blocks nobody; `takar allocation list` shows what does")
    ctx.exit(1)


@command.command()
@gateway_config
@click.pass_context
def retry(ctx: click.Context, config: Path) -> None:
    """Try each with this version of Takar.

    What it can read, a gateway of this version uses at once. Restart the gateway after an
    upgrade. Exit status 1 if any still cannot be used.
    """
    blocks = _blocks(config)
    waiting = 0
    for one in blocks:
        usable = one.retried() is not None
        waiting += not usable
        tell(f"{one.directive}: {'can be used now' if usable else one.why}")
    tell(f"{len(blocks) - waiting} can be used, {waiting} cannot")
    ctx.exit(1 if waiting else 0)


def _blocks(config: Path) -> list[Blocked]:
    settings = load_gateway(config)
    private = load_private(Path(settings.keys.private_file))
    state_dir = Path(settings.gateway.state_dir)
    with LedgerReader(state_dir / LEDGER) as ledger:
        meta = ledger.meta()
    seals = OwnSeals(private, meta.gateway, meta.incarnation, meta.epoch)
    return list(Allocation.open(state_dir / ALLOCATION, seals).blocks().values())
