"""What is pinned has no known vulnerability that is not waived, and every waiver has its reason."""

import json
import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.advisories import EXTRACT, WAIVERS, ended, findings, holds, versions

ROOT = Path(__file__).resolve().parents[2]
CHECKED = ("gateway", "hardware", "mqtt", "firmware", "simulation", "scripts", "package")
WAIVED_RULE = re.compile(r"noqa:(?P<rules>[A-Z0-9, ]*)")
SINCE_THEN_FIXED = {"introduced": "0.13.5"}, {"fixed": "0.27.0"}
TODAY = date(2026, 11, 23)


def extract(*advisories: dict[str, Any], packages: tuple[str, ...] = ("starlette",)) -> Any:
    return {"looked": TODAY.isoformat(), "packages": [*packages], "advisories": [*advisories]}


def advisory(*events: dict[str, str], versions: tuple[str, ...] = ()) -> dict[str, Any]:
    ranges = [[*events]] if events else []
    of = {"id": "PYSEC-2023-83", "package": "starlette", "summary": "reads any file"}
    return of | {"ranges": ranges, "versions": [*versions]}


def waiver(until: date) -> dict[str, Any]:
    of = {"id": "PYSEC-2023-83", "package": "starlette", "reason": "no files are served"}
    return {"waived": [of | {"until": until}]}


def test_nothing_that_is_pinned_is_known_to_be_vulnerable() -> None:
    """Where a package is not looked up yet: scripts/advisories.py --renew DATABASE."""
    known, waivers = json.loads(EXTRACT.read_text()), tomllib.loads(WAIVERS.read_text())
    assert [*findings(versions(), known, waivers)] == []
    assert known["advisories"], "an extract that knows nothing shows nothing"


@pytest.mark.parametrize(
    ("version", "events", "named", "affected"),
    [
        ("0.13.4", SINCE_THEN_FIXED, (), False),
        ("0.13.5", SINCE_THEN_FIXED, (), True),
        ("0.26.9", SINCE_THEN_FIXED, (), True),
        ("0.27.0rc1", SINCE_THEN_FIXED, (), True),
        ("0.27.0", SINCE_THEN_FIXED, (), False),
        ("1.0", ({"introduced": "0"},), (), True),
        ("1.0", ({"introduced": "0"}, {"last_affected": "1.0"}), (), True),
        ("1.1", ({"introduced": "0"}, {"last_affected": "1.0"}), (), False),
        ("3.1", ({"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}), (), True),
        ("2.5", ({"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}), (), False),
        ("1.0", (), ("1.0",), True),
        ("1.1", (), ("1.0",), False),
    ],
)
def test_a_range_of_versions(
    version: str, events: tuple[dict[str, str], ...], named: tuple[str, ...], affected: bool
) -> None:
    assert holds(advisory(*events, versions=named), version) == affected


def test_a_vulnerable_version_is_found_unless_it_is_waived() -> None:
    pins, known = {"starlette": "0.20.0"}, extract(advisory(*SINCE_THEN_FIXED))
    (found,) = findings(pins, known, {})
    assert found == ("starlette", "0.20.0", "PYSEC-2023-83", "reads any file")
    assert [*findings(pins, known, waiver(TODAY))] == []
    (over,) = findings(pins, known, waiver(TODAY - timedelta(days=1)))
    assert "no files are served" in over.summary
    (needless,) = findings({"starlette": "1.0"}, known, waiver(TODAY))
    assert "remove it" in needless.summary


def test_a_waiver_that_ended_since_the_last_look_is_warned_of() -> None:
    """Its own day is still in it."""
    assert [*ended(waiver(TODAY), TODAY)] == []
    (warning,) = ended(waiver(TODAY), TODAY + timedelta(days=1))
    assert warning.startswith("WARNING: the waiver of PYSEC-2023-83 for starlette ended on 2026-11")


def test_a_package_that_nobody_looked_up_is_found() -> None:
    (found,) = findings({"starlette": "1.0"}, extract(packages=("anyio",)), {})
    assert found.advisory == "not looked up"


def test_every_security_rule_that_is_waived_has_its_reason() -> None:
    reasons = {rule["id"]: rule["reason"] for rule in tomllib.loads(WAIVERS.read_text())["rule"]}
    assert all(len(reason) > 20 for reason in reasons.values())
    waived = {
        rule
        for folder in CHECKED
        for file in (ROOT / folder).rglob("*.py")
        for match in WAIVED_RULE.finditer(file.read_text())
        for rule in re.findall(r"\bS\d{3}\b", match["rules"])
    }
    assert waived == reasons.keys()
