"""Transfers are counted, not timed: the same on every machine."""

import pytest

from benchmarks.reader import run
from hardware.ports import Tag, TagTrouble
from hardware.simulated.cards import card_from
from hardware.simulated.cards.bits import Bits
from hardware.simulated.cards.response import Response
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.reader import MAX_TRANSFERS_PER_POLL, Mfrc522Reader


def spent(bench: Bench, reader: Mfrc522Reader) -> tuple[Tag | TagTrouble | None, int, int]:
    transfers, began_ns = bench.transfers, bench.now_ns
    found = reader.poll()
    return found, bench.transfers - transfers, bench.now_ns - began_ns


def test_empty_poll(bench: Bench, reader: Mfrc522Reader) -> None:
    found, transfers, duration_ns = spent(bench, reader)
    assert found is None
    assert transfers == 9
    assert duration_ns < 2_000_000


@pytest.mark.parametrize(
    ("uid", "transfers_expected"),
    [("04A1B2C3", 43), ("04A1B2C3D4E5F6", 61), ("04A1B2C3D4E5F6071829", 79)],
)
def test_whole_poll_with_a_card(
    bench: Bench, reader: Mfrc522Reader, uid: str, transfers_expected: int
) -> None:
    bench.field.place(card_from({"uid": uid}))
    for _ in range(2):
        found, transfers, duration_ns = spent(bench, reader)
        assert isinstance(found, Tag)
        assert transfers == transfers_expected
        assert duration_ns < 12_000_000


def test_benchmark_beside_the_library() -> None:
    result = run()
    assert result["benchmark"] == "reader"
    rows = result["rows"]
    assert isinstance(rows, list)
    counts = {row["what"]: row for row in rows if row["unit"] == "SPI transfers"}
    assert counts["empty poll"]["ours"] <= 12
    assert counts["empty poll"]["reference"] > 2000
    assert counts["7-byte UID, wake-up and select"]["ours"] <= 50
    assert all(row["ratio"] > 1 for row in counts.values())


class Jammer:
    """Answers every frame with the same bits, as an adversary might."""

    gone = False

    def __init__(self, bits: int, latency_ns: int) -> None:
        self._response = Response((1, 0) * (bits // 2), latency_ns=latency_ns)

    def power(self, ready_at_ns: int | None) -> None:
        pass

    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        return self._response


@pytest.mark.parametrize("bits", [2, 4, 16, 24, 40, 512, 5000, 50_000])
@pytest.mark.parametrize("latency_ns", [0, 900_000, 1_000_000, 5_000_000])
def test_a_hostile_card_cannot_hold_the_reader(
    bench: Bench, reader: Mfrc522Reader, bits: int, latency_ns: int
) -> None:
    jammer = Jammer(bits, latency_ns)
    bench.field.place(jammer)
    transfers, began_ns = bench.transfers, bench.now_ns
    # No HardwareError: a card must not look like a broken reader.
    found = reader.poll()
    assert not isinstance(found, Tag)
    assert bench.transfers - transfers <= MAX_TRANSFERS_PER_POLL
    assert bench.now_ns - began_ns < 50_000_000
    bench.field.remove(jammer)
    assert reader.poll() is None
