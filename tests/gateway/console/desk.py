"""An attendant's browser at the forms, and a gateway that answers them as it is told."""

import asyncio
import re
from typing import Any

import msgspec

from gateway.runtime.control import Answer
from gateway.runtime.requests import ListDeclarations, Request, ShowShift
from tests.gateway.console.asgi import Browser, Got
from tests.gateway.console.conftest import Played
from tests.gateway.runtime.snapshots import WAITING

ASKS = {
    "state": "prompting",
    "code": "odometer",
    "asks": "reading",
    "tries_left": 3,
    "unit": "km",
    "subject": "dh-1001-a",
    "plate": "DH 1001 A",
}
NONE = {"count": 0, "volume_ml": 0}
SOLD = {
    "product": "pertamax",
    "price_idr_per_l": 12_400,
    "department": "bkad",
    "fills": 2,
    "volume_ml": 30_000,
    "amount_idr": 372_000,
}
TOTALS: dict[str, Any] = {
    "sold": [SOLD, SOLD | {"department": "kominfo", "fills": 1}],
    "pumps": [],
    "estimated": NONE,
    "overridden": {"count": 1, "volume_ml": 10_000},
    "vouchers": NONE,
    "declared": NONE,
    "refusals": [{"code": "limit_day", "count": 4}],
}
OPEN = {
    "open": True,
    "number": 7,
    "opened": "2026-11-22T00:00:00.000Z",
    "opened_by": "Ama",
    "totals": TOTALS,
    "readings": [],
}
SHUT = OPEN | {"open": False, "opened": None, "opened_by": None}
VOUCHER = {
    "serial": "a 0001",
    "plate": "dh 1001 a",
    "litres": "12,5",
    "pump": "2",
    "sold": "2026-11-20T14:05",
}
CHARGED = {
    "plate": "DH 1001 A",
    "volume_ml": 12_500,
    "amount_idr": 155_000,
    "overrun_ml": 0,
    "sequence": 9,
}
SALE = "00112233445566aa-7"
DECLARE, CANCEL = f"/nyatakan/{SALE}", f"/nyatakan/{SALE}/batal"
RECEIPT = {"sale": SALE, "subject": "dh-1001-a", "reserved_ml": 20_000, "sequence": 9}
DONE: dict[str, dict[str, Any]] = {
    "/voucher": CHARGED,
    "/giliran": {"number": 8},
    "/giliran/tutup": {"number": 7, "totals": TOTALS},
    "/pompa/1/jumlah": {"pump": 1, "volume_ml": 20_000, "amount_idr": 248_000},
    "/pompa/1/izin": {"pump": 1, "subject": "dh-1001-a"},
    DECLARE: RECEIPT | {"volume_ml": 20_500, "beyond_ml": 0, "amount_idr": 254_200},
    CANCEL: RECEIPT,
}
FILLED: dict[str, dict[str, str]] = {
    "/voucher": VOUCHER,
    "/giliran": {},
    "/giliran/tutup": {},
    "/pompa/1/jumlah": {"amount": "20", "unit": "l"},
    "/pompa/1/izin": {"reason": "card_forgotten", "text": "", "plate": "DH 1001 A"},
    DECLARE: {"receipt_1": "a-1", "litres_1": "20,5", "receipt_2": "A-1", "litres_2": "20,50"},
    CANCEL: {"why": "antre"},
}
PAGES = list(FILLED)


class Desk:
    """A browser that is signed in, before a gateway that answers as it is told."""

    def __init__(self, played: Played, browser: Browser) -> None:
        self.played = played
        self.browser = browser
        self.shift: dict[str, Any] = OPEN
        self.answer: Answer = Answer(done={})
        played.console.asker.ask = self._ask

    async def _ask(self, request: Request) -> Answer:
        await asyncio.sleep(0)
        if isinstance(request, ShowShift):
            return Answer(done=self.shift)
        if isinstance(request, ListDeclarations):
            return Answer(done={"declarations": [msgspec.to_builtins(WAITING)]})
        self.played.asked.append(request)
        return self.answer

    async def fill(self, path: str, typed: dict[str, str] | None = None) -> dict[str, str]:
        """The fields of the form on this page, as a browser would send them."""
        got = await self.browser.get(path)
        assert got.status == 200, got.text
        return hidden(got, path) | (FILLED[path] if typed is None else typed)

    async def send(self, path: str, typed: dict[str, str] | None = None) -> Got:
        return await self.browser.post(path, await self.fill(path, typed))


def hidden(got: Got, path: str) -> dict[str, str]:
    """What the form that is sent there has in it."""
    form = got.text.partition(f'action="{path}"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


async def seated(played: Played) -> Desk:
    """Signed in."""
    return Desk(played, await played.signed_in())
