"""`./takar package`: the Debian packages of this checkout."""

import hashlib
import json
from pathlib import Path

import click

from package.deb import BuildFailed, build_deb
from package.source import DOCUMENTS, SourceRefused, find_source
from package.wheels import MACHINES, WheelsRefused, wheels_for
from scripts.sbom import bill

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".package/wheels"


@click.command()
@click.option(
    "--arch",
    type=click.Choice([*MACHINES, "all"]),
    default="all",
    show_default=True,
    help="A Raspberry Pi with a 64-bit system is arm64.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".package"),
    show_default=True,
    help="The folder for the packages; made if need be.",
)
@click.option("--wheels-only", is_flag=True, help="Only fetch the wheels, to build offline later.")
def command(arch: str, output: Path, *, wheels_only: bool) -> None:
    """Make takar_VERSION_ARCH.deb: all that a machine needs to install Takar offline.

    The same commit gives the same bytes; each package's SHA-256 is printed. Wheels come from
    the package index once and are kept in .package/wheels.
    """
    try:
        for wanted in MACHINES if arch == "all" else [arch]:
            wheels = wheels_for(wanted, ROOT / "requirements/run.lock", CACHE)
            if wheels_only:
                continue
            output.mkdir(parents=True, exist_ok=True)
            deb = build_deb(find_source(ROOT), wanted, wheels, documents(), output)
            digest = hashlib.sha256(deb.read_bytes()).hexdigest()
            click.echo(f"{digest}  {deb}  ({deb.stat().st_size / 1e6:.0f} MB)")
    except (SourceRefused, WheelsRefused, BuildFailed, OSError) as error:
        raise click.ClickException(str(error)) from error


def documents() -> dict[str, bytes]:
    """What a person reads, and what the package is made of, by name in /usr/share/doc/takar."""
    found = {file.name: file.read_bytes() for name in DOCUMENTS for file in ROOT.glob(name)}
    return found | {"sbom.cdx.json": json.dumps(bill(ROOT), indent=1).encode()}


command(prog_name="./takar package")
