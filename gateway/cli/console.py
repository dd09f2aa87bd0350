"""`takar console`: the drivers' displays and the attendant's page, and codes to sign in by."""

from pathlib import Path

import click

from gateway.cli.options import gateway_config
from gateway.config.types import ConsoleCode


@click.group(invoke_without_command=True)
@gateway_config
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Serve displays (/layar) and the attendant's page (/) of a gateway beside it.

    The gateway need not run: the pages say so, and go on by themselves when it is back. Ends
    at Ctrl-C or SIGTERM.
    """
    if ctx.invoked_subcommand is not None:
        return
    from gateway.cli.telling import log_events
    from gateway.config.load import load_gateway
    from gateway.console.serving import serve
    from gateway.runtime.notifying import ServiceManager

    log_events()
    manager = ServiceManager()

    def ready(url: str) -> None:
        manager.ready(f"serving {url}")
        click.echo(f"console ready: {url}")

    serve(load_gateway(config), ready)


@command.command()
@click.argument("name")
def code(name: str) -> None:
    """Make a code by which NAME may sign in, and print it once.

    Put the printed section into gateway.toml and start the console again. A new code for the
    same name takes the place of the old section.
    """
    import msgspec

    from gateway.console.access.codes import hashed, new_code

    drawn = new_code()
    try:
        entry = msgspec.convert({"name": name, "scrypt": hashed(drawn)}, ConsoleCode)
    except msgspec.ValidationError as error:
        raise click.BadParameter(f"{name!r}: {error}", param_hint="NAME") from None
    click.echo(f"Code of {entry.name}, shown only now: {drawn}", err=True)
    quoted = msgspec.json.encode(entry.name).decode()
    click.echo(f'\n[[console_codes]]\nname = {quoted}\nscrypt = "{entry.scrypt}"')
