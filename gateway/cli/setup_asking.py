"""What `takar setup` asks a person, each question with its option for when nobody is there."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from gateway.config.types import GatewayConfig, PumpSettings
from gateway.setup.configurations import PRODUCTS
from gateway.setup.enrolling import Enrolled, Places, enrol
from gateway.setup.station.answers import MOST_PUMPS, Answers, PumpAnswer
from gateway.setup.station.finding import Found, find_hardware, refuse_running
from gateway.setup.station.places import Installed
from gateway.setup.station.steps import SetupRefused
from mqtt.enrolment.http import read_address

PULSES = 100
PULSES_ALLOWED = click.IntRange(1, 250)
NO_PICO = "none"


class Asking:
    def __init__(self, *, asks: bool, tell: Callable[[str], None]) -> None:
        """`asks`: somebody is there; else what no option says has its default, or is refused."""
        self._asks = asks
        self._tell = tell

    def may_replace(self, file: Path, before: GatewayConfig | None, *, allowed: bool) -> None:
        """SetupRefused unless it is said that a station's pumps may be changed."""
        if before is None or allowed:
            return
        name = before.gateway.name
        if self._asks and click.confirm(
            f"{file}: this machine is the station {name} already. Change its pumps? Name, keys and "
            "ledger stay, and the file is kept",
            default=False,
        ):
            return
        raise SetupRefused(
            f"{file}: this machine is the station {name} already, and nothing was changed. To give "
            "it other pumps, say --replace"
        )

    def found(self, places: Installed, *, simulated: bool) -> Found:
        """Look for readers and co-processors, and say what is there. SetupRefused while a gateway
        uses them."""
        refuse_running(places.status_socket)
        forecourt = places.forecourt_socket if simulated else None
        found = find_hardware(forecourt)
        self._tell(f"readers: {', '.join(found.readers) or 'none'}")
        for trouble in found.troubles:
            self._tell(f"  {trouble}")
        self._tell(f"co-processors on USB: {', '.join(found.picos) or 'none'}")
        return found

    def answers(
        self,
        found: Found,
        *,
        pumps: int | None,
        products: Sequence[str],
        pulses: Sequence[int],
        pico: str | None,
        simulated: bool,
        before: GatewayConfig | None = None,
    ) -> Answers:
        """`before`: what is configured, which is the default of each question."""
        there = before.pumps if before is not None else []
        count = pumps or self._pumps(found, len(there))
        told = []
        for place in range(count):
            pump = there[place] if place < len(there) else None
            told.append(
                PumpAnswer(
                    product=self._product(place, products, pump),
                    pulses_per_litre=self._pulses(place, pulses, pump),
                )
            )
        if before is None:
            default = found.picos[0] if len(found.picos) == 1 else NO_PICO
            said = self._pico(pico, default)
            return Answers(pumps=told, pico=_serial(said), simulated=simulated)
        names = [one.serial_number or str(one.port) for one in before.picos]
        default = ", ".join(names) or NO_PICO
        said = self._pico(pico, default)
        same = pico is None and said == default
        of_added = said if len(names) == 1 and before.picos[0].serial_number else NO_PICO
        return Answers(
            pumps=told,
            pico=_serial(of_added if same else said),
            same_limiters=same,
            simulated=simulated,
        )

    def enrol(self, central: str | None, code: str | None, places: Places) -> Enrolled:
        """Ask where central is and for the code, and enrol there."""
        where = central or self._needed("--central", "Central's address")
        try:
            address = read_address(where)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--central") from error
        told = code or self._needed("--code", "Code from `takar central invite NAME`")
        enrolled = enrol(told, address, places)
        self._tell(f"this is {enrolled.gateway} of {enrolled.city}, key {enrolled.seal_key_id}")
        return enrolled

    def wait_for_wiring(self) -> None:
        if self._asks:
            click.prompt("Enter, once the wiring is checked", default="", show_default=False)

    def _pumps(self, found: Found, there: int) -> int:
        default = there or min(MOST_PUMPS, max(1, len(found.readers)))
        if not self._asks:
            return default
        wanted = click.IntRange(1, max(MOST_PUMPS, there))
        return int(click.prompt("How many pumps", type=wanted, default=default))

    def _product(self, place: int, given: Sequence[str], pump: PumpSettings | None) -> str:
        if place < len(given):
            return given[place]
        default = pump.product if pump is not None else PRODUCTS[place % len(PRODUCTS)]
        return self._asked(f"Product of pump {place + 1}, as in the price list", default)

    def _pulses(self, place: int, given: Sequence[int], pump: PumpSettings | None) -> int | None:
        """None: as configured, which may be no whole number."""
        if place < len(given):
            return given[place]
        default = f"{pump.calibration_pulses / pump.calibration_litres:g}" if pump else str(PULSES)
        text = f"Pulses a litre of pump {place + 1} (`takar calibrate` corrects it)"

        def understood(said: str) -> int | None:
            if pump is not None and said == default:
                return None
            return int(PULSES_ALLOWED(said))

        if not self._asks:
            return understood(default)
        answer: int | None = click.prompt(text, default=default, value_proc=understood)
        return answer

    def _pico(self, given: str | None, default: str) -> str:
        text = "Serial number of the co-processor that limits the pumps; none: timers"
        return given if given is not None else self._asked(text, default)

    def _asked(self, text: str, default: str) -> str:
        return str(click.prompt(text, default=default)) if self._asks else default

    def _needed(self, option: str, text: str) -> str:
        if not self._asks:
            raise click.UsageError(f"{option} is needed where nothing is asked (--yes)")
        return str(click.prompt(text))


def _serial(said: str) -> str | None:
    return None if said == NO_PICO else said
