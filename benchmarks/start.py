"""What a start costs: ./takar beside the program it starts, msgspec's types beside pydantic's.

Each figure is the shortest of several runs in a process of its own, the Python that only starts
and ends taken off where said. pydantic is installed because amqtt needs it.
"""

import subprocess
import sys
import time
from pathlib import Path

BENCHMARK = "start"
ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 10

MSGSPEC = "from msgspec import Struct\nclass Sale(Struct):\n    pump: int\n    plate: str\n"
PYDANTIC = "from pydantic import BaseModel\nclass Sale(BaseModel):\n    pump: int\n    plate: str\n"


def _shortest_ms(*command: str | Path) -> float:
    took_ns = []
    for _ in range(ROUNDS):
        began_ns = time.perf_counter_ns()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took_ns.append(time.perf_counter_ns() - began_ns)
    return min(took_ns) / 1e6


def _row(what: str, ours: float, reference: float, reference_name: str) -> dict[str, object]:
    return {
        "what": what,
        "ours": round(ours, 1),
        "reference": round(reference, 1),
        "reference_name": reference_name,
        "ratio": round(reference / ours, 2),
        "unit": "ms",
    }


def run(as_json: bool = True) -> dict[str, object]:  # noqa: ARG001, FBT001, FBT002
    """Measure. `ratio` is reference / ours: above 1 ours takes less. Needs ./takar set up."""
    python = (sys.executable, "-I", "-c")
    bare = _shortest_ms(*python, "pass")
    launcher = _shortest_ms(ROOT / ".venv/bin/takar", "--version")
    return {
        "benchmark": BENCHMARK,
        "rows": [
            _row(
                "./takar --version, set up before",
                _shortest_ms(ROOT / "takar", "--version"),
                launcher,
                ".venv/bin/takar --version",
            ),
            _row("takar --version", launcher, bare, "Python that does nothing"),
            _row(
                "first message type declared, less a bare Python",
                _shortest_ms(*python, MSGSPEC) - bare,
                _shortest_ms(*python, PYDANTIC) - bare,
                "pydantic",
            ),
        ],
    }
