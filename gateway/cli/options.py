"""Options that several commands share."""

from pathlib import Path

import click

central_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("central.toml"),
    show_default=True,
    help="Central's configuration.",
)
