"""Draw docs/overrun.svg: by how much presets end over, by flow, before and after learning.

.venv/bin/python scripts/overrun_picture.py
"""

import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from svg import page, text  # noqa: E402

from simulation.dosing.model import Model, Wish  # noqa: E402
from simulation.dosing.pump import BenchPump  # noqa: E402

MODEL = Model(pulses=100, litres=1, max_flow=40_000, lag_ms=200)
PRESET_ML = 10_000
LEARNING_FILLS, FILLS = 10, 200
X, Y, WIDE, ML = 80, 320, 800, 1.6
"""Where the axes cross; width of the flow's axis; height of a millilitre."""
BEFORE, AFTER, TOLERANCE = "#c33", "#27c", "#080"
TOLERANCE_ML = 50


def points(rng: random.Random) -> list[tuple[int, int, str]]:
    """(flow, ml over, colour): of new pumps' first fills, and of one that has learned."""
    learned = BenchPump(MODEL, rng)
    for _ in range(LEARNING_FILLS):
        learned.fill(Wish(PRESET_ML, quota=False, flow=rng.randint(2000, MODEL.max_flow)))
    found = []
    for _ in range(FILLS):
        wish = Wish(PRESET_ML, quota=False, flow=rng.randint(2000, MODEL.max_flow))
        for pump, colour in ((BenchPump(MODEL, rng), BEFORE), (learned, AFTER)):
            done = pump.fill(wish)
            if not done.outlier:
                found.append((wish.flow, done.sold_ml - wish.stop_ml, colour))
    return found


def level(over_ml: int) -> float:
    return Y - over_ml * ML


def line(over_ml: int, colour: str) -> str:
    y = level(over_ml)
    return f'<line x1="{X}" y1="{y}" x2="{X + WIDE}" y2="{y}" stroke="{colour}"/>'


def main() -> int:
    rows = [
        text(X, 30, "A preset of 10 L: how much more was sold, by flow", bold=True),
        line(0, "#333"),
        line(TOLERANCE_ML, TOLERANCE),
        text(X + WIDE - 190, round(level(TOLERANCE_ML)) - 6, "50 ml: what is tolerated"),
        *(text(20, round(level(ml)) + 5, f"{ml} ml") for ml in (0, 50, 100, 150)),
        *(text(X + WIDE * flow // 40, Y + 30, f"{flow}") for flow in (5, 10, 20, 30)),
        text(X + WIDE - 70, Y + 30, "40 L/min"),
        text(X, 55, f"red: first fill of a pump; blue: after {LEARNING_FILLS} fills"),
    ]
    for flow, over_ml, colour in points(random.Random(1)):  # noqa: S311 - a picture
        x = X + WIDE * flow / MODEL.max_flow
        rows.append(f'<circle cx="{x:.1f}" cy="{level(over_ml):.1f}" r="3" fill="{colour}"/>')
    (ROOT / "docs" / "overrun.svg").write_text(page(rows, Y + 50))
    return 0


if __name__ == "__main__":
    sys.exit(main())
