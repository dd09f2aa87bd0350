"""SPI transfers and time of finding a card: ours beside the mfrc522 library's own functions.

Counted over the simulated chip in simulated time: SPI at 1 MHz, cards at 106 kbit/s, and what our
driver sleeps. The machine's speed has no part in it, so each run gives the same numbers.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

from hardware.simulated import bus
from hardware.simulated.cards import card_from
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.exchange import exchanger, set_timer
from hardware.tag_reader.iso14443 import select_card
from hardware.tag_reader.library import open_chip
from hardware.tag_reader.reader import RESET_PIN, Mfrc522Reader

BENCHMARK = "reader"

Prepare: TypeAlias = Callable[[Bench], Callable[[], object]]
"""Sets something up on a bench and returns the call to measure."""

UID_4 = "04A1B2C3"
UID_7 = "04A1B2C3D4E5F6"
_REQUEST = "MFRC522_Request"
_SELECT = "MFRC522_Request, Anticoll, SelectTag"
_SIMPLE = "SimpleMFRC522.read_id_no_block"
_ONE_LEVEL = " (cascade level 1 only, no whole UID)"


@dataclass(frozen=True, slots=True)
class Cost:
    transfers: int
    time_ms: float


def measure(bench: Bench, act: Callable[[], object]) -> Cost:
    """What one call costs on the bench."""
    transfers, began_ns = bench.transfers, bench.now_ns
    with warnings.catch_warnings():
        # The library inverts a bool with ~, which Python 3.12 and later warn of.
        warnings.simplefilter("ignore", DeprecationWarning)
        act()
    return Cost(bench.transfers - transfers, (bench.now_ns - began_ns) / 1e6)


def _on_bench(uid: str | None, prepare: Prepare) -> Cost:
    bench = Bench()
    bus.install(bench.transfer)
    try:
        act = prepare(bench)
        # The field is up for long when a card comes.
        bench.sleep(0.01)
        if uid is not None:
            bench.field.place(card_from({"uid": uid}))
        return measure(bench, act)
    finally:
        bus.uninstall()


def _our_poll(bench: Bench) -> Callable[[], object]:
    return Mfrc522Reader(0, 0, bench).poll


def _our_select(bench: Bench) -> Callable[[], object]:
    chip = open_chip(0, 0, RESET_PIN)
    set_timer(chip)
    exchange = exchanger(chip, bench)
    return lambda: select_card(exchange)


def _library_request(_bench: Bench) -> Callable[[], object]:
    library: Any = import_module("mfrc522").MFRC522()
    return lambda: library.MFRC522_Request(library.PICC_REQIDL)


def _library_select(_bench: Bench) -> Callable[[], object]:
    library: Any = import_module("mfrc522").MFRC522()

    def select() -> None:
        library.MFRC522_Request(library.PICC_REQIDL)
        _status, uid = library.MFRC522_Anticoll()
        library.MFRC522_SelectTag(uid)

    return select


def _library_simple(_bench: Bench) -> Callable[[], object]:
    simple: Any = import_module("mfrc522").SimpleMFRC522()
    return lambda: simple.read_id_no_block()


_COMPARISONS: tuple[tuple[str, str | None, Prepare, str, Prepare], ...] = (
    ("empty poll", None, _our_poll, _REQUEST, _library_request),
    ("empty poll", None, _our_poll, _SIMPLE, _library_simple),
    ("4-byte UID, wake-up and select", UID_4, _our_select, _SELECT, _library_select),
    ("7-byte UID, wake-up and select", UID_7, _our_select, _SELECT + _ONE_LEVEL, _library_select),
    ("4-byte UID, whole poll", UID_4, _our_poll, _SIMPLE, _library_simple),
    ("7-byte UID, whole poll", UID_7, _our_poll, _SIMPLE + _ONE_LEVEL, _library_simple),
)


def _rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for what, uid, our, reference_name, library in _COMPARISONS:
        ours, reference = _on_bench(uid, our), _on_bench(uid, library)
        for unit, mine, theirs in (
            ("SPI transfers", ours.transfers, reference.transfers),
            ("ms", ours.time_ms, reference.time_ms),
        ):
            rows.append(
                {
                    "what": what,
                    "ours": round(mine, 3),
                    "reference": round(theirs, 3),
                    "reference_name": reference_name,
                    "ratio": round(theirs / mine, 2),
                    "unit": unit,
                }
            )
    return rows


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it.

    `ratio` is reference / ours: above 1 ours takes less.
    """
    rows = _rows()
    if not as_json:
        print(f"{'what':32}{'unit':14}{'ours':>8}{'reference':>11}{'ratio':>8}  reference is")
        for row in rows:
            print(
                f"{row['what']:32}{row['unit']:14}{row['ours']:>8}{row['reference']:>11}"
                f"{row['ratio']:>8}  {row['reference_name']}"
            )
    return {"benchmark": BENCHMARK, "rows": rows}


if __name__ == "__main__":
    run(as_json=False)
