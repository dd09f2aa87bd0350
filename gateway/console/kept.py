"""What was read from a file, until it is known to be old: a page that is loaded again and again
reads nothing again."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    def __init__(self) -> None:
        self._held: tuple[object, T] | None = None
        self._reading = asyncio.Lock()

    async def of(self, state: object, read: Callable[[], T]) -> T:
        """What `read` finds, in a thread of its own, while the state is this one. What it raises
        is raised, and nothing kept."""
        async with self._reading:
            if self._held is None or self._held[0] != state:
                self._held = state, await asyncio.to_thread(read)
            return self._held[1]
