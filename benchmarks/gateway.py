"""What a gateway and its console take: memory, the time until they serve, and a tap's answer.

The demo's station in real time: a city of 1,008 vehicles, one pump with a co-processor and one
with a timer, broker and central beside it. Memory is the resident set after the taps. A tap's
answer is from the card in the field to the green lamp, as the simulated forecourt sees both: the
reader's next look (every 100 ms), the card's selection, the decision, the reservation on disk.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks._row import row
from gateway.demo.parts import Part
from gateway.demo.scenario import read_cards
from gateway.demo.stage import PRODUCTS, Stage
from gateway.demo.watch import pump_of
from gateway.setup.configurations import ZONE
from mqtt.central.periods import period_of

BENCHMARK = "gateway"
PUMP, TAPS = 2, 20
PROMISED_MS = 500
"""What a driver is promised: an answer in half a second."""
WITHIN_S = 20.0
BARE = "import time, sys\nprint('ready', flush=True)\nsys.stdin.read()\n"


def run(as_json: bool = True) -> dict[str, object]:  # noqa: ARG001, FBT001, FBT002
    """Measure. `ratio` is reference / ours: above 1 ours takes less."""
    bare_ms, bare_mb = _bare()
    period = period_of(datetime.now(UTC), ZoneInfo(ZONE))
    with (
        tempfile.TemporaryDirectory(prefix="takar-bench-") as name,
        Stage(
            Path(name) / "demo", seed=1, period=period, time="real", page="http://127.0.0.1:1"
        ) as stage,
    ):
        started = []
        for start in (stage.start_gateway, stage.start_console):
            began_ns = time.perf_counter_ns()
            start()
            started.append((time.perf_counter_ns() - began_ns) / 1e6)
        answers_ms = list(_answers_ms(stage))
        used_mb = [_resident_mb(part.process.pid) for part in _parts(stage)]
    python = "a bare Python process"
    rows = []
    for who, start_ms, mb in zip(("gateway", "console"), started, used_mb, strict=True):
        rows += [
            row(f"{who}: memory", mb, bare_mb, python, "MB"),
            row(f"{who}: start until it serves", start_ms, bare_ms, python, "ms"),
        ]
    tap, driver = "tap to the green lamp", "what a driver is promised"
    rows += [
        row(f"{tap}, median of {TAPS}", statistics.median(answers_ms), PROMISED_MS, driver, "ms"),
        row(f"{tap}, slowest", max(answers_ms), PROMISED_MS, driver, "ms"),
    ]
    return {"benchmark": BENCHMARK, "rows": rows}


def _parts(stage: Stage) -> tuple[Part, Part]:
    assert stage.gateway is not None
    assert stage.console is not None
    return stage.gateway, stage.console


def _bare() -> tuple[float, float]:
    """Milliseconds until a Python that does nothing runs, and its memory in MB."""
    began_ns = time.perf_counter_ns()
    with subprocess.Popen(
        [sys.executable, "-I", "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        took_ms = (time.perf_counter_ns() - began_ns) / 1e6
        return took_ms, _resident_mb(process.pid)


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _answers_ms(stage: Stage) -> Iterator[float]:
    """Tap one card after another, each of another vehicle."""
    control, watch = stage.control, stage.watch
    cards = read_cards(stage.folder / "cards.json")
    fresh = [c for c in cards if (c.product, c.status) == (PRODUCTS[PUMP], "active")]
    assert watch.wait(lambda s: s.online and s.head == s.acknowledged_through, WITHIN_S)
    for card in fresh[:TAPS]:
        control.ask("tap", pump=PUMP, cards=[{"uid": card.uid}])
        tapped_ns = control.ask("status")["now_ns"]
        yield (_seen(stage, lambda lamps: lamps["green"] or lamps["red"]) - tapped_ns) / 1e6
        control.ask("remove", pump=PUMP)
        for deed in ("lift", "hang"):
            control.ask(deed, pump=PUMP)
        assert watch.wait(lambda s: pump_of(s, PUMP).state in ("idle", "refused"), WITHIN_S)
        _seen(stage, lambda lamps: not (lamps["green"] or lamps["red"]))


def _seen(stage: Stage, wanted: Callable[[dict[str, int]], object]) -> int:
    """When the pump's lamps are so, by the forecourt's clock."""
    end_s = time.monotonic() + WITHIN_S
    while time.monotonic() < end_s:
        status = stage.control.ask("status")
        lamps: dict[str, int] = status["pumps"][PUMP - 1]["lamps"]
        if wanted(lamps):
            return int(status["now_ns"])
        time.sleep(0.001)
    raise AssertionError(f"the lamps of pump {PUMP} do not change: {stage.watch.newest}")
