"""`takar report`: use and efficiency by department."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from gateway.cli.options import central_config
from gateway.cli.telling import tell
from gateway.config.load import load_central
from gateway.words import litres, rupiah
from mqtt.central.database import open_database
from mqtt.central.report import DepartmentUse, Report, decisions, make_report, odd_entries

MOST_OVERRUNS = 10
HEADINGS = (
    "Department",
    "Budget of the year",
    "Fills",
    "Litres",
    "Spent",
    "Efficiency",
    "Granted",
    "Override",
    "Emergency",
)


@click.command()
@central_config
@click.option("--year", type=click.IntRange(2000, 9999), help="[default: of the newest grants]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, in ml and rupiah.")
@click.option("--odd", is_flag=True, help="List the odd entries instead, of all years.")
@click.option(
    "--decisions", "decided", is_flag=True, help="List what people decided instead, oldest first."
)
def command(config: Path, *, year: int | None, as_json: bool, odd: bool, decided: bool) -> None:
    """Print budget, use in litres and rupiah, and efficiency of each department.

    Efficiency is 1 − spent ÷ budget to date: the part of the budget that was not used, where
    the budget to date is a twelfth of the year's for each month with grants. Granted is what
    gateways may still sell. Override and emergency are the litres of the fills that were drawn
    on stations' and departments' grants of that kind. Central may be running meanwhile.
    """
    engine = open_database(Path(load_central(config).central.database))
    if odd:
        found = odd_entries(engine)
        engine.dispose()
        if as_json:
            click.echo(msgspec.json.encode(found))
            return
        for one in found:
            tell(f"{one.time}  {one.gateway} {one.incarnation}/{one.sequence}  {one.what}")
        tell(_odd(len(found)) if found else "none is odd")
        return
    if decided:
        on_record = decisions(engine)
        engine.dispose()
        if as_json:
            click.echo(msgspec.json.encode([one._asdict() for one in on_record]))
            return
        for made in on_record:
            tell(f"{made.time}  {made.who}: {made.what}  ({made.why})")
        tell(f"{len(on_record)} decisions" if on_record else "nobody decided anything")
        return
    report = make_report(engine, year)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(_with_efficiency(report)))
    else:
        tell(*report_lines(report))


def _with_efficiency(report: Report) -> dict[str, Any]:
    def plain(use: DepartmentUse) -> dict[str, Any]:
        percent = None if use.efficiency is None else round(100 * use.efficiency, 2)
        return msgspec.structs.asdict(use) | {"efficiency_percent": percent}

    return msgspec.structs.asdict(report) | {
        "total": plain(report.total),
        "departments": [plain(use) for use in report.departments],
    }


def report_lines(report: Report) -> Iterator[str]:
    """The report as text."""
    months = f"{report.months[0]} to {report.months[-1]}" if report.months else "no month"
    yield f"{report.city}, {report.year}: grants for {months}"
    yield (
        "Efficiency = 1 - spent / budget to date "
        f"({len(report.months)}/12 of the year's); granted = not yet sold"
    )
    yield ""
    rows = [_row(use) for use in report.departments]
    yield from _table([HEADINGS, *rows, _row(report.total)])
    yield ""
    yield "Refusals"
    for code, times in report.refusals.items():
        yield f"  {times:>6}  {code}"
    if not report.refusals:
        yield "  none"
    yield ""
    yield "Gateways"
    for one in report.gateways:
        forked = f", FORKED: {one.fork}" if one.fork else ""
        messages = "message" if one.rejected == 1 else "messages"
        forked += f", REVOKED: {one.revoked}" if one.revoked else ""
        yield (
            f"  {one.gateway}: {one.state}, last seen {one.last_seen or 'never'}, ledger applied "
            f"through {one.applied_through}, {one.rejected} {messages} rejected{forked}"
        )
    if report.override_count:
        yield f"{report.override_count} exceptions by supervisors, the newest first:"
    for one_granted in report.overrides:
        why = " ".join(filter(None, [one_granted.reason or "no reason given", one_granted.text]))
        named = ", without its card" if one_granted.chosen else ""
        yield (
            f"  {one_granted.time} {one_granted.gateway}: {one_granted.supervisor} for "
            f"{one_granted.subject}{named}, up to {litres(one_granted.ceiling_ml, 3)}: {why}"
        )
    for drift in report.drifts:
        counted = "co-processor" if drift.against == "counter" else "dispenser"
        yield (
            f"ALARM {drift.time} {drift.gateway} pump {drift.pump}: since {drift.since} the "
            f"{counted}'s totaliser counted {litres(drift.counted_ml, 3)}, recorded are "
            f"{litres(drift.recorded_ml, 3)}; tolerated {litres(drift.tolerance_ml, 3)}"
        )
    for flow in report.passed:
        yield (
            f"ALARM {flow.time} {flow.gateway} pump {flow.pump}: {litres(flow.volume_ml, 3)} "
            "flowed while the valve was shut; nobody's sale"
        )
    for change in report.recalibrations:
        fell = f"; CHECK: {change.highest} were known already" if change.fell else ""
        yield (
            f"{change.time} {change.gateway} pump {change.pump}: {change.before} to {change.after} "
            f"pulses a litre, the meter was {change.error_before_ppm:+d} ppm off; accepted by card "
            f"{change.by}, change {change.count}{fell}"
        )
    if report.awaited:
        yield (
            f"Restored (epoch {report.epoch}): nothing is minted until these have reported: "
            f"{', '.join(report.awaited)}"
        )
    for name, incarnations in report.blind.items():
        yield (
            f"CHECK {name}: restored {len(incarnations)} times without knowing what it follows "
            f"({', '.join(incarnations)}). Is each former card out of use? If one still sells, "
            "its sales are refused: bring them with takar central import"
        )
    for held in report.withheld:
        yield (
            f"Nothing more is minted for {', '.join(held.periods)}: too little is known of "
            f"{held.gateway}, incarnation {held.incarnation}; once its card is found and imported: "
            "takar central lift"
        )
    for over in report.overruns[:MOST_OVERRUNS]:
        too_much = "CHECK " if over.held_ml > over.quota_ml else ""
        yield (
            f"{too_much}{over.subject}: {litres(over.held_ml, 3)} that flowed beyond its grants "
            f"are held against a quota of {litres(over.quota_ml, 3)} a month"
            + ("; if they did not flow: takar central forgive" if too_much else "")
        )
    if len(report.overruns) > MOST_OVERRUNS:
        yield f"and {len(report.overruns) - MOST_OVERRUNS} vehicles more, with less each"
    for period, why in report.mint_failures.items():
        yield f"ALARM nothing is minted for {period}, as minting fails: {why}"
    if report.anomalies:
        yield f"{_odd(report.anomalies)}: see `takar report --odd`"
    if report.quarantined:
        entries = "entry" if report.quarantined == 1 else "entries"
        yield f"{report.quarantined} {entries} cannot be used: see `takar central quarantine list`"


def _row(use: DepartmentUse) -> tuple[str, ...]:
    percent = "-" if use.efficiency is None else f"{100 * use.efficiency:.1f} %".replace(".", ",")
    return (
        use.title,
        rupiah(use.budget_idr),
        str(use.fills),
        litres(use.volume_ml, 3),
        rupiah(use.spent_idr),
        percent,
        litres(use.outstanding_ml, 3),
        litres(use.override_ml, 3),
        litres(use.emergency_ml, 3),
    )


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns aligned: the first to the left, quantities to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([f"{first:<{widths[0]}}", *cells])


def _odd(count: int) -> str:
    return "1 entry is odd" if count == 1 else f"{count} entries are odd"
