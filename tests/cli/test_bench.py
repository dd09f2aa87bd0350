"""`takar bench` over a folder of benchmarks."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import bench, takar

BENCHMARK = """
def run(as_json):
    return {"name": "polling", "rows": [{"what": "empty poll", "ours": 22, "reference": 2013,
            "reference_name": "mfrc522's own", "ratio": 0.0109, "unit": "transfers"}]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "benchmarks"
    made.mkdir()
    (made / "polling.py").write_text(BENCHMARK)
    (made / "__init__.py").touch()
    monkeypatch.setattr(bench, "FOLDER", made)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)
    return made


def test_a_table_shows_ours_the_reference_and_the_ratio(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["bench", "polling"])
    assert result.exit_code == 0
    for text in ("polling", "empty poll", "22", "2,013", "transfers", "0.0109"):
        assert text in result.output


def test_json_is_one_object_for_each_benchmark(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["bench", "--json"])
    assert [json.loads(line)["name"] for line in result.output.splitlines()] == ["polling"]


def test_an_unknown_name_gets_the_nearest(cli: CliRunner) -> None:
    result = cli.invoke(takar, ["bench", "poling"])
    assert result.exit_code == 2
    assert "no benchmark 'poling'. Did you mean polling?" in result.output


def test_a_name_like_no_other_gets_the_list(cli: CliRunner) -> None:
    assert "Known: polling." in cli.invoke(takar, ["bench", "xyz"]).output
