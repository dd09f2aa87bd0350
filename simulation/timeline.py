"""A seed's story as one HTML page that needs nothing else: one lane for each party."""

import html
from datetime import timedelta
from pathlib import Path

from simulation.run import BEGAN, Outcome
from simulation.world import Happening

MOST = 20_000
"""Newest happenings on a page; what ends in a violation is at the end."""
LOCAL = timedelta(hours=8)

_STYLE = """
body { font: 14px system-ui, sans-serif; margin: 1.5rem; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% }
th { position: sticky; top: 0; background: #eee; text-align: left }
td, th { padding: .15rem .5rem; border-bottom: 1px solid #e4e4e4; vertical-align: top }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; color: #555 }
.fault { background: #fff3d6 } .process { background: #e6effc } .fill { background: #e5f6e8 }
.refused { background: #f6ecf8 } .violation { background: #c62828; color: #fff }
.violation td.time { color: #fff }
"""
_SCRIPT = """
for (const box of document.querySelectorAll("input")) box.onchange = () => {
  for (const row of document.querySelectorAll("tr." + box.value)) row.hidden = !box.checked;
};
"""


def write_timeline(path: Path, outcome: Outcome) -> None:
    """OSError if it cannot be written."""
    path.write_text(page(outcome), encoding="utf-8")


def page(outcome: Outcome) -> str:
    shown = outcome.history[-MOST:]
    parties = sorted({one.party for one in shown})
    verdict = html.escape(outcome.violation or "no violation")
    boxes = " ".join(
        f'<label><input type="checkbox" checked value="{kind}"> {kind}</label>'
        for kind in sorted({one.kind for one in shown})
    )
    heads = "".join(f"<th>{html.escape(party)}</th>" for party in parties)
    rows = "\n".join(_row(one, parties) for one in shown)
    faults = ", ".join(f"{kind} {times}" for kind, times in sorted(outcome.faults.items()))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Seed {outcome.seed}</title>'
        f"<style>{_STYLE}</style><h1>Seed {outcome.seed}: {verdict}</h1>"
        f"<p>{outcome.gateways} gateways, {outcome.days} days, {outcome.fills} fills. "
        f"Faults: {html.escape(faults)}.</p>"
        f"<p>Again: <code>takar simulate --gateways {outcome.gateways} --days {outcome.days} "
        f"--seed {outcome.seed}</code>. The last {len(shown)} of {len(outcome.history)} "
        f"happenings; local time.</p><p>{boxes}</p>"
        f"<table><thead><tr><th>time</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<script>{_SCRIPT}</script></html>"
    )


def _row(one: Happening, parties: list[str]) -> str:
    moment = BEGAN + LOCAL + timedelta(microseconds=one.at_ns // 1000)
    time = moment.strftime("%d %b %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    cells = "".join(
        f"<td>{html.escape(one.text) if party == one.party else ''}</td>" for party in parties
    )
    return f'<tr class="{one.kind}"><td class="time">{time}</td>{cells}</tr>'
