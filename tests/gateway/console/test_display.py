"""Which screen a driver sees, and that it shows nothing else."""

from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from gateway.console.display import screen
from gateway.console.feed import Feed
from gateway.console.pages import Pages
from gateway.console.words import Words
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.session import State
from gateway.runtime.recent import LastRefusal, LastSale
from gateway.words import LANGUAGES, say
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played
from tests.gateway.runtime.snapshots import WAITING, pump, snapshot

WITA = ZoneInfo("Asia/Makassar")
PAGES = Pages("id", WITA, "kupang-01")
FILLING: dict[str, Any] = {
    "state": "dispensing",
    "code": "authorised",
    "subject": "dh-1001-a",
    "plate": "DH 1001 A",
    "volume_ml": 12_340,
    "amount_idr": 153_016,
    "remaining_ml": 26_160,
    "until": "2026-11-30T15:59:59.999Z",
}
SALE = LastSale(
    sale="00112233445566aa-7",
    time="2026-11-22T03:59:55.000Z",
    plate="DH 1001 A",
    product="pertamax",
    volume_ml=20_000,
    amount_idr=248_000,
    ended_by="nozzle_hung",
)


RESERVED = replace(WAITING, sale="00112233445566aa-8", pump=1)


def feed_of(*, fresh: bool = True, blocked: str | None = None, **changes: Any) -> Feed:
    feed = Feed(Path("nowhere"))
    feed.newest = snapshot(pumps=[pump(**changes)], blocked=blocked)
    feed._fresh = fresh
    return feed


def shown(feed: Feed, language: str = "id") -> str:
    """What stands on the display, as one line."""
    html = PAGES.part("screen.html", language, screen=screen(feed, 1), feed=feed)
    text = "".join(part.partition(">")[2] or " " for part in f">{html}".split("<"))
    return unescape(" ".join(text.split()))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "ready"),
        ({"state": "deciding"}, "asking"),
        (FILLING | {"state": "authorised"}, "go"),
        (FILLING, "flow"),
        (FILLING | {"subject": None, "plate": None}, "draw"),
        (FILLING | {"state": "settling", "ended_by": "nozzle_hung"}, "ended"),
        ({"state": "reserved", "code": "reserved", "reserved": RESERVED}, "reserved"),
        ({"state": "reserved", "code": "reserved"}, "ready"),
        ({"state": "refused", "code": "quota_exhausted"}, "refused"),
        ({"state": "faulted", "code": "pump_fault", "fault": "pump_silent"}, "fault"),
        ({"state": "emergency_stop", "code": "emergency_stop"}, "fault"),
        ({"state": "bypassed", "code": "bypass_on"}, "bypass"),
        ({"state": "bypassed", "code": "bypass_on", "fault": "pump_silent"}, "bypass"),
        ({"code": "storage_full"}, "refused"),
        ({"code": "override"}, "prompt"),
        (FILLING | {"state": "prompting", "code": "odometer", "volume_ml": 0}, "prompt"),
        ({"last_sale": SALE}, "done"),
        ({"last_sale": msgspec.structs.replace(SALE, time="2026-11-22T03:59:39.000Z")}, "ready"),
        ({"last_sale": msgspec.structs.replace(SALE, ended_by="voucher")}, "ready"),
        ({"last_sale": msgspec.structs.replace(SALE, ended_by="authorise_only")}, "ready"),
    ],
)
def test_each_state_has_its_screen(changes: dict[str, Any], kind: str) -> None:
    assert screen(feed_of(**changes), 1).kind == kind
    for language in LANGUAGES:
        assert shown(feed_of(**changes), language)


def test_a_fill_shows_litres_rupiah_plate_and_what_is_left_until_when() -> None:
    text = shown(feed_of(**FILLING))
    for part in ("12,34", "Rp 153.016", "DH 1001 A", "Sisa 26,1 L s/d 30 Nov"):
        assert part in text
    assert "26.1 L left until 30 Nov" in shown(feed_of(**FILLING), "en")


def test_what_another_station_may_serve_is_shown_to_its_attendant() -> None:
    feed = feed_of(state="reserved", code="reserved", reserved=RESERVED)
    for language, parts in (
        (
            "id",
            ("20,0", "boleh dilayani sampai 12:30", "DH 1001 A", "Tunjukkan ini kepada petugas"),
        ),
        ("en", ("20.0", "may be served until 12:30", "DH 1001 A", "Show this to the attendant")),
    ):
        text = shown(feed, language)
        assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(("volume_ml", "text"), [(39, "0,00"), (40, "0,04"), (0, "0,00")])
def test_nothing_is_shown_below_four_centilitres(volume_ml: int, text: str) -> None:
    said = shown(feed_of(**FILLING | {"volume_ml": volume_ml, "amount_idr": 496}))
    assert f"{text} liter" in said
    assert ("Rp 0" in said) == (volume_ml < 40)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_each_refusal_says_why_and_what_next(reason: Reason, language: str) -> None:
    words = Words(language, WITA)
    text = shown(feed_of(state="refused", code=reason.value), language)
    assert say(reason.value, language) in text
    assert words(f"advice_{reason}") in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("state", State)
def test_whatever_a_pump_tells_in_any_state_can_be_shown(
    state: State, status: Status, language: str
) -> None:
    feed = feed_of(state=state.value, code=status.value)
    text = shown(feed, language)
    if screen(feed, 1).kind == "prompt":
        assert say(status.value, language, remaining="", until="") in text


def test_the_plate_of_a_refused_vehicle_is_its_own() -> None:
    refusal = LastRefusal(time="2026-11-22T04:00:00.000Z", code="limit_day", plate="DH 7 B")
    refused = feed_of(state="refused", code="limit_day", last_refusal=refusal)
    assert "DH 7 B" in shown(refused)
    other = feed_of(state="refused", code="unknown_card", last_refusal=refusal)
    assert "DH 7 B" not in shown(other)


@pytest.mark.parametrize("fault", Fault)
def test_a_driver_is_told_of_a_fault_only_that_there_is_one(fault: Fault) -> None:
    text = shown(feed_of(state="faulted", code="pump_fault", fault=fault.value))
    assert "Gangguan pompa, panggil petugas" in text
    assert say(fault.value) not in text


def test_why_a_fill_ended_is_said_where_the_driver_did_not_end_it() -> None:
    closing = FILLING | {"state": "settling"}
    assert "Kuota habis" in shown(feed_of(**closing, ended_by="quota_exhausted"))
    assert "Dihentikan petugas" in shown(feed_of(**closing, ended_by="attendant"))
    assert "Dihentikan gangguan" in shown(feed_of(**closing, ended_by="limiter_lease"))
    assert "Nosel digantung" not in shown(feed_of(**closing, ended_by="nozzle_hung"))


def test_a_silent_gateway_hides_what_it_said_last() -> None:
    text = shown(feed_of(fresh=False, **FILLING))
    assert "Layar tidak tersambung" in text
    assert "12,34" not in text
    assert "DH 1001 A" not in text


def test_a_card_for_the_console_is_asked_for() -> None:
    assert "Masuk konsol: tempelkan" in shown(feed_of(signing_in=True))
    assert "konsol" not in shown(feed_of())


@pytest.mark.parametrize(
    ("source", "headers", "seen"),
    [
        ("127.0.0.1", {}, True),
        ("192.168.1.40", {}, True),
        ("192.168.1.66", {}, False),
        ("127.0.0.1", {"x_forwarded_for": "192.168.1.66"}, False),
        ("127.0.0.1", {"forwarded": "for=192.168.1.66"}, False),
    ],
)
def test_the_digits_to_sign_in_are_seen_at_the_pump_alone(
    tmp_path: Path, source: str, headers: dict[str, str], seen: bool
) -> None:
    async def go() -> None:
        played = Played(tmp_path, displays=("self", "192.168.1.40"))
        played.says(pairing="471122")
        page = await played.browser(source).get("/layar/1", **headers)
        assert ("471122" in page.text, "hanya ada di layar pompa" in page.text) == (seen, not seen)

    play(go)


def test_behind_a_proxy_this_machine_is_no_display(tmp_path: Path) -> None:
    async def go() -> None:
        played = Played(tmp_path, displays=())
        played.says(pairing="471122")
        assert "471122" not in (await played.browser("127.0.0.1").get("/layar/1")).text

    play(go)


def test_nothing_of_other_pumps_or_of_the_station_is_shown() -> None:
    feed = feed_of(**FILLING)
    assert feed.newest is not None
    second = pump(pump=2, plate="DH 99 Z", subject="dh-99-z", state="dispensing")
    feed.newest = msgspec.structs.replace(feed.newest, pumps=[*feed.newest.pumps, second])
    text = shown(feed)
    assert "DH 99 Z" not in text
    assert "71" not in text, "the totaliser"
