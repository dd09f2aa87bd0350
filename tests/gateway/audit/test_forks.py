"""Files that tell several histories of one ledger: kept apart, and the same in any order."""

from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.audit.page import make_page
from gateway.audit.text import as_text
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import grant

WITA = ZoneInfo("Asia/Makassar")


def begun() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    return scribe


def forked() -> tuple[Scribe, Scribe]:
    """From entry 6 on: a longer history, and one with a sale of 1.07 L; both go on with grants."""
    one, other = begun(), begun()
    one.sell(2)
    one.say(grant(3))
    one.sell(3, 500, 3)
    other.sell(2, 1070)
    other.say(grant(3))
    return one, other


def pages(*files: Path) -> set[str]:
    """What the page says, for every order of the files."""
    results = [judged(*order) for order in permutations(files)]
    return {as_text(make_page(result, "en", WITA)) for result in results}


def test_what_the_page_says_does_not_hang_on_the_order(tmp_path: Path) -> None:
    one, other = forked()
    mine, theirs = one.write(tmp_path / "b.jsonl"), other.write(tmp_path / "a.jsonl")
    start = one.write(tmp_path / "c.jsonl", 1, 5)
    third = begun()
    third.sell(2, 300)
    (page,) = pages(mine, theirs, start, third.write(tmp_path / "d.jsonl"))
    flat = " ".join(page.split())
    assert "is the one with more entries, through entry 8" in flat
    assert "and not counted here: 1 fill, 1.070 L" in flat
    assert "and not counted here: 1 fill, 0.300 L" in flat


def test_no_history_is_judged_by_what_another_says(tmp_path: Path) -> None:
    one, other = forked()
    mine, theirs = one.write(tmp_path / "b.jsonl"), other.write(tmp_path / "a.jsonl")
    result = judged(theirs, mine)
    assert result.findings.counts == {"fork": 1}
    assert f"{theirs}, line 8, entry 6: fork" in str(result.findings.kept[0])
    assert result.total.sold["pertamax"].volume_ml == 2500
    page = " ".join(as_text(make_page(result, "id", WITA)).split())
    assert "terjual pada riwayat lain, sampai catatan 7" in page
    assert "1 pengisian, 1,070 L" in page


@pytest.mark.parametrize("acknowledged", [6, 7])
def test_what_central_acknowledged_counts_though_it_is_shorter(
    tmp_path: Path, acknowledged: int
) -> None:
    one, other = forked()
    mine = one.write(tmp_path / "a.jsonl", acknowledged=5)
    theirs = other.write(tmp_path / "b.jsonl", acknowledged=acknowledged)
    (page,) = pages(mine, theirs)
    flat = " ".join(page.split())
    assert "the one that central acknowledged, through entry 7" in flat
    assert "and not counted here: 2 fills, 1.500 L" in flat
    assert judged(mine, theirs).total.sold["pertamax"].volume_ml == 2070


def test_equally_long_ones_are_told_apart_by_their_content(tmp_path: Path) -> None:
    """Not by the names of the files."""
    one, other = begun(), begun()
    one.sell(2)
    other.sell(2, 2000)
    totals = set()
    for names in permutations(("a", "b")):
        paths = [
            scribe.write(tmp_path / f"{name}{names[0]}.jsonl")
            for name, scribe in zip(names, (one, other), strict=True)
        ]
        result = judged(*paths)
        assert result.findings.counts == {"fork": 1}
        totals.add(result.total.sold["pertamax"].volume_ml)
    assert len(totals) == 1


def test_a_damaged_copy_does_not_count_though_it_is_longer(tmp_path: Path) -> None:
    one, other = begun(), begun()
    other.say(grant(3), prevhash="ab" * 32)
    other.sell(2, 2000)
    result = judged(one.write(tmp_path / "a.jsonl"), other.write(tmp_path / "b.jsonl", 6))
    assert result.findings.counts["chain"] == 1
    one.sell(2)
    mine = one.write(tmp_path / "c.jsonl")
    result = judged(mine, other.write(tmp_path / "d.jsonl"))
    assert result.total.sold["pertamax"].volume_ml == 2000


def test_a_part_that_does_not_follow(tmp_path: Path) -> None:
    one, other = begun(), begun()
    one.sell(2)
    other.sell(2, 2000)
    for scribe in (one, other):
        scribe.sell(3)
    result = judged(one.write(tmp_path / "a.jsonl", 1, 6), other.write(tmp_path / "b.jsonl", 7))
    assert result.findings.counts["fork"] == 1
    assert "expected to follow" in str(result.findings.kept[0])
    assert result.total.sold["pertamax"].fills == 2
