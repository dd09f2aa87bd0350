"""The living picture, for every state that a pump can be in."""

import io
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from gateway.core.reasons import Reason, Status
from gateway.core.session import State
from gateway.demo.picture import KEYS, LEAST_NEWS, MOST_NEWS, Picture, line, sentence
from gateway.runtime.status import PumpSnapshot, Snapshot
from tests.gateway.runtime.snapshots import WAITING, pump, snapshot

FILLING: dict[str, Any] = {
    "subject": "dh-1001-a",
    "plate": "DH 1001 A",
    "volume_ml": 12_340,
    "amount_idr": 159_803,
    "remaining_ml": 27_660,
    "stop_ml": 20_000,
}
RESERVED = replace(
    WAITING,
    pump=1,
    station="spbu-54.851.01",
    started="2026-11-23T02:01:49.820Z",
    until="2026-11-23T02:31:49.820Z",
)
OF_STATE: dict[State, PumpSnapshot] = {
    State.IDLE: pump(),
    State.DECIDING: pump(state="deciding", code="asking"),
    State.PROMPTING: pump(state="prompting", code="driver_card", asks="driver_card"),
    State.AUTHORISED: pump(state="authorised", code="authorised", **FILLING | {"volume_ml": 0}),
    State.DISPENSING: pump(state="dispensing", code="authorised", **FILLING),
    State.SETTLING: pump(state="settling", code="authorised", **FILLING),
    State.RECORDING: pump(state="recording", code="authorised", **FILLING),
    State.RESERVED: pump(state="reserved", code="reserved", reserved=RESERVED),
    State.REFUSED: pump(state="refused", code="card_lost"),
    State.FAULTED: pump(state="faulted", code="pump_fault", fault="contact_welded"),
    State.BYPASSED: pump(state="bypassed", code="bypass_on"),
    State.EMERGENCY_STOP: pump(state="emergency_stop", code="emergency_stop"),
}


def drawn(
    shown: Snapshot | None, *, chosen: int = 1, whole: bool = True, keys: bool = False
) -> str:
    picture = Picture()
    picture.tell("a vehicle taps")
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    console.print(picture.render(shown, chosen, cable_whole=whole, keys=keys))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("state", State)
def test_every_state_is_drawn_with_its_words_in_both_languages(state: State) -> None:
    shown = OF_STATE[state]
    text = drawn(snapshot(pumps=[shown, pump(pump=2, product="dexlite")]))
    assert state.value.replace("_", " ").upper() in text
    assert sentence(shown, "id") in text
    assert sentence(shown, "en") in text
    assert "pump 1 · pertamax · keys act here" in text
    assert "pump 2 · dexlite" in text
    assert "totaliser 71,05 L" in text
    assert "a vehicle taps" in text


@pytest.mark.parametrize("code", [*Status, *Reason])
def test_every_code_is_drawn(code: str) -> None:
    text = drawn(snapshot(pumps=[pump(code=code)]))
    assert sentence(pump(code=code), "id").strip() in text
    assert sentence(pump(code=code), "en").strip() in text


def test_a_fill_shows_volume_money_remainder_and_stop() -> None:
    text = drawn(snapshot(pumps=[OF_STATE[State.DISPENSING]]))
    for words in ("DH 1001 A", "12,34 L", "Rp 159.803", "stops at 20,00 L", "sisa 27,6 L"):
        assert words in text


def test_the_chosen_pump_is_marked() -> None:
    both = snapshot(pumps=[pump(), pump(pump=2)])
    assert "pump 2 · pertamax · keys act here" in drawn(both, chosen=2)


@pytest.mark.parametrize(
    ("shown", "whole", "words"),
    [
        (snapshot(), True, "online"),
        (snapshot(online=False), True, "offline"),
        (snapshot(), False, "network cut"),
        (None, True, "The gateway is not running. Both contacts are open."),
    ],
)
def test_the_link_is_said(shown: Snapshot | None, whole: bool, words: str) -> None:
    assert words in drawn(shown, whole=whole)


def test_what_waits_and_what_blocks_is_said() -> None:
    text = drawn(snapshot(head=9, acknowledged_through=7, blocked="ledger_forked"))
    assert "ledger: 9 entries" in text
    assert "acknowledged 7" in text
    assert "2 waiting" in text
    assert "blocked: ledger_forked" in text


def test_the_keys_are_told_once_they_work() -> None:
    shown = [" ".join(drawn(snapshot(), keys=keys).split()) for keys in (False, True)]
    assert [KEYS.split(" · ")[0] in text for text in shown] == [False, True]
    assert "q quit" in shown[1]


def test_only_the_newest_news_is_kept() -> None:
    picture = Picture()
    for number in range(MOST_NEWS + 1):
        picture.tell(f"news {number}.")
    console = Console(file=io.StringIO(), width=80)
    console.print(picture.render(None, 1, cable_whole=True, keys=False))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "news 0." not in text
    assert f"news {MOST_NEWS}." in text


@pytest.mark.parametrize("lines", [24, 30, 60])
def test_the_keys_are_seen_on_a_terminal_of_any_usual_height(lines: int) -> None:
    picture = Picture()
    for number in range(MOST_NEWS):
        picture.tell(f"news {number}, which is so long that it would take a second line " * 2)
    console = Console(file=io.StringIO(), width=80)
    drawn_lines = console.render_lines(
        picture.render(snapshot(), 1, cable_whole=True, keys=True, lines=lines)
    )
    assert len(drawn_lines) <= lines
    assert sum("news" in str(line) for line in drawn_lines) >= LEAST_NEWS


def test_a_pump_in_one_plain_line() -> None:
    assert line(pump()) == "pump 1: idle | Please tap the vehicle card"
    assert line(OF_STATE[State.DISPENSING]) == (
        "pump 1: dispensing DH 1001 A 12.34 L | Please fill, 27.6 L left"
    )
    assert line(OF_STATE[State.REFUSED]) == "pump 1: refused | Card reported lost"


def test_what_a_third_partys_pump_may_serve_is_said() -> None:
    said = sentence(OF_STATE[State.RESERVED], "en")
    assert "20.0 L" in said
    assert said.endswith("10:31")


def test_what_can_be_opened_is_read_on_a_narrow_terminal() -> None:
    addresses = ["open http://127.0.0.1:40000/", "console http://127.0.0.1:40001/ : code k7mq-x2pa"]
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    console.print(Picture(lambda: addresses).render(snapshot(), 1, cable_whole=True, keys=False))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for address in addresses:
        assert f"{address}\n" in "\n".join(line.rstrip() for line in text.splitlines())
