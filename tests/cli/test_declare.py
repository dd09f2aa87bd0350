"""`takar declare`: what it asks of the gateway, and what it prints."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gateway.cli import takar
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.requests import (
    CancelDeclaration,
    Declare,
    ListDeclarations,
    Request,
    Typed,
)
from tests.gateway.runtime.snapshots import WAITING

SALE = "00112233445566aa-7"
OPEN = replace(WAITING, pump=3, price_idr_per_l=12_950, late=True)
DONE = {"sale": SALE, "subject": "dh-1001-a", "reserved_ml": 20_000, "sequence": 9}
SOLD = {"volume_ml": 25_500, "beyond_ml": 5_500, "overrun_ml": 1_500, "amount_idr": 330_225}


@pytest.fixture
def asked(folder: Path) -> Iterator[list[Request]]:
    found: list[Request] = []

    def take(request: Request, answer: Callable[[Answer], None]) -> None:
        if isinstance(request, ListDeclarations):
            answer(Answer(done={"declarations": [msgspec.to_builtins(OPEN)]}))
            return
        found.append(request)
        answer(Answer(done=DONE | SOLD if isinstance(request, Declare) else DONE))

    with ControlServer(control_path(str(folder / "gateway.sock")), take):
        yield found


def run(folder: Path, *words: str, typed: str = "") -> Result:
    first, *others = words
    config = ["--config", str(folder / "gateway.toml")]
    return CliRunner().invoke(takar, ["declare", first, *config, *others], input=typed)


@pytest.mark.usefixtures("asked")
def test_what_is_open_is_listed_in_the_citys_time(folder: Path) -> None:
    assert run(folder, "list").output == (
        f"{SALE}: DH 1001 A, up to 20,000 L of pertamax at spbu-54, tapped 2026-11-22 12:00, to "
        "be served until 12:30, which is over\n"
    )
    (one,) = msgspec.json.decode(run(folder, "list", "--json").output)
    assert msgspec.convert(one, OpenDeclaration) == OPEN


@pytest.mark.parametrize("sale", [SALE, "dh 1001a", "dh-1001-a"])
def test_a_receipt_is_typed_twice(folder: Path, asked: list[Request], sale: str) -> None:
    done = run(folder, "enter", sale, "--by", "Ama", typed="A-1\n25,5\na-1\n25.5\n")
    assert done.exit_code == 0, done.output
    typed = Typed("A-1", 25_500, "Ama")
    assert asked == [Declare(SALE, typed, Typed("a-1", 25_500, "Ama"))]
    assert done.output.endswith(
        f"sale {SALE}: dh-1001-a, 25,500 L, Rp 330.225, entry 9; 5,500 L beyond what was "
        "reserved, of which 1,500 L are held against the next grants\n"
    )


def test_two_people_may_type_it_and_a_script_may(folder: Path, asked: list[Request]) -> None:
    options = ["--receipt", "A-1", "--litres", "5", "--receipt-again", "A-2"]
    options += ["--litres-again", "6", "--by", "Ama", "--by-again", "Beni"]
    assert run(folder, "enter", SALE, *options).exit_code == 0
    assert asked == [Declare(SALE, Typed("A-1", 5_000, "Ama"), Typed("A-2", 6_000, "Beni"))]


def test_a_cancellation_says_who(folder: Path, asked: list[Request]) -> None:
    done = run(folder, "cancel", "DH 1001 A", "--by", " Ama ", "--why", "no fuel there")
    assert done.output == (
        f"sale {SALE}: cancelled, 20,000 L of dh-1001-a are free again, entry 9\n"
    )
    assert asked == [CancelDeclaration(SALE, "Ama", "no fuel there")]


@pytest.mark.parametrize(
    "words",
    [
        ("cancel", "DH 9 Z", "--by", "Ama"),
        ("cancel", SALE, "--by", " "),
        ("enter", SALE, "--litres", "much", "--receipt", "A-1"),
    ],
)
def test_what_makes_no_sense_is_not_asked(
    folder: Path, asked: list[Request], words: tuple[str, ...]
) -> None:
    assert run(folder, *words).exit_code == 2
    assert asked == []
