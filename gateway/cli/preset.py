"""`takar preset`: how much the next card at a pump takes."""

from pathlib import Path

import click

from gateway.cli.options import gateway_config, pump_option
from gateway.cli.telling import tell
from gateway.cli.volumes import volume


def _litres(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """In ml, within what a pump can be told."""
    from gateway.core.dosing import LEAST_FILL_ML, MOST_PRESET_ML
    from gateway.words import litres

    if text is None:
        return None
    volume_ml, _ = volume(text)
    if not LEAST_FILL_ML <= volume_ml <= MOST_PRESET_ML:
        least, most = (litres(each, 1, "en") for each in (LEAST_FILL_ML, MOST_PRESET_ML))
        raise click.BadParameter(f"{litres(volume_ml, 3, 'en')}, expected {least} to {most}")
    return volume_ml


@click.command()
@gateway_config
@pump_option
@click.option("--litres", "volume_ml", callback=_litres, help="Such as 20 or 12.5.")
@click.option("--rupiah", "amount_idr", type=click.IntRange(1), help="As much as this buys.")
@click.option("--none", "nothing", is_flag=True, help="Forget it: as much as there is.")
def command(
    *, config: Path, pump: int, volume_ml: int | None, amount_idr: int | None, nothing: bool
) -> None:
    """Let the next card at a pump take so much and no more; quota and limits hold all the same.

    It waits five minutes for a vehicle that may fill; a person's card, or a refused one, leaves it.
    """
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path
    from gateway.runtime.requests import ChoosePreset
    from gateway.words import litres, rupiah

    if (volume_ml is not None) + (amount_idr is not None) + nothing != 1:
        raise click.UsageError("expected one of --litres, --rupiah and --none")
    path = control_path(load_gateway(config).gateway.status_socket)
    done = ask(path, ChoosePreset(pump, volume_ml, amount_idr))
    if nothing:
        tell(f"pump {pump}: nothing is chosen; the next card takes as much as there is")
        return
    chosen = litres(int(done["volume_ml"]), 3, "en")
    worth = f", {rupiah(int(done['amount_idr']))}" if done["amount_idr"] else ""
    tell(f"pump {pump}: the next card takes {chosen}{worth} at most")
