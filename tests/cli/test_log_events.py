"""Every line of the log has the name of an event, found by reading the source."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import journal

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "log_events.py"))
CALLS = [*SCRIPT["log_calls"]()]


def test_they_are_found() -> None:
    assert len(CALLS) > 100
    assert {call.of for call in CALLS} == {"gateway", "console", "central", "demo"}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.file}:{call.line}")
def test_each_names_its_event_plainly(call: Any) -> None:
    assert call.events, 'expected extra={"event": "some_name"}, the name written out'
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", event) for event in call.events)
    assert call.words, "a form as a text, so that no value is part of it"
    assert set(call.fields) <= set(SCRIPT["FIELDS"]) == set(journal.FIELDS)


def test_nothing_logs_past_them() -> None:
    """No other logger, and no call by another name."""
    for folder in ("gateway", "hardware", "mqtt"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text()
            if "getLogger(__name__)" in text:
                assert re.search(r"^log = logging\.getLogger\(__name__\)$", text, re.M), file
            assert not re.search(r"\blogging\.(debug|info|warning|error|exception)\(", text), file
            assert "log.log(" not in text, file
