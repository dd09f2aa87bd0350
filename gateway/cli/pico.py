"""`takar pico`: look at co-processors, and bring their firmware up to date."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.config.types import GatewayConfig
    from hardware.pump.pico_link import PicoLink

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default="gateway.toml",
    show_default=True,
    help="Whose [[picos]] are meant.",
)


@click.group("pico")
def command() -> None:
    """Show what is plugged in and how it is, or flash it. The gateway must be stopped."""


@command.command()
@config_option
def status(config_path: Path) -> None:
    """Print what is plugged in; of each co-processor its firmware, start and pumps."""
    from gateway.config.load import load_gateway
    from hardware.pump.pico_port import plugged_in

    for serial, path in plugged_in(_simulated(load_gateway(config_path))).items():
        click.echo(f"plugged in: {serial} at {path}")
    for link, pumps in _links(config_path):
        birth = link.birth
        click.echo(
            f"co-processor {birth['id']}: firmware {birth['fw']} in folder {birth['slot']}, "
            f"start {birth['boot']} ({birth['why']}), counts kept in {birth['keep']}"
        )
        for place, pump in enumerate(pumps, start=1):
            state = link.state(place)
            click.echo(
                f"  pump {pump}: totaliser {state['n']} pulses, reverse {state['rev']}, "
                f"contact {'made' if state['made'] else 'broken'}, "
                f"nozzle {'lifted' if state['noz'] else 'hung'}, "
                f"stop {'pressed' if state['stop'] else 'healthy'}, "
                f"last shut: {state['why'] or 'never'}, fault: {state['fault'] or 'none'}, "
                f"starts with pulses lost: {state['unc']}"
            )


@command.command()
@config_option
def flash(config_path: Path) -> None:
    """Send this clone's firmware. Each file's hash is checked on the chip; totalisers are kept."""
    from hardware.pump.pico_flash import firmware_files
    from hardware.pump.pico_flash import flash as send

    files = firmware_files()
    for link, _ in _links(config_path):
        before = link.birth
        after = send(link, files, lambda name, at, of: click.echo(f"  {at}/{of} {name}"))
        click.echo(
            f"co-processor {after['id']}: firmware {before['fw']} in folder {before['slot']} "
            f"before, {after['fw']} in {after['slot']} now; totalisers kept"
        )


def _links(config_path: Path) -> Iterator[tuple["PicoLink", list[int]]]:
    from gateway.config.load import load_gateway
    from hardware.assemble import open_link
    from hardware.clock import MachineClock
    from hardware.ports import HardwareError

    config = load_gateway(config_path)
    if not config.picos:
        raise HardwareError(f"{config_path}: expected a section [[picos]], found none")
    for pico in config.picos:
        link = open_link(
            pico.serial_number, pico.port, pico.lease_ms, _simulated(config), MachineClock()
        )
        with closing(link):
            yield link, pico.pumps


def _simulated(config: "GatewayConfig") -> Path | None:
    """The folder of a simulated forecourt's ports."""
    if config.hardware.kind != "simulated":
        return None
    return Path(config.hardware.forecourt_socket).absolute().parent
