"""With durability weakened in one place, the same harness finds what is then lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.power.harness import Run, cut_everywhere

ENOUGH = 3


@pytest.mark.parametrize(
    ("weakness", "found"),
    [
        ("normal_sync", "refused: ledger_damaged"),
        ("trusted_sectors", "refused: ledger_damaged"),
        ("anchor_unsynced", "refused: ledger_damaged"),
        ("folder_unsynced", "cache"),
        ("json_storage", "cache refused: allocation_damaged"),
        ("pruned_apart", "refused: ledger_damaged"),
        ("export_unsynced", "export: "),
    ],
)
def test_a_weakness_is_found(
    weak_day: Callable[[str], Run], room: Path, weakness: str, found: str
) -> None:
    outcome = cut_everywhere(
        weak_day(weakness), room / f"{weakness}-cut", weakness, most=1, enough=ENOUGH
    )
    print(outcome)
    assert outcome.violations >= ENOUGH, str(outcome)
    assert all(kind.startswith(found) for kind in outcome.by_kind), str(outcome)
