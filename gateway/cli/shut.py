"""`takar shut`: what a gateway leaves on its pins must not stay there."""

import os
from pathlib import Path

import click

from gateway.cli.errors import FAILURE
from gateway.cli.options import gateway_config
from gateway.cli.telling import tell


@click.command("shut")
@gateway_config
def command(config: Path) -> None:
    """Drive every enable relay and timer feed low, and look whether the contacts broke.

    For when no gateway runs: the service runs it after every end of one, however it ended. It
    opens no reader, no ledger and no co-processor, whose own contact breaks by itself. Exit
    status 1 where a contact still reads made or a pin does not obey.
    """
    from gateway.cli.ended import remedy, said_by_itself
    from gateway.config.load import ConfigError, load_gateway
    from hardware.shut import shut

    unsaid = remedy(os.environ)
    if unsaid is not None:
        tell(f"takar: {unsaid}", err=True)
    try:
        settings = load_gateway(config)
    except ConfigError:
        if said_by_itself(os.environ):
            return  # one line of it in the journal is enough
        raise
    hardware = settings.hardware
    wrong = shut(hardware.kind, settings.pumps, Path(hardware.forecourt_socket))
    for number, why in wrong.items():
        tell(f"takar shut: pump {number}: {why}", err=True)
    if wrong:
        click.get_current_context().exit(FAILURE)
    tell(f"takar shut: {_pumps([pump.number for pump in settings.pumps])} shut")


def _pumps(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"pump {listed} is" if len(numbers) == 1 else f"pumps {listed} are"
