"""`takar simulate`: seeds one after the other, their sums, and what a violation ends in."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import simulation.run
from gateway.cli import takar
from simulation.run import Outcome, simulate

SMALL = ["simulate", "--gateways", "1", "--days", "1"]
_SEED = re.compile(r"^seed (\d+): ([\d,]+) fills at", re.MULTILINE)
_SUMS = re.compile(
    r"^seeds (\S+): ([\d,]+) fills, ([\d,]+) faults, (\d+) of (\d+) runs with a violation$",
    re.MULTILINE,
)


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.fixture
def violated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every run of seed 4 ends in a violation. The seeds that were run."""
    run: list[int] = []

    def one(seed: int, *, gateways: int, days: int) -> Outcome:
        run.append(seed)
        outcome = simulate(seed, gateways=gateways, days=days, often=0)
        if seed == 4:
            object.__setattr__(outcome, "violation", "kupang-01: S: too much")
        return outcome

    monkeypatch.setattr(simulation.run, "simulate", one)
    return run


def test_seeds_are_run_one_after_the_other_and_summed_up(cli: CliRunner) -> None:
    done = cli.invoke(takar, [*SMALL, "--seeds", "3-4"])
    assert done.exit_code == 0, done.output
    runs = _SEED.findall(done.output)
    assert [seed for seed, _ in runs] == ["3", "4"]
    assert done.output.count("no violation") == 2
    (sums,) = _SUMS.findall(done.output)
    assert (sums[0], *map(int, sums[3:])) == ("3-4", 0, 2)
    assert number(sums[1]) == sum(number(fills) for _, fills in runs) > 0
    counted = re.findall(r"^injected: (.*)$", done.output, re.MULTILINE)
    each = [number(n) for line in counted for n in re.findall(r" ([\d,]*\d)(?:,|$)", line)]
    assert number(sums[2]) == sum(each)


def test_a_violation_of_any_seed_is_counted_shown_and_ends_with_status_1(
    cli: CliRunner, violated: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli.invoke(takar, [*SMALL, "--seeds", "3-5"])
    assert [file.name for file in tmp_path.iterdir()] == ["simulation-4.html"]
    assert violated == [3, 4, 5], "the others are run all the same"
    assert done.exit_code == 1
    assert "VIOLATION kupang-01: S: too much" in done.output
    assert "1 of 3 runs with a violation" in done.output


@pytest.mark.parametrize("seeds", ["5", "5-", "5-3", "a-b", "-1-2", f"1-{2**63}", "1-2-3"])
def test_what_is_no_range_of_seeds_is_refused(
    seeds: str, cli: CliRunner, violated: list[int]
) -> None:
    done = cli.invoke(takar, [*SMALL, f"--seeds={seeds}"])
    assert (done.exit_code, violated) == (2, [])
    assert f"--seeds {seeds}: expected the first and the last, as 1-20" in done.output


@pytest.mark.parametrize("also", [["--seed", "3"], ["--html", "one.html"]])
def test_seeds_go_with_no_single_seed(also: list[str], cli: CliRunner, violated: list[int]) -> None:
    done = cli.invoke(takar, [*SMALL, "--seeds", "3-4", *also])
    assert (done.exit_code, violated) == (2, [])
