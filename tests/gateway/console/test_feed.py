"""The gateway's state, across silence, nonsense and returns."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from gateway.console import feed as feeds
from gateway.console.asking import Asker, NotAnswered
from gateway.console.feed import Feed
from gateway.runtime.requests import StopPump
from tests.gateway.runtime.snapshots import snapshot

WITHIN_S = 30
Speak = Callable[[asyncio.StreamWriter, asyncio.Event], Awaitable[None]]


@asynccontextmanager
async def speaking(path: Path, speak: Speak) -> AsyncIterator[None]:
    """A gateway that says what `speak` writes to each who connects; it ends with its event."""
    over, heard = asyncio.Event(), []

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(asyncio.current_task())
        await speak(writer, over)
        writer.close()

    server = await asyncio.start_unix_server(serve, os.fspath(path))
    yield
    over.set()
    server.close()
    await asyncio.gather(*(task for task in heard if task is not None))


@asynccontextmanager
async def following(path: Path) -> AsyncIterator[Feed]:
    feed = Feed(path)
    task = asyncio.create_task(feed.follow())
    yield feed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def once(feed: Feed, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        version = -1
        while not holds():
            version = await feed.changed(version, 1.0)


def line(head: int) -> bytes:
    return msgspec.json.encode(snapshot(head=head)) + b"\n"


def run(test: Callable[[Path], Awaitable[None]]) -> None:
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:

        async def go() -> None:
            await test(Path(folder) / "g.sock")

        asyncio.run(go())


def test_it_follows_a_gateway_across_its_death(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(feeds, "LONGEST_PAUSE_S", 0.01)
    said = [line(1), b"not json\n", line(3)]

    async def speak(writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
        writer.write(said.pop(0))
        await writer.drain()
        if not said:
            await over.wait()

    async def test(path: Path) -> None:
        async with following(path) as feed:
            assert not feed.fresh
            async with speaking(path, speak):
                await once(feed, lambda: feed.newest is not None and feed.newest.head == 3)
                await once(feed, lambda: feed.fresh)
            await once(feed, lambda: not feed.fresh)

    run(test)


def test_a_gateway_that_hangs_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "SILENT_S", 0.05)

    async def test(path: Path) -> None:
        go_on = asyncio.Event()

        async def speak(writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
            writer.write(line(1))
            await go_on.wait()
            writer.write(line(2))
            await over.wait()

        async with speaking(path, speak), following(path) as feed:
            await once(feed, lambda: feed.fresh)
            await once(feed, lambda: not feed.fresh)
            assert feed.newest is not None, "what it said last is still known"
            go_on.set()
            await once(feed, lambda: feed.newest is not None and feed.newest.head == 2)

    run(test)


def test_a_request_waits_for_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.console.asking.PATIENCE_S", 0.05)
    request = StopPump(1, "Ama")

    async def silent(_writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
        await over.wait()

    async def test(path: Path) -> None:
        asker = Asker(path)
        with pytest.raises(NotAnswered):
            await asker.ask(request)
        async with speaking(path, silent):
            asked = (asker.ask(request) for _ in range(20))
            answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(answer) for answer in answers} == {NotAnswered}
        assert sum("too many" in str(answer) for answer in answers) == 12

    run(test)
