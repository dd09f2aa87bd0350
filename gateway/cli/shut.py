"""`takar shut`: what a gateway leaves on its pins must not stay there."""

import os
from pathlib import Path

import click

from gateway.cli.errors import FAILURE, MISCONFIGURED
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
    from gateway.config.load import ConfigError, load_gateway
    from hardware.shut import shut

    try:
        settings = load_gateway(config)
    except ConfigError:
        if _gateway_said_so():
            return
        raise
    hardware = settings.hardware
    wrong = shut(hardware.kind, settings.pumps, Path(hardware.forecourt_socket))
    for number, why in wrong.items():
        tell(f"takar shut: pump {number}: {why}", err=True)
    if wrong:
        click.get_current_context().exit(FAILURE)
    tell(f"takar shut: {_pumps([pump.number for pump in settings.pumps])} shut")


def _gateway_said_so() -> bool:
    """The service's gateway has just refused the same file: it opened no pin, and one line in the
    journal is enough."""
    found = os.environ.get("SERVICE_RESULT"), os.environ.get("EXIT_STATUS")
    return found == ("exit-code", str(MISCONFIGURED))


def _pumps(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"pump {listed} is" if len(numbers) == 1 else f"pumps {listed} are"
