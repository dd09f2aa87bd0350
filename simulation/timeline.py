"""A seed's story as one HTML page that needs nothing else: an overview, then what happened."""

import html
from datetime import timedelta
from pathlib import Path

from gateway.core.units import NS_PER_S
from simulation.lanes import lanes
from simulation.run import BEGAN, Outcome
from simulation.world import HOUR_NS, Happening

MOST = 20_000
"""Newest happenings on a page; what ends in a violation is at the end."""
LOCAL = timedelta(hours=8)
SHOWN_AT_FIRST_H = 3
"""Before the end; the reader may widen it."""

_STYLE = """
body { font: 14px system-ui, sans-serif; margin: 1.5rem; color: #222; background: #fff }
h1 { font-size: 1.3rem } .bad { color: #c62828 } .good { color: #2e7d32 }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th:first-child { width: 10.5rem } td { overflow-wrap: anywhere }
th { position: sticky; top: 0; background: #eee; text-align: left }
td, th { padding: .15rem .5rem; border-bottom: 1px solid #e4e4e4; vertical-align: top }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; color: #555 }
.fault { background: #fff3d6 } .process { background: #e6effc } .fill { background: #e5f6e8 }
.valve { background: #f1faf2 } .ledger { color: #555 }
.refused { background: #f6ecf8 } .violation { background: #c62828; color: #fff }
.violation td.time { color: #fff } tr.late, tr.off { display: none } form { margin: .7rem 0 }
label { padding: .1rem .4rem; border-radius: .2rem }
svg text { font: 11px system-ui, sans-serif; fill: #444 }
"""
_SCRIPT = """
const form = document.forms[0], rows = [...document.querySelectorAll("tbody tr")];
function show() {
  const kinds = new Set([...form.kind].filter(box => box.checked).map(box => box.value));
  const who = form.party.value, hours = +form.hours.value;
  for (const row of rows) {
    row.classList.toggle("late", hours > 0 && +row.dataset.ago > hours * 3600);
    const other = who && row.dataset.party !== who && row.dataset.party !== "central";
    row.classList.toggle("off", !kinds.has(row.dataset.kind) || other);
  }
}
form.onchange = show; show();
"""


def write_timeline(path: Path, outcome: Outcome) -> None:
    """OSError if it cannot be written."""
    path.write_text(page(outcome), encoding="utf-8")


def page(outcome: Outcome) -> str:
    shown = outcome.history[-MOST:]
    parties = sorted({one.party for one in shown})
    verdict, mood = outcome.violation or "no violation", "bad" if outcome.violation else "good"
    heads = "".join(f"<th>{html.escape(party)}</th>" for party in parties)
    end_ns = shown[-1].at_ns if shown else 0
    rows = "\n".join(_row(one, parties, end_ns) for one in shown)
    faults = ", ".join(f"{kind} {times}" for kind, times in sorted(outcome.faults.items()))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Seed {outcome.seed}</title>'
        f'<style>{_STYLE}</style><h1>Seed {outcome.seed}: <span class="{mood}">'
        f"{html.escape(verdict)}</span></h1>"
        f"<p>{outcome.gateways} gateways, {outcome.days} days, ended on day "
        f"{outcome.ended_day:.2f}; {outcome.fills} fills. Again: <code>takar simulate --gateways "
        f"{outcome.gateways} --days {outcome.days} --seed {outcome.seed}</code></p>"
        f"<p>Faults: {html.escape(faults)}.</p>{lanes(outcome.history, parties)}"
        f"{_choices(shown, parties, len(outcome.history))}"
        '<p><a href="#end">How it ended</a></p>'
        f"<table><thead><tr><th>local time</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        '<p id="end"></p>'
        f"<script>{_SCRIPT}</script></html>"
    )


def _choices(shown: list[Happening], parties: list[str], of: int) -> str:
    boxes = " ".join(
        f'<label class="{kind}"><input type="checkbox" name="kind" checked value="{kind}"> '
        f"{kind}</label>"
        for kind in sorted({one.kind for one in shown})
    )
    names = "".join(f"<option>{html.escape(party)}</option>" for party in parties)
    return (
        f'<form>The last <select name="hours"><option value="{SHOWN_AT_FIRST_H}">3 hours</option>'
        '<option value="24">day</option><option value="168">week</option>'
        f'<option value="0">{len(shown)} of {of} happenings</option></select> at '
        f'<select name="party"><option value="">all</option>{names}</select> '
        f"(and central): {boxes}</form>"
    )


def _row(one: Happening, parties: list[str], end_ns: int) -> str:
    moment = BEGAN + LOCAL + timedelta(microseconds=one.at_ns // 1000)
    time = moment.strftime("%d %b %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    cells = "".join(
        f"<td>{html.escape(one.text) if party == one.party else ''}</td>" for party in parties
    )
    ago_s = (end_ns - one.at_ns) // NS_PER_S
    late = " late" if ago_s > SHOWN_AT_FIRST_H * HOUR_NS // NS_PER_S else ""
    return (
        f'<tr class="{one.kind}{late}" data-kind="{one.kind}" data-ago="{ago_s}" '
        f'data-party="{html.escape(one.party)}"><td class="time">{time}</td>{cells}</tr>'
    )
