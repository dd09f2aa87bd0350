"""`takar metrics`: what Prometheus would be told now."""

from pathlib import Path

import click

from gateway.cli.options import gateway_config


@click.command("metrics")
@gateway_config
@click.argument("names", nargs=-1)
@click.pass_context
def command(ctx: click.Context, config: Path, names: tuple[str, ...]) -> None:
    """Print the gateway's figures as Prometheus reads them; NAMES: of these metrics only.

    `takar console` serves the same on 127.0.0.1 where gateway.toml has a section [metrics]. Needs
    neither: it asks the gateway itself. Exit status 1 where that is silent.
    """
    from gateway.cli.telling import tell
    from gateway.config.load import load_gateway
    from gateway.metrics.serving import ask, text

    settings = load_gateway(config)
    state = ask(Path(settings.gateway.status_socket))
    lines = text(settings.gateway.name, state).splitlines()
    tell(*(line for line in lines if not names or _name(line) in names))
    ctx.exit(0 if state is not None else 1)


def _name(line: str) -> str:
    """The metric that a sample is of; comments are of none."""
    sample = line.partition("{")[0]
    return sample.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
