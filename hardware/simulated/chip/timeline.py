"""What is going to happen inside the chip, in order of time."""

from collections.abc import Callable


class Timeline:
    def __init__(self) -> None:
        self._events: list[tuple[int, Callable[[int], None]]] = []

    @property
    def next_ns(self) -> int | None:
        return self._events[0][0] if self._events else None

    def add(self, at_ns: int, happen: Callable[[int], None]) -> None:
        """Events of the same instant happen in the order they were added."""
        self._events.append((at_ns, happen))
        self._events.sort(key=lambda event: event[0])

    def run_next(self) -> None:
        at_ns, happen = self._events.pop(0)
        happen(at_ns)

    def clear(self) -> None:
        self._events.clear()
