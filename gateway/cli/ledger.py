"""`takar ledger`: check a gateway's ledger, write it out or find an entry, changing nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.cli.found import code_argument, tell_found
from gateway.cli.options import gateway_config
from gateway.cli.telling import tell
from gateway.config.load import load_gateway
from gateway.core.finding import FindingCode
from gateway.core.open_session import OpenSession
from gateway.setup.station.places import GATEWAY, Installed
from gateway.store.anchor import anchor_path
from gateway.store.check import LedgerCheck, hold_with_anchor
from gateway.store.errors import LedgerDamaged
from gateway.store.export import export_ledger, seals_at_end
from gateway.store.problem import Problem
from gateway.store.reader import LedgerReader
from gateway.words import litres
from mqtt.export import new_export
from mqtt.keys import KeyRefused, load_private, load_public
from mqtt.ring import gateway_ring
from mqtt.seal import Seal, SealType
from mqtt.seals import verify as verify_seal

FILE = "ledger.sqlite3"
MOST_PROBLEMS = 20
PROBLEM = 1


def _ledger_file(_ctx: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    """The ledger that PATH is, or that is in it."""
    file = path / FILE if path.is_dir() else path
    if not (file.exists() or anchor_path(file).exists()):  # with an anchor alone it was lost
        raise click.BadParameter(f"there is no {FILE} in {path}; expected a gateway's state folder")
    return file


path_argument = click.argument(
    "path", type=click.Path(exists=True, path_type=Path), callback=_ledger_file
)


@click.group()
def command() -> None:
    """Verify or export a gateway's ledger, or find an entry.

    PATH is the file ledger.sqlite3 or the folder that holds it. It is opened only to read, so
    it may be a running gateway's, a copy, or on a medium that cannot be written.
    """


@command.command()
@path_argument
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the gateway's key, NAME.pem, public or private. Otherwise the folder "
    "keys beside PATH's folder is searched, as `takar init` makes it, and for the ledger of an "
    "installed station it is the configuration's; that one only root can read.",
)
@click.pass_context
def verify(ctx: click.Context, path: Path, keys: Path | None) -> None:
    """Check a ledger from its first entry to its last.

    Sequence, hash chain, seals, checkpoint and anchor. Prints what is wrong, first bad entry
    first, with what was expected and what was found, and a last line with counts. Exit status 0
    if nothing is wrong, 1 otherwise.

    A copy needs its anchor (ledger.anchor) beside it, and its -wal file if there is one.
    """
    with LedgerReader(path) as reader:
        anchored = hold_with_anchor(reader, anchor_path(path))
        gateway = reader.meta().gateway
        pruned, incarnation = reader.pruned().sequence, reader.meta().incarnation
        keyring = gateway_ring(gateway, _key_of(gateway, path, keys), reader.rotations())

        def verify_own(seal: Seal, kind: SealType) -> None:
            verify_seal(seal, keyring, type=kind, gateway=gateway, incarnation=incarnation)

        check = LedgerCheck(reader, anchored, verify_own, all_signatures=True)
        problems = [str(problem) for problem in islice(_problems(check), MOST_PROBLEMS)]
    for problem in problems:
        tell(problem)
    counts = f"{path}: {check.entries} entries, "
    counts += f"a sealed checkpoint for the {pruned} before them, " if pruned else ""
    counts += f"{check.seals} seals through entry "
    counts += f"{check.sealed_through}, anchor at entry {anchored.sequence}"
    if not problems:
        tell(f"{counts}: nothing wrong")
        return
    least = "at least " if len(problems) == MOST_PROBLEMS else ""
    tell(f"{counts}: {least}{len(problems)} wrong")
    ctx.exit(PROBLEM)


@command.command()
@path_argument
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to make; an existing one is left as it is.  [default: standard output]",
)
@click.option(
    "--seal-with",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The gateway's private key, to seal in the file what its card had not sealed yet: for "
    "`takar central import` of a card whose gateway runs no more.",
)
def export(path: Path, output: Path | None, seal_with: Path | None) -> None:
    """Write a ledger as JSON lines, for `takar audit` or any JSON tool.

    A header, then each entry with the seals at it behind it, then the counts; a name that ends
    in .gz is compressed. mqtt/CONTRACT.md describes each line. The ledger is written out as it
    is: check it with `takar ledger verify`, or the file with `takar audit`. A fill that is still
    open is no entry: it is named beside the counts.
    """
    with LedgerReader(path) as reader, _target(output) as file:
        reader.hold()
        at_end = seals_at_end(reader, load_private(seal_with)) if seal_with else []
        end = export_ledger(reader, file, at_end=at_end)
        fills = reader.open_sessions()
    tell(f"{end.entries} entries, {end.seals} seals", err=True)
    for fill in fills:
        if isinstance(fill, OpenSession):
            of = ", ".join(f"{litres(one.volume_ml, 3)} of {one.grant_no}" for one in fill.reserved)
            tell(
                f"pump {fill.pump}: a fill of {fill.subject} is open and not in it. If it is never "
                f"recorded, count what it had reserved as taken, by grant: {of}",
                err=True,
            )


@command.command()
@gateway_config
@code_argument
@click.option("--json", "as_json", is_flag=True, help="The entry alone, as JSON.")
@click.pass_context
def find(ctx: click.Context, config: Path, code: FindingCode, *, as_json: bool) -> None:
    """Print the entry that CODE, from a receipt or a shift's sheet, is of.

    In the ledger of a gateway's configuration; the office looks in all of them with `takar
    central find`. Exit status 1 where there is none, or where it is another's.
    """
    file = Path(load_gateway(config).gateway.state_dir) / FILE
    with LedgerReader(file) as reader:
        gateway, pruned = reader.meta().gateway, reader.pruned().sequence
        entry = reader.entry_at(code.sequence) if code.gateway == gateway else None
    where = str(file) if code.sequence > pruned else f"{file}, pruned through entry {pruned},"
    if not tell_found(code, [entry] if entry is not None else [], where, as_json=as_json):
        ctx.exit(PROBLEM)


def _problems(check: LedgerCheck) -> Iterator[Problem | str]:
    """Also a database that cannot be read to its end is a finding."""
    try:
        yield from check.problems()
    except LedgerDamaged as error:
        yield error.detail


def _key_of(gateway: str, ledger: Path, keys: Path | None) -> Ed25519PublicKey:
    beside = ledger.absolute().parent.parent / "keys"
    folders = [keys] if keys else [beside / "public", beside / gateway]
    files = [folder / f"{gateway}.pem" for folder in folders]
    for file in files:
        if file.is_file():
            return _load(file)
    if keys is None and (private := _installed(gateway, ledger)) is not None:
        return load_private(private).public_key()
    raise KeyRefused(
        f"no key of {gateway} to verify its seals with: expected {' or '.join(map(str, files))}. "
        "Name the folder that holds it with --keys"
    )


def _installed(gateway: str, ledger: Path) -> Path | None:
    """The private key of the installed station whose ledger it is; None: it is none's."""
    above = ledger.absolute().parents
    places = Installed(above[min(4, len(above) - 1)])
    is_its = places.state(GATEWAY) / FILE == ledger.absolute()
    if not is_its or not places.gateway_toml.exists():
        return None
    config = load_gateway(places.gateway_toml)
    return Path(config.keys.private_file) if config.gateway.name == gateway else None


def _load(file: Path) -> Ed25519PublicKey:
    try:
        return load_public(file)
    except KeyRefused:
        return load_private(file).public_key()


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        return
    with new_export(output) as file:
        yield file
