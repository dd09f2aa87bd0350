"""`takar central quarantine`: entries that central has taken in but cannot use."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from gateway.cli.options import central_config
from gateway.cli.telling import tell
from gateway.config.load import load_central
from mqtt.central.database import READS_ONLY, open_database, read_identity
from mqtt.central.quarantine import Kept, NotThere, listed, retry

MOST_NUMBERS = 8
"""Of entries in one line."""


@click.group()
def quarantine() -> None:
    """List, inspect and retry entries that cannot be used.

    Central keeps them. They are proven by their gateway's seal and acknowledged, so they hold
    up nothing; until a retry succeeds, what they say counts nowhere. Central may be running
    meanwhile.
    """


@quarantine.command("list")
@central_config
@click.option("--all", "settled", is_flag=True, help="Also those that a retry has used.")
def list_entries(config: Path, *, settled: bool) -> None:
    """List the entries: which, since when they wait, and why.

    A line for all of a ledger that wait for the same reason: gateway, incarnation, sequences,
    since when (UTC) the first of them waits, or when they were settled, and why they are here.
    """
    with _database(config) as engine:
        found = _listed(engine, settled=settled)
    alike: dict[tuple[str, ...], list[Kept]] = {}
    for one in found:
        alike.setdefault((one.gateway, one.incarnation, one.settled or "", one.why), []).append(one)
    for ones in alike.values():
        tell(_line(ones))
    tell(f"{len(found)} entries" if found else "nothing in quarantine")


def _line(alike: list[Kept]) -> str:
    first = alike[0]
    numbers = ", ".join(str(one.sequence) for one in alike[:MOST_NUMBERS])
    if len(alike) > MOST_NUMBERS:
        numbers += f" and {len(alike) - MOST_NUMBERS} more"
    waits = f"waits since {min(one.since for one in alike)}"
    state = f"settled {first.settled}" if first.settled else waits
    return f"{first.gateway} {first.incarnation}/{numbers}  {state}  {first.why}"


@quarantine.command()
@central_config
@click.argument("gateway")
@click.argument("sequence", type=click.IntRange(min=1))
def show(config: Path, gateway: str, sequence: int) -> None:
    """Print an entry as it came, and why it cannot be used."""
    with _database(config) as engine:
        for one in _find(_listed(engine, settled=True), gateway, sequence):
            tell(f"# {one.incarnation}/{one.sequence}, since {one.since}: {one.why}")
            written = json.dumps(json.loads(one.body), indent=2, ensure_ascii=False)
            tell(*written.split("\n"))


@quarantine.command("retry")
@central_config
@click.argument("gateway", required=False)
@click.argument("sequence", type=click.IntRange(min=1), required=False)
@click.pass_context
def retry_entries(
    ctx: click.Context, config: Path, gateway: str | None, sequence: int | None
) -> None:
    """Try again to use entries, each exactly once.

    All of them, all of GATEWAY's, or the one at SEQUENCE.

    For after an upgrade of central. Exit status 1 if any still cannot be used.
    """
    with _database(config) as engine:
        zone = read_identity(engine).zone
        chosen = _listed(engine, settled=False)
        if gateway is not None:
            chosen = _find(chosen, gateway, sequence)
        waiting = 0
        for one in chosen:
            with engine.begin() as connection:
                why = retry(connection, one, zone, datetime.now(UTC))
            waiting += bool(why)
            tell(f"{one.gateway} {one.incarnation}/{one.sequence}: {why or 'used'}")
    tell(f"{len(chosen) - waiting} used, {waiting} wait on")
    ctx.exit(1 if waiting else 0)


@contextmanager
def _database(config: Path) -> Iterator[Engine]:
    engine = open_database(Path(load_central(config).central.database))
    try:
        yield engine
    finally:
        engine.dispose()


def _listed(engine: Engine, *, settled: bool) -> list[Kept]:
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        return listed(connection, settled=settled)


def _find(found: list[Kept], gateway: str, sequence: int | None) -> list[Kept]:
    chosen = [one for one in found if one.gateway == gateway and sequence in (None, one.sequence)]
    if not chosen:
        what = f"entry {sequence} of {gateway}" if sequence else f"entry of {gateway}"
        raise NotThere(f"no {what} in quarantine; `takar central quarantine list` shows what is")
    return chosen
