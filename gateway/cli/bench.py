"""`takar bench`: ratios against named references, from the modules in benchmarks/."""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each benchmark.")
def command(name: str | None, *, as_json: bool) -> None:
    """Measure Takar against named references; with NAME, only that benchmark.

    Times depend on this machine. The ratio is reference / Takar: above 1, Takar takes less.
    """
    known = sorted(file.stem for file in FOLDER.glob("[!_]*.py"))
    if name is not None and name not in known:
        nearest = get_close_matches(name, known, n=1)
        advice = f"Did you mean {nearest[0]}?" if nearest else f"Known: {', '.join(known)}."
        raise click.BadParameter(f"no benchmark {name!r}. {advice}", param_hint="NAME")
    for wanted in [name] if name else known:
        rows = import_module(f"benchmarks.{wanted}").run(as_json=True)["rows"]
        if as_json:
            click.echo(json.dumps({"name": wanted, "rows": rows}))
        else:
            _print_table(wanted, rows)


def _print_table(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of {what, ours, reference, reference_name, ratio, unit}."""
    from rich.console import Console
    from rich.table import Table

    table = Table("what", title=name, title_justify="left", box=None)
    for heading in ("Takar", "reference", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("reference is", overflow="fold")
    for row in rows:
        numbers = (_number(row[key]) for key in ("ours", "reference", "ratio"))
        table.add_row(row["what"], *numbers, row["unit"], row["reference_name"])
    Console().print(table)


def _number(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
