"""`takar gateway`: the pumps of one station."""

from pathlib import Path

import click


@click.command("gateway")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The gateway's TOML file; `takar init DIR` makes one.",
)
@click.option("--verbose", is_flag=True, help="Log details as well.")
def command(file: Path, *, verbose: bool) -> None:
    """Run the gateway until it is told to stop (SIGTERM or Ctrl-C).

    Prints one line when the pumps are served. A stop shuts every valve, settles and records
    fills that are open, and ends. After any other end nothing resumes by itself: a fill that
    was open is closed from what is on disk, marked estimated.
    """
    import logging

    from gateway.cli.telling import log_to_stderr
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ControlServer, control_path
    from gateway.runtime.gateway import Gateway

    level = logging.DEBUG if verbose else logging.INFO
    log_to_stderr("%(levelname)s %(name)s: %(message)s", level)
    config = load_gateway(file)
    path = control_path(config.gateway.status_socket)
    with Gateway(config) as gateway, ControlServer(path, gateway.ask):
        gateway.run(lambda: click.echo(f"gateway ready: {gateway.summary}"))
