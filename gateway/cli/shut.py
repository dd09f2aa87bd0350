"""`takar shut`: what a gateway leaves on its pins must not stay there."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.errors import FAILURE, MISCONFIGURED
from gateway.cli.options import gateway_config
from gateway.cli.telling import tell, tell_failure

if TYPE_CHECKING:
    from gateway.config.left import Left

NOBODY = """\
takar shut: NOTHING WAS SHUT: which pins hold the valves is known neither from the configuration
nor from {file}, where a gateway leaves it.
If a gateway has run since the last power-up, press the emergency stop or switch the pumps off at
their breaker; then put the configuration right and run `sudo takar shut`"""


@click.command("shut")
@gateway_config
def command(config: Path) -> None:
    """Drive every enable relay and timer feed low, and look whether the contacts broke.

    For when no gateway runs: the service runs it after every end of one, however it ended. Which
    pins these are, the gateway has left beside its status socket before it opened any, and the
    configuration says; where the two differ, both are shut. It opens no reader, no ledger and no
    co-processor, whose own contact breaks by itself.

    Exit status 1 where a contact still reads made or a pin does not obey; 2 where nobody knows
    the pins.
    """
    from gateway.cli.ended import remedy, said_by_itself
    from gateway.config.left import left_by, left_file
    from gateway.config.load import ConfigError, load_gateway

    unsaid = remedy(os.environ)
    if unsaid is not None:
        tell(f"takar: {unsaid}", err=True)
    settings = None
    try:
        settings = load_gateway(config)
    except ConfigError as error:
        # The gateway has said so itself: one line of it in the journal is enough.
        if not said_by_itself(os.environ):
            tell_failure(f"takar: {error}")
    file = left_file(config, settings, os.environ)
    found = (_read(file), left_by(settings) if settings is not None else None)
    known = [one for one in found if one is not None]
    if not known:
        tell_failure(NOBODY.format(file=file))
        click.get_current_context().exit(MISCONFIGURED)
    wrong = _shut(known)
    for number, why in wrong.items():
        tell(f"takar shut: pump {number}: {why}", err=True)
    if wrong:
        click.get_current_context().exit(FAILURE)
    numbers = sorted({pump.number for one in known for pump in one.contacts})
    by = "" if settings else f", by what the gateway left in {file}"
    tell(f"takar shut: {_pumps(numbers)}{by}")


def _read(file: Path) -> "Left | None":
    from gateway.config.left import Unreadable, read_left

    try:
        return read_left(file)
    except (Unreadable, OSError) as error:
        tell(f"takar: {error}", err=True)
        return None


def _shut(known: "list[Left]") -> dict[int, str]:
    """What is wrong, by pump. What the gateway drove comes first, then what is not the same in
    the configuration. One that cannot be reached at all spares no other; it is raised last."""
    from hardware.ports import HardwareError
    from hardware.shut import shut

    wrong: dict[int, str] = {}
    unreached: list[HardwareError] = []
    done: list[Left] = []
    for one in known:
        same = [d for d in done if (d.kind, d.forecourt_socket) == (one.kind, one.forecourt_socket)]
        tried = {pump for other in same for pump in other.contacts}
        pumps = [pump for pump in one.contacts if pump not in tried]
        try:
            for number, why in shut(one.kind, pumps, Path(one.forecourt_socket)).items():
                wrong.setdefault(number, why)
        except HardwareError as error:
            unreached.append(error)
        done.append(one)
    if unreached:
        for number, why in wrong.items():
            tell(f"takar shut: pump {number}: {why}", err=True)
        raise unreached[0]
    return wrong


def _pumps(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers))
    if not numbers:
        return "no pump here has a valve of ours"
    return f"pump {listed} is shut" if len(numbers) == 1 else f"pumps {listed} are shut"
