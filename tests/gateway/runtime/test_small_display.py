"""Every sentence fits two lines of 20 characters, in both languages; litres and rupiah live."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.core.fields import MOST_FILL_ML, MOST_GRANT_ML, MOST_PRICE_IDR_PER_L
from gateway.core.reasons import Reason, Status
from gateway.core.units import amount_idr
from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.recent import LastSale
from gateway.runtime.small_display import SmallDisplays, lines_of
from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.words import LANGUAGES, catalogue
from hardware.ports import COLUMNS
from tests.gateway.runtime.snapshots import WAITING

NOW = "2026-11-22T04:00:20.000Z"
PUMP = PumpSnapshot(
    pump=1,
    state="idle",
    plate="DH 1001 A",
    volume_ml=0,
    amount_idr=0,
    remaining_ml=38_500,
    code="ready",
    product="pertamax",
    stop_ml=None,
    fault=None,
    totaliser_ml=0,
    until="2026-11-30T15:59:59.999Z",
)
ZONE = ZoneInfo("Asia/Makassar")
SALE = LastSale(
    sale="0" * 16 + "-1",
    time="2026-11-22T04:00:00.001Z",
    plate="DH 1001 A",
    product="pertamax",
    volume_ml=12_340,
    amount_idr=159_186,
    ended_by="nozzle_hung",
)


def shown(language: str = "id", **changes: object) -> tuple[str, str]:
    pump = msgspec.structs.replace(PUMP, **changes)
    first, second = lines_of(pump, NOW, language, ZONE)
    assert first.isascii()
    assert second.isascii()
    assert len(first) <= COLUMNS
    assert len(second) <= COLUMNS
    return first, second


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("id", ("Tunjukkan petugas:", "20,0 L s/d 12:30")),
        ("en", ("Attendant gives:", "20.0 L to 12:30")),
    ],
)
def test_what_may_be_served_elsewhere_and_until_when(language: str, lines: tuple[str, str]) -> None:
    reserved = OpenDeclaration(
        sale="0" * 16 + "-2",
        pump=1,
        station="spbu-54",
        subject="dh-1001-a",
        plate="DH 1001 A",
        product="pertamax",
        volume_ml=20_000,
        price_idr_per_l=12_900,
        started=NOW,
        until="2026-11-22T04:30:00.000Z",
        late=False,
    )
    assert shown(language, state="reserved", code="reserved", reserved=reserved) == lines


def test_nobody_is_thanked_for_a_receipt() -> None:
    declared = msgspec.structs.replace(SALE, ended_by="authorise_only")
    assert shown("en", last_sale=declared)[0] == "Please tap the"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*Status, *Reason])
@pytest.mark.parametrize("remaining_ml", [0, 38_500, MOST_GRANT_ML])
def test_every_code_is_said_whole(code: str, language: str, remaining_ml: int) -> None:
    first, second = shown(language, state="refused", code=str(code), remaining_ml=remaining_ml)
    sentence = catalogue(language)[code].replace("…", "...")
    if "{" not in sentence:
        assert f"{first} {second}".strip() == sentence
    else:
        assert first
        assert second


def test_it_reads_as_the_page_does() -> None:
    assert shown() == ("Silakan tempelkan", "kartu kendaraan")
    assert shown(state="authorised", code="authorised") == ("Silakan isi, sisa", "38,5 L")
    assert shown(code="balance") == ("Sisa 38,5 L s/d", "30.11.")
    assert shown("en", state="deciding", code="asking") == ("One moment...", "")


@pytest.mark.parametrize("state", ["dispensing", "settling", "recording"])
def test_litres_and_rupiah_climb_live(state: str) -> None:
    changes: dict[str, Any] = {
        "state": state,
        "code": "authorised",
        "volume_ml": 12_340,
        "amount_idr": 159_186,
    }
    assert shown(**changes) == ("DH 1001 A    12,34 L", "          Rp 159.186")
    assert shown("en", **changes) == ("DH 1001 A    12.34 L", "          Rp 159.186")


@pytest.mark.parametrize("plate", [None, "", "EXCAVATOR KOMATSU 17 / 2019", "x" * 200])
@pytest.mark.parametrize("volume_ml", [0, 999_990, MOST_FILL_ML])
def test_figures_come_before_a_long_plate(plate: str | None, volume_ml: int) -> None:
    dearest = amount_idr(volume_ml, MOST_PRICE_IDR_PER_L)
    first, second = shown(state="dispensing", plate=plate, volume_ml=volume_ml, amount_idr=dearest)
    assert first.lstrip().endswith(" L")
    assert second.lstrip().startswith("Rp ")


def test_the_last_sale_stays_for_a_while() -> None:
    assert shown(last_sale=SALE) == ("DH 1001 A    12,34 L", "          Rp 159.186")
    early = msgspec.structs.replace(SALE, time="2026-11-22T04:00:00.000Z")
    assert shown(last_sale=early) == ("Silakan tempelkan", "kartu kendaraan")
    assert shown(last_sale=SALE, state="refused", code="card_lost")[0] == "Kartu dilaporkan"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digits_of_a_sign_in_are_there(language: str) -> None:
    assert "421133" in "".join(shown(language, pairing="421133"))
    assert "421133" not in "".join(shown(language, pairing="421133", state="dispensing"))
    assert shown(language, signing_in=True) != shown(language)
    assert set(catalogue(language, "small")) == {"sign_in", "sign_in_digits"}


class Broken:
    """Told something, it raises."""

    def __init__(self) -> None:
        self.told = 0

    def show(self, _first: str, _second: str) -> None:
        self.told += 1
        raise RuntimeError("a bug")

    def close(self) -> None:
        pass


def test_a_display_that_raises_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken()
    displays = SmallDisplays({1: (broken, "id")}, ZONE)
    snapshot = Snapshot(
        gateway="g",
        time=NOW,
        online=True,
        link="",
        blocked=None,
        head=1,
        acknowledged_through=1,
        commits=1,
        pumps=[PUMP, msgspec.structs.replace(PUMP, pump=2)],
    )
    displays.show(snapshot)
    displays.show(snapshot)
    assert broken.told == 2
    assert len(caplog.records) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_most_litres_leave_room_for_the_hour(language: str) -> None:
    most = msgspec.structs.replace(WAITING, volume_ml=12_345_600)
    first, second = shown(language, state="reserved", code="reserved", reserved=most)
    assert re.search("[0-9]{2}:[0-9]{2}$", second), (first, second)
    assert len(first) <= COLUMNS >= len(second)
