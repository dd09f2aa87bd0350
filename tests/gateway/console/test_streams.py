"""Whose page is told, and that nobody takes the place of another."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gateway.console.feed import Feed
from gateway.console.streams import Reader, Streams


async def pieces() -> dict[str, str] | None:
    return None


def request(source: str) -> Request:
    return Request({"type": "http", "client": (source, 50_000), "server": ("192.168.1.2", 8080)})


def open_until_full(streams: Streams, reader: Reader, *sources: str) -> int:
    """As a burst would: none of them has said anything yet."""
    opened = 0
    for source in sources:
        for _ in range(100):
            try:
                streams.response(request(source), reader, pieces)
            except HTTPException:
                break
            opened += 1
    return opened


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(Feed(tmp_path / "g.sock"))


def test_one_address_does_not_take_all_displays(streams: Streams) -> None:
    most, most_here = Reader.DISPLAY.value
    assert open_until_full(streams, Reader.DISPLAY, "192.168.1.66") == most_here < most
    others = [f"192.168.1.{n}" for n in range(70, 90)]
    assert open_until_full(streams, Reader.DISPLAY, *others) == most - most_here


def test_displays_and_strangers_do_not_take_what_the_attendant_needs(streams: Streams) -> None:
    others = [f"192.168.1.{n}" for n in range(70, 90)]
    for reader in (Reader.DISPLAY, Reader.VISITOR):
        assert open_until_full(streams, reader, *others) == reader.value[0]
    most = Reader.SIGNED_IN.value[0]
    assert open_until_full(streams, Reader.SIGNED_IN, "192.168.1.5") == most


def test_this_machine_may_hold_all_of_a_kind(streams: Streams) -> None:
    most, _ = Reader.DISPLAY.value
    assert open_until_full(streams, Reader.DISPLAY, "192.168.1.2") == most


def test_a_place_is_given_back_however_it_ends(streams: Streams) -> None:
    async def send(_message: Any) -> None:
        raise OSError("gone")

    async def receive() -> Any:
        await asyncio.sleep(3600)

    async def go() -> None:
        most = Reader.VISITOR.value[1]
        for _ in range(3 * most):
            told = streams.response(request("192.168.1.66"), Reader.VISITOR, pieces)
            with pytest.raises((OSError, ExceptionGroup)):
                await told({"type": "http", "method": "GET"}, receive, send)

    asyncio.run(go())
