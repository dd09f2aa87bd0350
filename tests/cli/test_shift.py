"""`takar shift`: what it asks and prints, with a gateway that answers as it is told."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.core.facts import Fact
from gateway.core.shift import closing, opening
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import CloseShift, OpenShift, Request
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.store.samples import grant, refusal


class Station:
    """Opens, sells and closes."""

    def __init__(self) -> None:
        self.facts: list[Fact] = [grant(1), refusal(1)]

    def take(self, request: Request, answer: Callable[[Answer], None]) -> None:
        shift = balance_of(*self.facts).shift
        fact: Fact
        try:
            if isinstance(request, OpenShift):
                fact = opening(shift, request.by, {1: 100})
                self.facts += [fact, sold(1, 10_000), refusal(2)]
            elif isinstance(request, CloseShift):
                fact = closing(shift, request.by, {1: 10_150})
                self.facts.append(fact)
            else:
                readings = shift.readings_to({1: 10_150})
                totals = msgspec.to_builtins((shift.totals, readings))
                shown: dict[str, object] = {"open": shift.begun is not None, "number": shift.number}
                if shift.begun is not None:
                    shown |= {"opened": shift.begun.time, "opened_by": shift.begun.by}
                answer(Answer(done={**shown, "totals": totals[0], "readings": totals[1]}))
                return
        except ValueError as error:
            answer(Answer(refused=str(error)))
        else:
            answer(Answer(done={"sequence": len(self.facts), **msgspec.to_builtins(fact)}))


def shift(folder: Path, *words: str) -> Result:
    config = ["--config", str(folder / "gateway.toml")]
    return CliRunner().invoke(takar, ["shift", words[0], *config, *words[1:]])


def test_a_shift_is_opened_looked_at_and_closed(folder: Path) -> None:
    with ControlServer(control_path(str(folder / "gateway.sock")), Station().take):
        assert "no shift is open" in shift(folder, "show").output
        assert shift(folder, "close", "--by", "Ama").exit_code == 1
        opened = shift(folder, "open", "--by", " Ama ")
        assert "shift 1 is open" in opened.output, opened.output
        assert "refused, unknown_card: 1" in opened.output
        again = shift(folder, "open", "--by", "Beni")
        assert (again.exit_code, "close it first" in again.output) == (1, True)
        assert "shift 1, Ama, since" in shift(folder, "show").output
        closed = shift(folder, "close", "--by", "Beni")
        assert "dinas-kesehatan: 1 fills, 10,000 L, Rp 129.500" in closed.output, closed.output
        assert "totaliser 0,100 L to 10,150 L; sold 10,000 L" in closed.output
        assert "in no entry 0,050 L" in closed.output
        assert json.loads(shift(folder, "show", "--json").output)["open"] is False


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("  ", "found nothing"),
        ("Ama\nBeni", 'found "Ama\\nBeni", which has a line break'),
        ("\x1b[2JAma", 'found "\\u001b[2JAma", which has a line break or another control'),
        (101 * "a", "found 101 characters"),
    ],
)
def test_whose_hands_it_is_in_is_one_line(folder: Path, name: str, found: str) -> None:
    refused = shift(folder, "close", "--by", name)
    said = " ".join(refused.output.replace("│", " ").split())
    assert (refused.exit_code, "expected a person's name: 1 to 100 characters" in said) == (2, True)
    assert found in said
    assert "regex" not in said
