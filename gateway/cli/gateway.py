"""`takar gateway`: the pumps of one station."""

from pathlib import Path

import click

from gateway.cli.options import gateway_config


@click.command("gateway")
@gateway_config
@click.option("--verbose", is_flag=True, help="Log details as well.")
def command(config: Path, *, verbose: bool) -> None:
    """Run the gateway until it is told to stop (SIGTERM or Ctrl-C).

    Prints one line when the pumps are served, and tells the service manager, if there is one. A
    stop shuts every valve, settles and records fills that are open, and ends. After any other end
    nothing resumes by itself: a fill that was open is closed from what is on disk, marked
    estimated.
    """
    import faulthandler
    import logging
    import os
    import sys

    from gateway.cli.telling import log_events
    from gateway.config.left import leave, left_by, left_file
    from gateway.config.load import load_gateway
    from gateway.runtime.control import ControlServer, control_path
    from gateway.runtime.gateway import Gateway
    from gateway.runtime.supervised import supervise

    log_events(level=logging.DEBUG if verbose else logging.INFO)
    settings = load_gateway(config)
    # A watchdog that ends a gateway which hangs leaves in the log where it hung.
    faulthandler.enable(sys.__stderr__ or sys.stderr, all_threads=False)
    path = control_path(settings.gateway.status_socket)
    # Before anything is opened: whoever comes after this process can then shut what it made.
    leave(left_file(config, settings, os.environ), left_by(settings))
    with Gateway(settings) as gateway, ControlServer(path, gateway.ask):
        supervised = supervise(gateway)

        def ready() -> None:
            supervised.ready()
            click.echo(f"gateway ready: {gateway.summary}")

        gateway.run(ready)
