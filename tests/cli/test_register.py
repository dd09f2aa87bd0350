"""`takar register`, from the office's keyboard to what gateways go by."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import takar

BECAUSE = ("--reason", "told by phone", "--by", "Ama Nalle")


@pytest.fixture
def city(cli: CliRunner, tmp_path: Path) -> Path:
    made = tmp_path / "city"
    assert cli.invoke(takar, ["init", str(made), "--seed", "7"]).exit_code == 0
    return made


@pytest.fixture
def plate(city: Path) -> str:
    """Of a vehicle whose card is in use."""
    cards = json.loads((city / "cards.json").read_text())
    return next(str(c["plate"]) for c in cards if (c["kind"], c["status"]) == ("vehicle", "active"))


def run(cli: CliRunner, city: Path, *arguments: str) -> tuple[int, str]:
    done = cli.invoke(takar, ["register", *arguments, "--config", str(city / "central.toml")])
    return done.exit_code, done.output


def test_a_lost_card_and_the_one_that_replaces_it(cli: CliRunner, city: Path, plate: str) -> None:
    status, said = run(cli, city, "card-status", plate, "lost", *BECAUSE)
    assert status == 0
    assert said.endswith(" is lost\n")
    status, said = run(cli, city, "card-status", plate, "lost", *BECAUSE)
    assert (status, said) == (
        1,
        f"takar: nothing was changed: no card of {plate} would become lost\n",
    )
    assert run(cli, city, "card", "04:a1:b2:c3:d4:e5:f6", "--vehicle", plate, *BECAUSE)[0] == 0
    shown = run(cli, city, "show", plate)[1].splitlines()
    assert shown[0].startswith(f"{plate}  ")
    assert shown[0].endswith(": may fill")
    assert {line.rsplit(": ", 1)[1] for line in shown[3:]} == {"lost", "active"}
    assert run(cli, city, "show", "04A1B2C3D4E5F6")[1].count("\n") == 1


def test_the_odometer_is_asked_for_and_a_price_rises(
    cli: CliRunner, city: Path, plate: str
) -> None:
    said = run(cli, city, "vehicle", plate, "--meter-policy", "required", *BECAUSE)
    assert said == (0, f"{plate} is changed\n")
    assert "required" in run(cli, city, "show", plate)[1]
    said = run(cli, city, "price", "pertamax", "12600", *BECAUSE)
    assert said == (0, "pertamax: Rp 12.600 a litre (version 2)\n")
    status, rules = run(cli, city, "rules", "--always-open", "none", "--day-litres", "90", *BECAUSE)
    assert status == 0
    assert "always_open: []" in rules
    assert "day_ml: 90000" in rules


def test_a_department_a_vehicle_and_its_driver_are_new(cli: CliRunner, city: Path) -> None:
    new = ("department", "dinas-baru", "--title", "Dinas Baru", "--budget-idr", "9000000")
    assert run(cli, city, *new, *BECAUSE)[0] == 0
    car = ("vehicle", "dh 77 xx", "--new", "--kind", "car", "--department", "dinas-baru")
    status, said = run(cli, city, *car, *BECAUSE)
    assert status == 2
    assert "a new vehicle needs" in said
    more = ("--product", "pertamax", "--tank-litres", "45", "--quota-litres", "100")
    assert run(cli, city, *car, *more, "--meter", "odometer", *BECAUSE)[0] == 0
    shown = run(cli, city, "show", "DH 77 XX")[1]
    assert "100 L a month of pertamax; tank 45 L" in shown
    assert shown.endswith("no card\n")
    driver = ("card", "04A1B2C3", "--person", "yos-nalle", "--kind", "driver")
    assert run(cli, city, *driver, *BECAUSE)[0] == 0
    assert run(cli, city, "show", "yos-nalle")[1] == (
        "card 04A1B2C3  driver card of yos-nalle: active\n"
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("card", "04A1", "--vehicle", "X"), "expected 8, 14 or 20 hexadecimal digits"),
        (("card", "04A1B2C3"), "expected either --vehicle PLATE, or --person NAME"),
        (("card", "04A1B2C3", "--person", "ama"), "expected either --vehicle PLATE, or --person"),
        (("card", "04A1B2C3", "--vehicle", "X", "--kind", "driver"), "expected either --vehicle"),
        (("vehicle", "X", "--tank-litres", "4e9"), "expected litres as shown"),
    ],
)
def test_wrong_usage_is_told(
    cli: CliRunner, city: Path, arguments: tuple[str, ...], why: str
) -> None:
    status, said = run(cli, city, *arguments, *BECAUSE)
    assert status == 2
    assert why in " ".join(said.split())
