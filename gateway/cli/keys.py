"""`takar keys`: change and revoke keys."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from gateway.cli.central_decisions import reason_option
from gateway.cli.options import central_config, gateway_config
from gateway.cli.restore import user
from gateway.cli.revoke import command as revoke
from gateway.config.load import load_central, load_gateway
from gateway.config.types import CentralConfig
from gateway.setup.ownership import give_to_owner
from mqtt.central.database import READS_ONLY, open_database
from mqtt.central.key_changes import Root, revoke_central, rotate_central
from mqtt.central.key_export import export_keys
from mqtt.central.periods import utc_text
from mqtt.certificates import check, public_key, read_statement, statement_name, write_statement
from mqtt.seals import CENTRAL

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="root.pem, from its medium; what is signed is kept beside it.",
)


@click.group()
def command() -> None:
    """Change and revoke keys. mqtt/CONTRACT.md says which key is good for what."""


command.add_command(revoke, "revoke-gateway")


@command.command("rotate-central")
@central_config
@root_option
def rotate_central_key(config: Path, root: Path) -> None:
    """Give central a new key, certified by the root. A running central takes it up by itself."""
    settings, engine = _central(config)
    made = rotate_central(
        engine,
        Path(settings.keys.private_file),
        Root(root, public_key(settings.keys.root_key)),
        datetime.now(UTC),
        by=user(),
    )
    engine.dispose()
    click.echo(f"central seals with key {made.key_id} from now on (statement {made.serial})")


@command.command("revoke-central")
@central_config
@root_option
@reason_option
@click.argument("key_id")
def revoke_central_key(config: Path, root: Path, key_id: str, reason: str) -> None:
    """Cut off central's key KEY_ID.

    Somebody else may have it. Change keys first if it is the one in force. Gateways hear of it
    over the broker; a file for those that cannot be reached is left beside root.pem (see `takar
    keys accept`).
    """
    settings, engine = _central(config)
    made = revoke_central(
        engine,
        key_id,
        Root(root, public_key(settings.keys.root_key)),
        datetime.now(UTC),
        by=user(),
        reason=reason,
    )
    engine.dispose()
    click.echo(f"key {key_id} is revoked: {root.parent / statement_name(made)}")


@command.command("accept")
@gateway_config
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def accept(config: Path, files: tuple[Path, ...]) -> None:
    """Bring what the root says to a gateway by hand.

    It is believed from the gateway's next start on.
    """
    keys = load_gateway(config).keys
    for file in files:
        statement = read_statement(file)
        check(statement, public_key(keys.root_key), CENTRAL)
        target = Path(keys.statements_dir) / statement_name(statement)
        write_statement(target, statement)
        click.echo(f"{target}: {statement.type} of key {statement.key_id}")


@command.command("rotate-gateway")
@gateway_config
def rotate_gateway_key(config: Path) -> None:
    """Give a stopped gateway a new key. Central certifies it when it applies the ledger."""
    from gateway.store.rotation import rotate_key

    settings = load_gateway(config)
    state = Path(settings.gateway.state_dir)
    made = rotate_key(
        Path(settings.keys.private_file),
        state / "ledger.sqlite3",
        settings.gateway.name,
        by=user(),
        time=utc_text(datetime.now(UTC)),
    )
    give_to_owner(state)
    click.echo(f"{settings.gateway.name} seals with key {made} from now on")


@command.command("export")
@central_config
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(config: Path, folder: Path) -> None:
    """Write every public key into FOLDER, for an auditor.

    Every key and certificate that central knows. OWNER.pem is the newest key of each;
    OWNER.keys.json says which key sealed what.
    """
    settings, engine = _central(config)
    folder.mkdir(parents=True, exist_ok=True)
    root = public_key(settings.keys.root_key)
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        written = export_keys(connection, root, folder)
    engine.dispose()
    click.echo(f"{folder}: keys of {', '.join(written)}")


def _central(config: Path) -> tuple[CentralConfig, Engine]:
    settings = load_central(config)
    return settings, open_database(Path(settings.central.database))
