"""Forms beside each other, sent again, half readable, or while the gateway is silent."""

import asyncio

from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterVoucher, Request
from tests.gateway.console.asgi import played as play
from tests.gateway.console.conftest import Played
from tests.gateway.console.desk import CHARGED, PAGES, VOUCHER, seated


def test_a_stop_waits_for_no_other_form(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        token = (await one.browser.get("/")).token
        fields = await one.fill("/voucher")
        on_its_way, go_on = asyncio.Event(), asyncio.Event()

        async def slow(request: Request) -> Answer:
            if isinstance(request, EnterVoucher):
                on_its_way.set()
                await go_on.wait()
            return Answer(done=CHARGED)

        played.console.asker.ask = slow
        voucher = asyncio.create_task(one.browser.post("/voucher", fields))
        await on_its_way.wait()
        assert (await one.browser.post("/pompa/1/henti", {"token": token})).status == 303
        go_on.set()
        assert (await voucher).status == 303

    play(go)


def test_a_form_that_was_refused_can_be_sent_again_as_it_is(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        fields = await one.fill("/voucher")
        one.answer = Answer(refused="x", code="no_price")
        assert (await one.browser.post("/voucher", fields)).status == 409
        one.answer = Answer(done=CHARGED)
        assert (await one.browser.post("/voucher", fields)).status == 303
        assert len(played.asked) == 2

    play(go)


def test_what_cannot_be_printed_is_left_out_and_the_rest_comes_back(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        got = await one.send("/voucher", VOUCHER | {"serial": "A\x001\u202e", "plate": "DH 7"})
        assert got.status == 400
        assert "tidak terbaca" in got.text
        assert 'value="A 1 "' in got.text
        assert 'value="DH 7"' in got.text
        assert played.asked == []

    play(go)


def test_each_forms_page_says_when_the_gateway_is_silent(played: Played) -> None:
    async def go() -> None:
        one = await seated(played)
        played.console.feed._fresh = False
        for path in [*PAGES, "/", "/penjualan", "/nyatakan"]:
            page = (await one.browser.get(path)).text
            assert "Data ini lama: pompa tidak memberi kabar" in page, path

    play(go)
