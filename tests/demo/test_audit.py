"""What a run of the whole system leaves behind audits clean, from files and keys alone."""

from pathlib import Path

from click.testing import CliRunner

from gateway.cli import takar
from tests.demo.conftest import HeadlessRun


def test_a_run_exported_by_both_ends_audits_clean(headless: HeadlessRun, tmp_path: Path) -> None:
    cli, folder = CliRunner(), headless.folder
    own = tmp_path / "own.jsonl.gz"
    config = str(folder / "central.toml")
    exports = (
        ["ledger", "export", str(folder / "gateway"), "--output", str(own)],
        ["central", "export", "--config", config, str(tmp_path)],
    )
    for arguments in exports:
        assert cli.invoke(takar, arguments).exit_code == 0
    keys = ["--keys", str(folder / "keys" / "public")]
    done = cli.invoke(takar, ["audit", str(tmp_path), *keys])
    assert done.exit_code == 0, done.output
    assert "NOTHING WRONG FOUND" in done.output
    assert f"{headless.totals['ledger_entries']:,} entries in 2 files" in done.output
    assert f"{headless.totals['recorded_ml'] / 1000:,.3f} L" in done.output
    assert "nothing proves" not in done.output
