"""`takar metrics`: what Prometheus would be told now."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.toml"),
    show_default=True,
    help="The gateway's configuration.",
)
@click.argument("names", nargs=-1)
@click.pass_context
def command(ctx: click.Context, file: Path, names: tuple[str, ...]) -> None:
    """Print the gateway's figures as Prometheus reads them; NAMES: of these metrics only.

    `takar console` serves the same on 127.0.0.1 where gateway.toml has a section [metrics]. Needs
    neither: it asks the gateway itself. Exit status 1 where that is silent.
    """
    from gateway.cli.telling import tell
    from gateway.config.load import load_gateway
    from gateway.metrics.serving import ask, text

    config = load_gateway(file)
    state = ask(Path(config.gateway.status_socket))
    lines = text(config.gateway.name, state).splitlines()
    tell(*(line for line in lines if not names or _name(line) in names))
    ctx.exit(0 if state is not None else 1)


def _name(line: str) -> str:
    """The metric that a sample is of; comments are of none."""
    sample = line.partition("{")[0]
    return sample.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
