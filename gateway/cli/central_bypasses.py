"""`takar central bypasses`: fuel by bypass keys, and the vouchers for it."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from gateway.cli.options import central_config, month
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.core.bypasses import Paper, Turn
from gateway.words import litres
from mqtt.central.bypass_report import GatewayBypasses, bypasses
from mqtt.central.database import READS_ONLY, open_database


@click.command("bypasses")
@central_config
@click.option("--month", metavar="YYYY-MM", callback=month, help="Turned in this one, in UTC.")
@click.option("--gateway", help="Only this gateway's.")
@click.option("--json", "as_json", is_flag=True, help="Everything, in ml.")
def command(config: Path, *, month: str | None, gateway: str | None, as_json: bool) -> None:
    """List what flowed by bypass keys, and the paper vouchers that fit it by pump and time.

    CHECK: litres by a key on no voucher, and vouchers for which nothing flowed. A voucher's litres
    and the flow by a key are the same fuel: counted once. Central may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        found = bypasses(connection, month=month or "", gateway=gateway)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode([one._asdict() for one in found]))
        return
    for one in found:
        for line in _lines(one):
            tell(line)
    tell(_sums(found) if found else "no bypass key was turned, and no voucher entered")


def _lines(one: GatewayBypasses) -> Iterator[str]:
    for turn in one.turns:
        until = f"to {turn.until}" if turn.until is not None else "and still"
        unseen = f", unseen at most {litres(turn.unseen_ml, 3)}" if turn.unseen_ml else ""
        yield (
            f"{one.gateway} pump {turn.pump}  {turn.since} {until}: {litres(turn.volume_ml, 3)} by "
            f"the key{unseen}; {len(turn.papers)} vouchers, {litres(turn.vouchered_ml, 3)}"
            f"{_check(turn)}"
        )
        for paper in turn.papers:
            yield f"  {_paper(paper)}"
    for pump, paper in one.loose:
        yield f"{one.gateway} pump {pump}  CHECK no flow by the key for {_paper(paper)}"


def _check(turn: Turn) -> str:
    if turn.unpapered_ml:
        return f"; CHECK {litres(turn.unpapered_ml, 3)} on no voucher"
    if turn.unflowed_ml:
        return f"; CHECK {litres(turn.unflowed_ml, 3)} more on vouchers than flowed"
    return ""


def _paper(paper: Paper) -> str:
    return (
        f"voucher {paper.serial}, {paper.subject}, {litres(paper.volume_ml, 3)}, given {paper.sold}"
    )


def _sums(found: list[GatewayBypasses]) -> str:
    turns = [turn for one in found for turn in one.turns]
    loose_ml = sum(loose.paper.volume_ml for one in found for loose in one.loose)
    return (
        f"{len(turns)} times, {litres(sum(turn.volume_ml for turn in turns), 3)} by keys; vouchers "
        f"for it {litres(sum(turn.vouchered_ml for turn in turns), 3)}; on no voucher "
        f"{litres(sum(turn.unpapered_ml for turn in turns), 3)}; vouchers without flow "
        f"{litres(loose_ml + sum(turn.unflowed_ml for turn in turns), 3)}"
    )
