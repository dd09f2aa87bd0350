"""A day of two stations under faults names no card, vehicle or person in any line of the log."""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from random import Random

import pytest

from gateway.cli.telling import FORM, OneLine
from simulation import run
from simulation.register import QUOTA_TANKS, make_vehicles, subject_of, supervisor_card
from simulation.run import simulate
from tests.faults.privacy import naming_lines

GATEWAYS = 2


class Lines(logging.Handler):
    """What would be on stderr or in the journal, details and tracebacks included."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(OneLine(FORM))
        self.text: list[str] = []
        self.events: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))
        self.events.add(getattr(record, "event", ""))


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.setattr(run, "_quiet", nullcontext)
    lines, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(lines)
    root.setLevel(level)


def test_a_day_under_faults_names_nobody(lines: Lines) -> None:
    outcome = simulate(1, gateways=GATEWAYS, days=1, often=8)
    assert outcome.violation is None
    vehicles = make_vehicles(Random(1), GATEWAYS, QUOTA_TANKS)
    uids = [vehicle.uid for vehicle in vehicles]
    uids += [supervisor_card(home).uid for home in range(GATEWAYS)]
    names = [vehicle.subject for vehicle in vehicles]
    names += [subject_of(vehicle).plate for vehicle in vehicles]
    found = naming_lines("\n".join(lines.text), uids, [*names, "the simulation"])
    assert not found, "\n".join(found[:20])
    print(f"{len(lines.text)} lines, {len(lines.events)} events")
    assert {"link_up", "link_down", "fill_estimated", "entry_not_durable"} <= lines.events
