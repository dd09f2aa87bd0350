"""The overview of a simulation's story: a lane for each party, a mark for each thing that happened.

A minute is a mark's least width, so what happens often blends into a shade.
"""

import html
from collections.abc import Iterable

from simulation.world import DAY_NS, HOUR_NS, Happening

WIDTH, LANE, LEFT = 1200, 22, 110
_COLOURS = {
    "fill": "#7cc48a",
    "refused": "#b98cc7",
    "process": "#4f83cc",
    "fault": "#ef9a1a",
    "violation": "#c62828",
}
"""Drawn in this order: what matters more lies above."""


def lanes(history: list[Happening], parties: list[str]) -> str:
    """An SVG element; empty text where nothing has happened."""
    if not history:
        return ""
    end_ns = max(history[-1].at_ns, 1)
    height = LANE * len(parties) + 20
    drawn = [
        f'<text x="0" y="{LANE * place + 15}">{html.escape(party)}</text>'
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{LANE * (place + 1)}" '
        f'y2="{LANE * (place + 1)}" stroke="#ddd"/>'
        for place, party in enumerate(parties)
    ]
    for kind, colour in _COLOURS.items():
        marks = {
            (parties.index(one.party), one.at_ns * WIDTH // end_ns)
            for one in history
            if one.kind == kind and one.party in parties
        }
        drawn.append(_path(marks, colour, 3 if kind == "violation" else 1))
    drawn += [
        f'<text x="{LEFT + at_ns * WIDTH // end_ns}" y="{height - 4}">{label}</text>'
        for at_ns, label in _ticks(end_ns)
    ]
    key = " ".join(f'<b style="color:{colour}">{kind}</b>' for kind, colour in _COLOURS.items())
    return (
        f"<p>By day or hour: {key}</p>"
        f'<svg viewBox="0 0 {LEFT + WIDTH} {height}" width="100%">{"".join(drawn)}</svg>'
    )


def _ticks(end_ns: int) -> list[tuple[int, str]]:
    """Days, no more than thirty of them; of a short run the hours."""
    if end_ns <= 2 * DAY_NS:
        return [(at_ns, f"{at_ns // HOUR_NS}:00") for at_ns in range(0, end_ns, 3 * HOUR_NS)]
    step = 1 + end_ns // DAY_NS // 30
    return [(day * DAY_NS, f"day {day}") for day in range(0, end_ns // DAY_NS + 1, step)]


def _path(marks: Iterable[tuple[int, int]], colour: str, width: int) -> str:
    strokes = "".join(f"M{LEFT + x} {LANE * lane + 3}v{LANE - 5}" for lane, x in sorted(marks))
    return f'<path d="{strokes}" stroke="{colour}" stroke-width="{width}" fill="none"/>'
