"""The dashboard asks only for what the exporter tells, and has what Grafana wants of one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.metrics.readings import asks_for_nothing_else, busy, read

ROOT = Path(__file__).parents[3]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "operation/grafana/takar.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
KINDS = ("stat", "state-timeline", "timeseries")
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


def targets() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]


@pytest.mark.parametrize(("expression", "legend"), [*targets()])
def test_each_query_asks_for_metrics_and_labels_that_are_there(
    expression: str, legend: str
) -> None:
    kept = asks_for_nothing_else(expression)
    assert set(re.findall(r"{{(\w+)}}", legend)) <= kept
    assert '{gateway=~"$gateway"}' in expression


def test_it_has_what_grafana_needs() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", DASHBOARD["uid"])
    assert DASHBOARD["title"]
    assert DASHBOARD["schemaVersion"] >= 36
    assert "id" not in DASHBOARD, "the number is that of the Grafana into which it is put"
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["gateway"]["datasource"] == SOURCE
    numbers = [panel["id"] for panel in PANELS]
    assert len(numbers) == len(set(numbers))
    for panel in PANELS:
        assert panel["type"] in KINDS
        assert panel["title"]
        assert panel["datasource"] == SOURCE
        references = [target["refId"] for target in panel["targets"]]
        assert references == sorted(set(references))
        assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < COLUMNS
        assert not taken & cells
        taken |= cells


def test_each_metric_is_shown_somewhere() -> None:
    shown = {
        name for expression, _ in targets() for name in re.findall(r"\btakar_[a-z_]+", expression)
    }
    assert {name for name in read(busy()) if not name.endswith(("_sum", "_count"))} <= shown
