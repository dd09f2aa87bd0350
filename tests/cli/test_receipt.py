"""`takar receipt`, `takar ledger find` and `takar central find`: a sale on paper, and back."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.config.types import GatewayConfig
from tests.core.shifts import sold
from tests.gateway.paper.conftest import Write, config, write  # noqa: F401
from tests.gateway.store.samples import INCARNATION, grant, refusal
from tests.hardware.receipt_printer.slips import read


@pytest.fixture
def run(
    write: Write,  # noqa: F811
    config: GatewayConfig,  # noqa: F811
    tmp_path: Path,
) -> "Run":
    write([grant(1), sold(1, 10_000), refusal(1)])
    return Run(tmp_path / "gateway.toml")


class Run:
    """Commands about that gateway."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.folder = file.parent

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(takar, [*words, "--config", str(self.file)])

    def printer(self, text: str) -> None:
        shown = "[receipt_printer]\ncolumns = 48\n" + text
        self.file.write_text(f"{self.file.read_text()}\n{shown}\n")


def code_in(receipt: str) -> str:
    return receipt.splitlines()[-2].strip()


def test_on_the_terminal_by_entry_id_or_code(run: Run) -> None:
    by_entry = run("receipt", "2")
    assert by_entry.exit_code == 0, by_entry.output
    assert "JUMLAH                          Rp 129.500" in by_entry.output
    assert by_entry.output == run("receipt", f"{INCARNATION}-1").output
    assert by_entry.output == run("receipt", code_in(by_entry.output)).output
    assert "TOTAL" in run("receipt", "2", "--language", "en").output


@pytest.mark.parametrize("sale", ["1", "3", "9", "x", f"{INCARNATION}-9"])
def test_what_is_no_sale_is_said(run: Run, sale: str) -> None:
    done = run("receipt", sale)
    assert (done.exit_code, "holds no sale" in done.output) == (2, True)


def test_into_a_file_and_the_second_is_a_copy(run: Run) -> None:
    first, second = run.folder / "a.txt", run.folder / "b.txt"
    for file in (first, second):
        assert run("receipt", "2", "--to", str(file)).exit_code == 0
    assert "SALINAN" not in first.read_text()
    assert "SALINAN" in second.read_text()
    again = run("receipt", "2", "--to", str(first))
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    assert "SALINAN" in run("receipt", "2").output


def test_on_the_printer(run: Run) -> None:
    assert "has no section [receipt_printer]" in run("receipt", "2", "--to", "printer").output
    device = run.folder / "lp0"
    run.printer(f'connection = "file"\ndevice = "{device}"\nheading = "BKAD"')
    away = run("receipt", "2", "--to", "printer")
    assert (away.exit_code, "no printer answers" in away.output) == (1, True)
    device.touch()
    assert run("receipt", "2", "--to", "printer").exit_code == 0
    text, *_ = read(device.read_bytes())
    assert "Liter" + " " * 35 + "10,000 L\n" in text
    assert ("SALINAN" in text, "BKAD" in text) == (False, True)


def test_a_station_finds_its_entry_by_the_code(run: Run) -> None:
    code = code_in(run("receipt", "2").output)
    found = run("ledger", "find", code.lower())
    assert found.exit_code == 0, found.output
    assert "sale.completed, dh-1001-a, pertamax, 10,000 L, Rp 129.500" in found.output
    assert '"ended_by": "nozzle_hung"' in found.output
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    other = run("ledger", "find", wrong)
    assert (other.exit_code, "does not fit it" in other.output) == (1, True)
    for missing in (code.replace("-2-", "-9-"), code.replace("kupang-01", "kupang-02")):
        done = run("ledger", "find", missing)
        assert (done.exit_code, "has no entry" in done.output) == (1, True)
    assert run("ledger", "find", "nonsense").exit_code == 2
