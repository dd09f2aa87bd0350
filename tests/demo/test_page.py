"""The forecourt's page without a socket: whom it serves, what it refuses, and what it says."""

import json
import re
from threading import Event
from typing import Any

import pytest

from gateway.demo.page.app import TOKEN, build
from gateway.demo.page.deeds import Deeds
from gateway.demo.page.tanks import Tanks
from gateway.demo.page.theirs import Receipts
from gateway.demo.parts import PartFailed
from gateway.demo.wallet import PageCard
from hardware.ports import HardwareError
from tests.gateway.console.asgi import HOST, Browser, Got, played

CAR = PageCard(
    id="card-1", group="cars", title="DH 1 A", note="car", uid="04AA", tank_free_ml=3_000
)
AMA = PageCard(id="card-2", group="People", title="Attendant", note="", uid="04BB")
CONSOLE = "http://127.0.0.1:8081"


class Played:
    """Hands and forecourt in one, which write down what is asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.dispensed_ml = 0
        self.failure: Exception | None = None
        self.yours = Event()
        self.yours.set()
        self.console_url = CONSOLE
        self.code = "k7mq-x2pa"
        here: Any = self
        self.tanks, self.receipts = Tanks(), Receipts()
        self.neighbour = self
        deeds = Deeds(here, here, [CAR, AMA], self.tanks, self.receipts, self.yours)
        self.browser = Browser(build(here, [CAR, AMA], deeds, here), "127.0.0.1")

    def __getattr__(self, name: str) -> Any:
        def done(*values: Any, **named: Any) -> None:
            if self.failure is not None:
                raise self.failure
            self.asked.append((name, *values, *named.items()))

        return done

    def place(self, pump: int) -> tuple[Any, int]:
        return self, pump if pump != 3 else 1

    def ask(self, _op: str) -> dict[str, Any]:
        return {"pumps": [{"pump": 1, "dispensed_ml": self.dispensed_ml}]}

    async def do(self, body: Any, **headers: str) -> Got:
        """As the page's own script asks."""
        page = await self.browser.get("/")
        found = re.search(r'data-token="([^"]+)"', page.text)
        assert found is not None
        given = {"origin": f"http://{HOST}", TOKEN: found[1], **headers}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.browser.post("/do", sent, **given)


@pytest.fixture
def page() -> Played:
    return Played()


TAP = {"do": "tap", "pump": 1, "card": "card-1"}


@pytest.mark.parametrize(
    ("deed", "asked"),
    [
        (TAP, [("hold", 1, "04AA", "DH 1 A (car)")]),
        ({"do": "take", "pump": 2}, [("take_card", 2)]),
        ({"do": "lift", "pump": 1}, [("lift", 1)]),
        ({"do": "squeeze", "pump": 1, "percent": 25}, [("squeeze", 1, None, 25)]),
        ({"do": "release", "pump": 1}, [("let_go", 1)]),
        ({"do": "hang", "pump": 1}, [("hang", 1)]),
        ({"do": "stop", "pressed": True}, [("press_stop", ("pressed", True))]),
        ({"do": "network", "whole": False}, [("plug_network", ("whole", False))]),
        ({"do": "gateway", "running": False}, [("run_gateway", ("running", False))]),
        ({"do": "pico", "plugged": False}, [("plug_pico", ("plugged", False))]),
        ({"do": "pi", "plugged": False}, [("plug_pi", ("plugged", False))]),
        ({"do": "power", "on": False}, [("power", ("on", False))]),
        ({"do": "open"}, [("open",)]),
    ],
)
def test_what_a_button_does(page: Played, deed: Any, asked: list[Any]) -> None:
    async def play() -> None:
        got = await page.do(deed)
        assert (got.status, json.loads(got.text)) == (200, {"done": True})

    played(play)
    assert page.asked == asked


def test_a_vehicles_tank_fills_once(page: Played) -> None:
    async def play() -> None:
        for deed in (TAP, {"do": "lift", "pump": 1}):
            await page.do(deed)
        page.dispensed_ml = 2_000
        squeeze = {"do": "squeeze", "pump": 1, "percent": 100}
        assert (await page.do(squeeze)).status == 200
        page.dispensed_ml = 3_000
        got = await page.do(squeeze)
        assert (got.status, "tank is full" in got.text) == (409, True)

    played(play)
    assert page.asked[-1] == ("squeeze", 1, 1_000, 100)


def test_a_third_partys_till_prints_what_its_own_meter_says(page: Played) -> None:
    async def play() -> None:
        for deed in (TAP | {"pump": 3}, {"do": "lift", "pump": 3}):
            await page.do(deed)
        page.dispensed_ml = 2_347
        for _ in range(2):
            await page.do({"do": "hang", "pump": 3})

    played(play)
    assert page.receipts.newest == "receipt 004811: 2,34 L"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"do": "reboot"}', 400),
        (b'{"do": "tap", "pump": 9, "card": "card-1"}', 400),
        (b'{"do": "squeeze", "pump": 1, "percent": 1000}', 400),
        (b'{"do": "lift", "pump": 1, "more": 1}', 400),
        (b"\xff" * 20, 400),
        (b'{"do": "lift", "pump": 1}' + b" " * 2000, 413),
        (b'{"do": "tap", "pump": 1, "card": "card-9"}', 409),
        (b'{"do": "lift", "pump": 4}', 409),
    ],
)
def test_what_is_not_understood_changes_nothing(page: Played, body: bytes, status: int) -> None:
    async def play() -> None:
        got = await page.do(body)
        assert got.status == status
        assert json.loads(got.text)["refused"]

    played(play)
    assert [name for name, *_ in page.asked if name != "lift"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {TOKEN: "another"},
        {TOKEN: ""},
    ],
)
def test_a_foreign_page_does_nothing(page: Played, headers: dict[str, str]) -> None:
    async def play() -> None:
        assert (await page.do(TAP, **headers)).status == 403

    played(play)
    assert page.asked == []


@pytest.mark.parametrize("path", ["/", "/events", "/do"])
@pytest.mark.parametrize("host", ["evil.example", "localhost:8080", ""])
def test_a_page_called_by_a_foreign_name_is_not_served(page: Played, path: str, host: str) -> None:
    async def play() -> None:
        assert (await page.browser.get(path, host=host)).status == 421

    played(play)


def test_the_tour_is_not_disturbed(page: Played) -> None:
    async def play() -> None:
        page.yours.clear()
        got = await page.do(TAP)
        assert (got.status, "tour" in got.text) == (409, True)

    played(play)
    assert page.asked == []


@pytest.mark.parametrize("failure", [HardwareError("no pump 3"), PartFailed("it did not start")])
def test_what_fails_is_said(page: Played, failure: Exception) -> None:
    async def play() -> None:
        page.failure = failure
        got = await page.do({"do": "stop", "pressed": True})
        assert (got.status, json.loads(got.text)) == (409, {"refused": str(failure)})

    played(play)


def test_the_page_frames_displays_alone_and_nobody_frames_it(page: Played) -> None:
    async def play() -> None:
        got = await page.browser.get("/")
        policy = got.headers["content-security-policy"]
        assert f"frame-src {CONSOLE} {CONSOLE};" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy
        assert got.headers["x-frame-options"] == "DENY"
        assert f'src="{CONSOLE}/layar/2?bahasa=id"' in got.text
        assert page.code in got.text

    played(play)
