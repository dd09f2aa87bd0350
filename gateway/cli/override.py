"""`takar override`: what a supervisor says of an exception, where there is no console."""

from pathlib import Path
from typing import Any, get_args

import click

from gateway.cli.options import free_text, gateway_config, plate_text, pump_option
from gateway.cli.telling import tell
from gateway.core.facts import OverrideReason


@click.group()
def command() -> None:
    """Say why a supervisor whose card was just tapped allows an exception."""


@command.command()
@gateway_config
@pump_option
@click.option("--reason", type=click.Choice(get_args(OverrideReason)), required=True)
@click.option(
    "--text", default="", callback=free_text, help="More about it; needed for the reason `other`."
)
@click.option(
    "--plate",
    callback=plate_text,
    help="The vehicle, if its own card is broken or was left behind.",
)
def choose(config: Path, *, pump: int, reason: Any, text: str, plate: str | None) -> None:
    """Pass it on within a minute of the supervisor's own card at that pump's reader.

    Without that card nothing happens. With --plate the vehicle is decided on at once: its own
    litres first, and beyond them the station's. Without, its card comes next.
    """
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ask, control_path
    from gateway.runtime.requests import ChooseOverride

    path = control_path(load_gateway(config).gateway.status_socket)
    done = ask(path, ChooseOverride(pump, reason, text, plate))
    then = f"{done['subject']} may fill" if done["subject"] else "tap the vehicle's card"
    tell(f"pump {pump}: {then}")
