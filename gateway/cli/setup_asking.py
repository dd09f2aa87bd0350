"""What `takar setup` asks a person, each question with its option for when nobody is there."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from gateway.config.types import GatewayConfig
from gateway.setup.configurations import PRODUCTS
from gateway.setup.enrolling import Enrolled, Places, enrol
from gateway.setup.station.answers import MOST_PUMPS, Answers, PumpAnswer
from gateway.setup.station.finding import Found, find_hardware, refuse_running
from gateway.setup.station.places import Installed
from gateway.setup.station.steps import SetupRefused
from mqtt.enrolment.http import read_address

PULSES = 100
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
    ) -> Answers:
        count = pumps or self._pumps(found)
        return Answers(
            pumps=[
                PumpAnswer(
                    product=self._product(number, products),
                    pulses_per_litre=self._pulses(number, pulses),
                )
                for number in range(1, count + 1)
            ],
            pico=self._pico(found, pico),
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

    def _pumps(self, found: Found) -> int:
        default = min(MOST_PUMPS, max(1, len(found.readers)))
        if not self._asks:
            return default
        wanted = click.IntRange(1, MOST_PUMPS)
        return int(click.prompt("How many pumps", type=wanted, default=default))

    def _product(self, number: int, given: Sequence[str]) -> str:
        if number <= len(given):
            return given[number - 1]
        default = PRODUCTS[(number - 1) % len(PRODUCTS)]
        return str(self._asked(f"Product of pump {number}, as in the price list", default))

    def _pulses(self, number: int, given: Sequence[int]) -> int:
        if number <= len(given):
            return given[number - 1]
        if not self._asks:
            return PULSES
        text = f"Pulses a litre of pump {number} (`takar calibrate` corrects it)"
        return int(click.prompt(text, type=click.IntRange(1, 250), default=PULSES))

    def _pico(self, found: Found, given: str | None) -> str | None:
        if given is not None:
            return None if given == NO_PICO else given
        default = found.picos[0] if len(found.picos) == 1 else NO_PICO
        text = "Serial number of the co-processor that limits the pumps; none: timers"
        said = str(self._asked(text, default))
        return None if said == NO_PICO else said

    def _asked(self, text: str, default: str) -> str:
        return str(click.prompt(text, default=default)) if self._asks else default

    def _needed(self, option: str, text: str) -> str:
        if not self._asks:
            raise click.UsageError(f"{option} is needed where nothing is asked (--yes)")
        return str(click.prompt(text))
