"""Options that several commands share."""

from datetime import UTC, datetime
from pathlib import Path

import click


def month(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """Callback of an option that names a month, YYYY-MM."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).strftime("%Y-%m")
    except ValueError:
        raise click.BadParameter(f"{text!r}, expected a month such as 2026-07") from None


central_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("central.toml"),
    show_default=True,
    help="Central's configuration.",
)
gateway_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.toml"),
    show_default=True,
    help="The gateway's configuration.",
)
pump_option = click.option("--pump", type=click.IntRange(1, 4), required=True)
"""A nozzle's number at its gateway."""
