"""Round trip of an order to the simulated co-processor, beside a bare echo on a pseudo-terminal.

The firmware runs in a process of its own below the forecourt; the echo is a thread. Both are
asked with the same bytes through the same port code. The stop itself waits for neither: its
longest way is counted in simulated microseconds, so that the machine has no part in it.
"""

import os
import pty
import tempfile
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from benchmarks._limit import longest_us
from firmware.guard import protocol
from hardware.clock import MachineClock
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_port import Port, by_serial
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World
from hardware.simulated.pico.settings import DEMO_SERIAL, PicoSettings

BENCHMARK = "pico"
ROUNDS = 300
ASK = {"what": "link"}


def ours_us() -> list[float]:
    """Each round trip of `ask` until its `ok`."""
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        settings = ForecourtSettings(time="real", picos=(PicoSettings(),))
        path = Path(folder) / "forecourt.sock"
        server = ForecourtServer(World(settings, folder=Path(folder)), path)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            link = PicoLink(by_serial(DEMO_SERIAL, Path(folder)), MachineClock(), DEMO_SERIAL)
            took = _times(lambda: _ask(link))
            link.close()
        finally:
            server.stop()
            thread.join()
    return took


def reference_us() -> list[float]:
    """Each round trip of the same line through a thread that sends back what it reads."""
    near, far = pty.openpty()
    tty.setraw(far)
    port = Port(os.ttyname(far))
    thread = threading.Thread(target=_echo, args=(near,))
    thread.start()
    line = protocol.frame(1, "ask what=link")
    took = _times(lambda: _round(port, line))
    port.write(b"\x04")
    thread.join()
    port.close()
    os.close(far)
    os.close(near)
    return took


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure and return the rows; `ratio` is reference / ours: above 1 ours takes less."""
    ours, reference = quantiles(ours_us(), n=100), quantiles(reference_us(), n=100)
    rows: list[dict[str, object]] = [
        {
            "what": f"order to its answer, {name}",
            "ours": round(ours[at - 1], 1),
            "reference": round(reference[at - 1], 1),
            "reference_name": "echo of the same line by a thread on a pty",
            "ratio": round(reference[at - 1] / ours[at - 1], 4),
            "unit": "us",
        }
        for name, at in (("p50", 50), ("p99", 99))
    ]
    by_interrupt, by_loop = longest_us(interrupt=True), longest_us(interrupt=False)
    rows.append(
        {
            "what": "longest from the limit's pulse to the output, simulated, to a whole us",
            "ours": by_interrupt,
            "reference": by_loop,
            "reference_name": "the same pulse left to the firmware's main loop",
            "ratio": round(by_loop / by_interrupt, 4),
            "unit": "us",
        }
    )
    if not as_json:
        for row in rows:
            print(row)
    return {"benchmark": BENCHMARK, "rows": rows}


def _times(act: Callable[[], None]) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began_ns = time.perf_counter_ns()
        act()
        took.append((time.perf_counter_ns() - began_ns) / 1000)
    return took


def _ask(link: PicoLink) -> None:
    order = link.order("ask", ASK)
    while order.answer is None:
        time.sleep(0)
        link.listen()


def _round(port: Port, line: bytes) -> None:
    port.write(line)
    got = b""
    while len(got) < len(line):
        time.sleep(0)
        got += port.read()


def _echo(near: int) -> None:
    while (data := os.read(near, 4096)) != b"\x04":
        os.write(near, data)


if __name__ == "__main__":
    run(as_json=False)
