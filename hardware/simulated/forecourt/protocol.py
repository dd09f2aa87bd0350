"""The forecourt's wire format: JSON lines on a Unix stream socket. Requests have an `op`."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hardware.simulated.forecourt.motorist import Visit, VisitMl

LINE_BYTES = 64 * 1024
"""Longest line, its newline included."""
VERSION = 1

PinNumber = Annotated[int, Meta(ge=0, le=27)]
TimeNs = Annotated[int, Meta(ge=0, le=2**62)]
PumpNumber = Annotated[int, Meta(ge=1, le=4)]


class Hello(Struct, frozen=True, forbid_unknown_fields=True):
    """First line of every connection."""

    hello: Literal["gateway", "edges", "control"]
    version: Literal[1]


class Request(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag=str.lower):
    pass


class Spi(Request, frozen=True):
    bus: int
    device: int
    data: Annotated[str, Meta(max_length=8192)]


class Write(Request, frozen=True):
    """An SPI transaction whose answer nobody reads, so that none is sent."""

    bus: int
    device: int
    data: Annotated[str, Meta(max_length=8192)]


class Output(Request, frozen=True):
    pin: PinNumber


class Pin(Request, frozen=True):
    pin: PinNumber
    level: Literal[0, 1]


class Input(Request, frozen=True):
    pin: PinNumber


class Sleep(Request, frozen=True):
    """Let simulated time pass. Not answered: whoever sleeps knows the time afterwards."""

    ns: Annotated[int, Meta(ge=0, le=60_000_000_000)]


class Advance(Request, frozen=True):
    until_ns: TimeNs


GatewayRequest = Spi | Write | Output | Pin | Input | Sleep | Advance


class Tap(Request, frozen=True):
    """Hold cards to a pump's reader, in place of any that are there."""

    pump: PumpNumber
    cards: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=4)]


class Remove(Request, frozen=True):
    pump: PumpNumber


class Lift(Request, frozen=True):
    pump: PumpNumber


class Squeeze(Request, frozen=True):
    pump: PumpNumber
    free_ml: VisitMl | None = None
    """The lever clicks off after this much: the vehicle's tank is full."""
    percent: Annotated[int, Meta(ge=10, le=100)] = 100
    """How far it is squeezed: of the pump's full flow."""


class Release(Request, frozen=True):
    pump: PumpNumber


class Hang(Request, frozen=True):
    pump: PumpNumber


class Bypass(Request, frozen=True):
    """Turn a pump's bypass key."""

    pump: PumpNumber
    on: bool


class Stop(Request, frozen=True):
    pressed: bool = True


class Mains(Request, frozen=True):
    """Mains power, as the station's UPS tells of it."""

    on: bool


class Fault(Request, frozen=True):
    name: str
    on: bool = True
    pump: PumpNumber = 1
    value: int | None = None


class Status(Request, frozen=True):
    pass


class Scenario(Request, frozen=True):
    """Queue visits; more can follow in further requests."""

    visits: list[Visit]


class ScenarioStatus(Request, frozen=True, tag="scenario_status"):
    pass


class Elapse(Request, frozen=True):
    """Let simulated time pass while no gateway is connected."""

    ns: Annotated[int, Meta(ge=0, le=86_400_000_000_000)]


ControlRequest = (
    Tap
    | Remove
    | Lift
    | Squeeze
    | Release
    | Hang
    | Bypass
    | Stop
    | Mains
    | Fault
    | Status
    | Scenario
    | ScenarioStatus
    | Elapse
)
