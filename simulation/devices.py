"""What else a gateway has: readers, nozzles, lamps, a stop button and a clock that may be wrong."""

from collections.abc import Callable

from hardware.ports import Light, Tag, TagTrouble
from simulation.world import World

EMPTY_POLLS = 3
"""After so many polls in a row a field is empty (Presence); a card is told by the first one."""


class Reader:
    """Fits hardware.ports.TagReader."""

    def __init__(self) -> None:
        self._uid: str | None = None
        self._polls = 0

    def lay(self, uid: str | None) -> None:
        """From now on this card lies in the field, or none."""
        self._uid = uid
        self.forget()

    def forget(self) -> None:
        """Whoever asks from now on has never asked before."""
        self._polls = 0

    @property
    def told(self) -> bool:
        """More polls would say nothing new."""
        return self._polls >= (EMPTY_POLLS if self._uid is None else 1)

    def poll(self) -> Tag | TagTrouble | None:
        self._polls += 1
        return None if self._uid is None else Tag(bytes.fromhex(self._uid), 0x08)

    def close(self) -> None:
        pass


class Switch:
    """Fits hardware.ports.Nozzle and EmergencyStop."""

    def __init__(self) -> None:
        self.on = False
        self._call: Callable[[bool], None] = lambda _: None

    @property
    def lifted(self) -> bool:
        return self.on

    @property
    def pressed(self) -> bool:
        return self.on

    def on_change(self, call: Callable[[bool], None]) -> None:
        self._call = call

    def turn(self, *, on: bool) -> None:
        self.on = on
        self._call(on)

    def forget(self) -> None:
        """Nobody listens any more."""
        self._call = lambda _: None

    def close(self) -> None:
        pass


class Lamps:
    """Fits hardware.ports.Indicator."""

    def __init__(self) -> None:
        self.light = Light.OFF

    def show(self, light: Light) -> None:
        self.light = light

    def beep(self, duration_ms: int) -> None:
        pass

    def tick(self) -> int | None:
        return None

    def close(self) -> None:
        pass


class PartyClock:
    """Fits hardware.ports.Clock: monotonic since its boot, UTC off by `offset_ns`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._booted_ns = 0
        self.offset_ns = 0
        self.disturbed = False
        """It was wrong at some time: its evidence may be, too."""

    def jump(self, by_ns: int | None) -> None:
        """None: it is set right."""
        self.offset_ns = 0 if by_ns is None else self.offset_ns + by_ns
        self.disturbed = True

    def boot(self) -> None:
        self._booted_ns = self._world.now_ns

    def monotonic_ns(self) -> int:
        return self._world.now_ns - self._booted_ns

    def world_ns(self, monotonic_ns: int) -> int:
        return monotonic_ns + self._booted_ns

    def utc_ns(self) -> int:
        return self._world.utc_ns() + self.offset_ns

    def sleep(self, seconds: float) -> None:
        pass
