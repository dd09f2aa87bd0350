"""`takar central`: run central, and write out its copies of the ledgers."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gateway.cli.central_broker_files import command as broker_files
from gateway.cli.central_bypasses import command as bypasses
from gateway.cli.central_decisions import forgive, lift, release
from gateway.cli.central_find import find
from gateway.cli.central_import import import_command
from gateway.cli.central_invite import command as invite
from gateway.cli.central_invoice import invoice
from gateway.cli.central_quarantine import quarantine
from gateway.cli.central_shifts import shifts
from gateway.cli.options import central_config, month
from gateway.cli.revoke import command as revoke
from gateway.cli.telling import log_events, tell
from gateway.config.load import load_central
from gateway.config.types import CentralConfig
from gateway.runtime.notifying import ServiceManager
from mqtt.central.central_keys import OwnKey
from mqtt.central.database import READS_ONLY, open_database, read_identity
from mqtt.central.exporting import export_copy, held
from mqtt.central.in_use import held_alone
from mqtt.central.service import Central, wall_clock
from mqtt.certificates import public_key
from mqtt.export import new_export

COLLECT_EVERY = 100_000
"""New objects from one look for cycles to the next: a message of 400 entries makes thousands, and
none in a cycle."""


@click.group(invoke_without_command=True)
@central_config
@click.option(
    "--period",
    metavar="YYYY-MM",
    callback=month,
    help="Mint this month's grants whatever the calendar says; for demos and tests.",
)
@click.pass_context
def command(ctx: click.Context, config: Path, period: str | None) -> None:
    """Run central: take in every sale exactly once, send out cards, prices and grants.

    Each month's grants are minted when it begins and sent out five days before. Stops cleanly
    at Ctrl-C or SIGTERM; killed, it loses nothing that it has acknowledged.
    """
    if ctx.invoked_subcommand is not None:
        _pass_on(ctx)
        return
    log_events("central: %(message)s")
    settings = load_central(config)
    engine = open_database(Path(settings.central.database))
    own = read_identity(engine)
    configured = (settings.central.city, settings.central.city_timezone)
    if (own.city, own.zone.key) != configured:
        raise click.UsageError(
            f"{config} is for {' in '.join(configured)}, but {settings.central.database} is for "
            f"{own.city} in {own.zone.key}; point `database` at the right file"
        )
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    own_key = OwnKey(Path(settings.keys.private_file), public_key(settings.keys.root_key))
    with engine.connect() as connection:
        private = own_key.load(connection)
    manager = ServiceManager()

    def connected() -> None:
        manager.status(f"{own.city}: connected to {where}")
        tell(f"central of {own.city}: ready, connected to {where}")

    central = Central(
        engine,
        private,
        settings.mqtt,
        own_key=own_key,
        acknowledge_every_ms=settings.central.acknowledge_every_ms,
        only_period=period,
        on_ready=connected,
    )

    def stop(_signal: int, _frame: Any) -> None:
        central.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    gc.freeze()  # what is there now stays
    gc.set_threshold(COLLECT_EVERY)
    with held_alone(Path(settings.central.database)), open_door(settings, own_key):
        # Before a broker is there: it may come last, or stay away for days.
        manager.ready(f"{own.city}: waiting for {where}")
        central.run()


@contextmanager
def open_door(settings: CentralConfig, own_key: OwnKey) -> Iterator[None]:
    """Where gateways ask for certificates, if this central gives any."""
    if settings.enrolment is None:
        yield
        return
    from gateway.setup.broker_files import keep_revoked, load_authority
    from mqtt.central.certifying import Certifying
    from mqtt.central.door import Door
    from mqtt.central.vouching_for import Broker

    ours = settings.enrolment
    engine = open_database(Path(settings.central.database))
    authority = load_authority(ours)
    keep_revoked(Path(ours.revoked_file), authority, engine)
    certifying = Certifying(
        engine,
        own_key,
        public_key(settings.keys.root_key),
        authority,
        Broker(ours.broker_host, ours.broker_port),
        wall_clock,
    )
    with Door(certifying, ours.address, ours.port) as door:
        tell(f"certificates: asked for at {ours.address}, port {door.port}")
        yield
    engine.dispose()


def _pass_on(ctx: click.Context) -> None:
    """A `--config` before a subcommand is meant for that: another central must not be hit."""
    if _given(ctx, "period"):
        raise click.UsageError(
            f"--period is for running central; leave it out with `{ctx.invoked_subcommand}`", ctx
        )
    if _given(ctx, "config"):
        ctx.default_map = _for_each(command, {"config": ctx.params["config"]})


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _for_each(group: click.Group, defaults: dict[str, Any]) -> dict[str, Any]:
    """A default map that has these for every command below a group."""
    return {
        name: _for_each(one, defaults) if isinstance(one, click.Group) else defaults
        for name, one in group.commands.items()
    }


@command.command()
@central_config
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--gateway", help="Only this gateway's ledger.  [default: every gateway's]")
def export(config: Path, folder: Path, gateway: str | None) -> None:
    """Write central's copies of the ledgers into FOLDER.

    For `takar audit`: one file for each incarnation of each ledger,
    GATEWAY-INCARNATION.jsonl.gz, with the seals that prove it and central's own seal of how far
    it goes. None is replaced. Central may be
    running meanwhile. mqtt/CONTRACT.md describes each line.
    """
    settings = load_central(config)
    own_key = OwnKey(Path(settings.keys.private_file), public_key(settings.keys.root_key))
    engine = open_database(Path(settings.central.database))
    folder.mkdir(parents=True, exist_ok=True)
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        private = own_key.load(connection)
        wanted = [one for one in held(connection) if gateway in (None, one.gateway)]
        for one in wanted:
            path = folder / f"{one.gateway}-{one.incarnation}.jsonl.gz"
            with new_export(path) as file:
                end = export_copy(connection, one, private, file)
            tell(f"{path}: {end.entries} entries, {end.seals} seals")
    engine.dispose()
    if not wanted:
        raise click.UsageError(f"no entries of {gateway or 'any gateway'} in this database")


command.add_command(import_command)
command.add_command(quarantine)
command.add_command(invite)
command.add_command(broker_files)
command.add_command(revoke)
command.add_command(release)
command.add_command(lift)
command.add_command(forgive)
command.add_command(shifts)
command.add_command(bypasses)
command.add_command(invoice)
command.add_command(find)
