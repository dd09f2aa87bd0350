"""An auditor holds each override against the sale that it allowed."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.facts import Charge, OverrideGranted
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import GATEWAY, INCARNATION, SUBJECT, grant

SUPERVISOR = "04D1D2D3D4D5D6"


def granted(number: int, **changes: Any) -> OverrideGranted:
    fact = OverrideGranted(
        pump=1,
        sale=f"{INCARNATION}-{number}",
        supervisor=SUPERVISOR,
        subject=SUBJECT,
        chosen=False,
        reason="journey",
        text="",
        by=None,
        ceiling_ml=5_000,
        clock="good",
    )
    return replace(fact, **changes)


@pytest.fixture
def scribe() -> Scribe:
    """With a grant of the station's."""
    scribe = Scribe()
    scribe.begin()
    scribe.say(replace(grant(3, subject=GATEWAY), kind="override"))
    return scribe


def sell(scribe: Scribe, number: int, station_ml: int = 5_000, **changes: Any) -> None:
    sold = {"override_by": SUPERVISOR, "charges": [Charge(1, 1_000), Charge(3, station_ml)]}
    scribe.sell(number, 1_000 + station_ml, **(sold | changes))


def codes(scribe: Scribe, path: Path, first: int = 1) -> list[str]:
    return [one.code for one in judged(scribe.write(path, first)).findings.kept]


def test_an_override_with_its_sale_and_one_that_was_not_used_are_sound(
    scribe: Scribe, tmp_path: Path
) -> None:
    scribe.say(granted(1))
    sell(scribe, 1)
    scribe.say(granted(2))
    scribe.sell(3)
    assert codes(scribe, tmp_path / "a.jsonl") == []


def test_a_plate_that_was_chosen_is_charged_by_the_supervisors_card(
    scribe: Scribe, tmp_path: Path
) -> None:
    scribe.say(granted(1, chosen=True))
    sell(scribe, 1, card=SUPERVISOR)
    assert codes(scribe, tmp_path / "a.jsonl") == []


@pytest.mark.parametrize(
    ("said", "sold", "found"),
    [
        ({"supervisor": "04E1E2E3E4E5E6"}, {}, "override_sale"),
        ({"pump": 2}, {}, "override_sale"),
        ({"subject": "dh-2002-b"}, {}, "override_sale"),
        ({}, {"override_by": None, "charges": [Charge(1, 6_000)]}, "override_sale"),
        ({"chosen": True}, {}, "override_card"),
        ({}, {"card": SUPERVISOR}, "override_card"),
        ({"ceiling_ml": 4_999}, {}, "override_ceiling"),
        ({"sale": f"{INCARNATION}-2"}, {}, "override_unsaid"),
    ],
)
def test_a_sale_that_differs_from_its_override_is_found(
    scribe: Scribe, tmp_path: Path, said: dict[str, Any], sold: dict[str, Any], found: str
) -> None:
    scribe.say(granted(1, **said))
    sell(scribe, 1, **sold)
    assert codes(scribe, tmp_path / "a.jsonl") == [found]


def test_a_second_override_for_one_sale_is_found(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(granted(1), granted(1))
    sell(scribe, 1)
    assert codes(scribe, tmp_path / "a.jsonl") == ["override_twice"]


def test_a_fill_that_began_before_the_first_entry_at_hand_may_have_had_one(
    scribe: Scribe, tmp_path: Path
) -> None:
    scribe.say(granted(1))
    through = len(scribe.entries)
    sell(scribe, 1, started="2026-11-22T03:59:59.999Z")
    assert codes(scribe, tmp_path / "a.jsonl", through + 1) == []
    scribe = Scribe(entries=scribe.entries[:through], hashes=scribe.hashes[: through + 1])
    sell(scribe, 1)
    assert codes(scribe, tmp_path / "b.jsonl", through + 1) == ["override_unsaid"]
