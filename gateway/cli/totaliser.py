"""`takar totaliser`: what a person reads from a dispenser, compared with what Takar counted."""

from pathlib import Path

import click

from gateway.cli.options import gateway_config, person_name, pump_option
from gateway.cli.telling import tell
from gateway.cli.volumes import volume

DRIFTED = 1


def _reading(_ctx: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, int]:
    """Litres as the dispenser shows them."""
    return volume(text)


@click.group()
def command() -> None:
    """Enter a dispenser's own totaliser."""


@command.command()
@gateway_config
@pump_option
@click.option(
    "--reading", required=True, callback=_reading, help="Litres, with all decimals it shows."
)
@click.option(
    "--by",
    required=True,
    callback=person_name,
    help="Who read it: a person's name, for the ledger.",
)
@click.option("--replaced", is_flag=True, help="It is another one, or began anew.")
@click.pass_context
def enter(
    ctx: click.Context,
    *,
    config: Path,
    pump: int,
    reading: tuple[int, int],
    by: str,
    replaced: bool,
) -> None:
    """Write a reading into the ledger of a running gateway, and compare it with the last one.

    Exit status 1 if the dispenser counted something else than Takar by more than is tolerated:
    that is an alarm in the ledger too.
    """
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path
    from gateway.runtime.requests import EnterTotaliser
    from gateway.words import litres

    path = control_path(load_gateway(config).gateway.status_socket)
    volume_ml, resolution_ml = reading
    done = ask(path, EnterTotaliser(pump, volume_ml, resolution_ml, by, replaced))
    if not done["compared"]:
        tell(f"pump {pump}: entered; the next reading is compared with this one")
        return
    counted, recorded, tolerance = (
        litres(int(done[f"{name}_ml"]), 3) for name in ("counted", "recorded", "tolerance")
    )
    drifted = bool(done["drifted"])
    tell(
        f"pump {pump}, since {done['since']}: the dispenser counted {counted}, Takar {recorded}; "
        f"tolerated {tolerance}: {'ALARM' if drifted else 'fine'}"
    )
    if drifted:
        ctx.exit(DRIFTED)
