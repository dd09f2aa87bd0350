"""Options that several commands share."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.core.fields import MOST_NAME_CHARACTERS, MOST_TEXT_CHARACTERS
from gateway.words.visible import visible

MOST_PLATE_CHARACTERS = 40
MOST_REASON_CHARACTERS = 1000
"""Of a decision at central, with its evidence."""
AnyCommand = TypeVar("AnyCommand", bound=Callable[..., Any])
Callback = Callable[[click.Context, click.Parameter, str | None], str | None]


def month(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """Callback of an option that names a month, YYYY-MM."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).strftime("%Y-%m")
    except ValueError:
        raise click.BadParameter(f"{text!r}, expected a month such as 2026-07") from None


def _one_line(what: str, most: int, *, least: int = 1) -> Callback:
    """Callback of an option for a text that goes on record; without spaces around it."""

    def check(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
        if text is None:
            return None
        line = text.strip()
        if least <= len(line) <= most and visible(line) == line:
            return line
        if not line:
            found = "nothing"
        elif visible(line) != line:
            found = f'"{visible(line[:most])}", which has a line break or another control character'
        else:
            found = f"{len(line)} characters"
        raise click.BadParameter(
            f"expected {what}: {least} to {most} characters on one line; found {found}. "
            "Give it again on one line"
        )

    return check


person_name = _one_line("a person's name", MOST_NAME_CHARACTERS)
free_text = _one_line("a few words", MOST_TEXT_CHARACTERS, least=0)
plate_text = _one_line("a plate or asset number", MOST_PLATE_CHARACTERS)
reason_text = _one_line("why", MOST_REASON_CHARACTERS)


INSTALLED = Path("/etc/takar")
"""Where `takar setup` writes configurations."""


def _configuration(name: str, whose: str) -> Callable[[AnyCommand], AnyCommand]:
    """The option `--config`; without it, what is installed, or else the file in this folder."""

    def find() -> Path:
        installed = INSTALLED / name
        # Where this account may not look, it is the one that is meant, and loading it says so.
        hidden = INSTALLED.exists() and not os.access(INSTALLED, os.X_OK)
        return installed if hidden or installed.exists() else Path(name)

    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        default=find,
        show_default=f"{INSTALLED / name}, or where that is missing {name} in this folder",
        help=f"{whose} configuration.",
    )


central_config = _configuration("central.toml", "Central's")
gateway_config = _configuration("gateway.toml", "The gateway's")
pump_option = click.option("--pump", type=click.IntRange(1, 4), required=True)
"""A nozzle's number at its gateway."""
