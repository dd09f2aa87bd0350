"""Options and requests that the commands of `takar forecourt` share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hardware.simulated.control import ForecourtControl

Command = TypeVar("Command", bound=Callable[..., Any])

socket_option = click.option(
    "--socket",
    "socket_path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="TAKAR_FORECOURT",
    default="forecourt.sock",
    show_default=True,
    show_envvar=True,
    help="The forecourt's socket.",
)
pump_option = click.option(
    "--pump", type=click.IntRange(1, 4), default=1, show_default=True, help="Which pump."
)


def at_pump(function: Command) -> Command:
    return socket_option(pump_option(function))


def control(socket_path: Path) -> "ForecourtControl":
    from hardware.simulated.control import ForecourtControl

    return ForecourtControl(socket_path)


def do(socket_path: Path, op: str, **fields: Any) -> None:
    with control(socket_path) as forecourt:
        forecourt.ask(op, **fields)
