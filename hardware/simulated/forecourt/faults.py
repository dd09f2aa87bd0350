"""What can be broken on purpose, and by how much."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultKind:
    means: str
    default: int = 1
    lowest: int = 1
    highest: int = 1
    unit: str = ""
    station_wide: bool = False


FAULTS: dict[str, FaultKind] = {
    "valve_stuck_open": FaultKind("the valve, once open, does not close"),
    "valve_slow": FaultKind("the valve takes this much longer", 1000, 1, 10_000, "ms"),
    "enable_welded": FaultKind("the enable relay's contact stays made"),
    "limiter_welded": FaultKind("the second contact stays made"),
    "pulser_silent": FaultKind("fuel flows, no pulse comes"),
    "pulser_chatter": FaultKind("each pulse comes with an extra edge"),
    "channel_a_missing": FaultKind("channel A of the pulser is silent"),
    "channel_b_missing": FaultKind("channel B of the pulser is silent"),
    "channels_together": FaultKind("channels A and B turn at once, not in turn"),
    "reverse_flow": FaultKind("fuel runs back while none comes out", 600, 1, 10_000, "ml/min"),
    "flow_while_closed": FaultKind("fuel leaks past everything", 600, 1, 10_000, "ml/min"),
    "spi_dead": FaultKind("the reader's bus answers this byte only", 0, 0, 255, "0 or 255"),
    "pico_off": FaultKind("the co-processor of this pump has no power"),
    "pico_hangs": FaultKind("its firmware stands still until its watchdog resets it"),
    "pico_unplugged": FaultKind("its USB cable is pulled"),
    "pico_noise": FaultKind("bytes on its cable come out as others", 50, 1, 1000, "per thousand"),
    "pico_other_product": FaultKind("something else is on its port"),
    "stop_wire_broken": FaultKind("the stop loop is cut, which is a stop", station_wide=True),
}


def fault_value(name: str, value: int | None) -> int:
    """The value to use for a fault; ValueError for an unknown name or a value out of range."""
    kind = FAULTS.get(name)
    if kind is None:
        raise ValueError(f"no fault is called {name!r}; there are: {', '.join(FAULTS)}")
    if value is None:
        return kind.default
    if not kind.unit:
        raise ValueError(f"fault {name} takes no value, found {value}")
    if name == "spi_dead" and value not in (0, 255):
        raise ValueError(f"fault spi_dead takes 0 or 255, found {value}")
    if not kind.lowest <= value <= kind.highest:
        raise ValueError(
            f"fault {name}: {value} {kind.unit} is outside {kind.lowest} to {kind.highest}"
        )
    return value
