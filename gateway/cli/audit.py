"""`takar audit`: check exports of ledgers, with nothing but files and public keys."""

import errno
import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gateway.audit.page import make_page
from gateway.audit.problems import BOOK
from gateway.audit.run import audit, files_in
from gateway.audit.text import as_text
from gateway.audit.trust import Trust
from gateway.cli.telling import tell
from gateway.words import catalogue, whole

PROBLEM = 1
QUICK = 100


def _zone(_ctx: click.Context, _parameter: click.Parameter, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(
            f"no time zone {name!r}; expected one like Asia/Makassar"
        ) from error


@click.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--keys",
    "folders",
    required=True,
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with public keys: what `takar keys export` wrote; or GATEWAY.pem of each "
    "gateway, and central.pem or the root's root.pem with what it signed. May be given more than "
    "once.",
)
@click.option(
    "--pdf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page as PDF too; an existing file is left as it is.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Verify the signature of one seal in a hundred and of the last that each key made: "
    "through the chain those cover the entries of the others.",
)
@click.option("--lang", type=click.Choice(["en", "id"]), default="en", show_default=True)
@click.option(
    "--zone", default="Asia/Makassar", show_default=True, callback=_zone, help="Of the times."
)
@click.pass_context
def command(
    ctx: click.Context,
    exports: tuple[Path, ...],
    folders: tuple[Path, ...],
    *,
    pdf: Path | None,
    quick: bool,
    lang: str,
    zone: ZoneInfo,
) -> None:
    """Check exports of ledgers and print a page that an auditor can sign.

    EXPORTS are files made by `takar ledger export` or `takar central export`, or folders of
    them; a gateway's copy and central's are compared. Checked are sequence, chain and seals,
    that every sale adds up, that meters and sales agree, and that no grant was exceeded or
    charged after its close. Needs no database and no network.

    Exit status: 0 nothing wrong, 1 problems, 2 unusable input.
    """
    if pdf is not None and pdf.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(pdf))
    result = audit(
        files_in(exports),
        Trust.from_dirs(folders),
        one_in=QUICK if quick else 1,
    )
    for problem in result.findings.kept:
        tell(problem.said(lang))
    more = result.findings.total - len(result.findings.kept)
    if more:
        tell(catalogue(lang, BOOK)["more"].format(count=whole(more, lang)))
    page = make_page(result, lang, zone)
    tell(*as_text(page).split("\n"))
    if pdf is not None:
        from gateway.audit.pdf import write_pdf

        write_pdf(page, pdf)
    ctx.exit(0 if result.clean else PROBLEM)
