"""All that is tried on pins, with the gateway stopped: one device after the other."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from gateway.config.types import GatewayConfig, PumpSettings
from gateway.doctor.hands import Hands
from gateway.doctor.judging.co_processor import judge_pico, judge_witness
from gateway.doctor.judging.contacts import (
    KilledFinding,
    LimiterFinding,
    judge_killed,
    judge_limiter,
    judge_relay,
    judge_timer,
)
from gateway.doctor.judging.readers import judge_card, judge_reader
from gateway.doctor.judging.switches import (
    PulserFinding,
    judge_bypass,
    judge_mains,
    judge_nozzle,
    judge_pulser,
    judge_stop,
)
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.co_processors import CoProcessor
from gateway.doctor.probes.contacts import Contacts
from gateway.doctor.probes.killed import kill_and_watch
from gateway.doctor.probes.readers import hold_cards, look_at_reader
from gateway.doctor.probes.switches import (
    listen_to_pulsers,
    look_at_switch,
    try_nozzle,
    try_stop,
)
from gateway.doctor.untried import untried
from gateway.doctor.verdict import Verdict, verdict
from hardware.ports import HardwareError

NOT_ALLOWED, NO_PINS, NO_PICO, NOBODY = "not_allowed", "no_pins", "no_pico", "nobody"
RELAY_FAILS = "relay_fails"


class AtThePumps:
    """`allowed`: somebody has made sure that no motor runs, so that contacts may move."""

    def __init__(
        self, config: GatewayConfig, file: Path, hands: Callable[[], Hands], *, allowed: bool
    ) -> None:
        self._config = config
        self._file = file
        self._hands = hands
        self._forbidden = "" if allowed else NOT_ALLOWED
        self._with_valve = [pump for pump in config.pumps if pump.pins is not None]
        self._follow: set[int] = set()
        """Pumps whose enable relay does as it is told."""
        self.verdicts: list[Verdict] = []

    def examine(self) -> list[Verdict]:
        """Every verdict there is about devices. Each device ends shut and released."""
        try:
            with Bench(self._config) as bench:
                self._say(verdict("pins_open"))
                self._at_rest(bench)
            for pump in self._with_valve:
                self._say(judge_killed(self._killed(pump)))
            with Bench(self._config) as bench, closing(self._hands()) as hands:
                self._by_hand(bench, hands)
        except HardwareError as error:
            self._say(verdict("pins_failed", error=str(error)))
            told = {(one.check, one.of) for one in self.verdicts}
            missing = untried(self._config, NO_PINS)
            self._say(*(one for one in missing if (one.check, one.of) not in told))
        return self.verdicts

    def _say(self, *verdicts: Verdict) -> None:
        self.verdicts += verdicts

    def _at_rest(self, bench: Bench) -> None:
        """What needs nobody at the pumps."""
        for pump in self._config.pumps:
            self._say(judge_reader(look_at_reader(pump)))
        with closing(Contacts(bench, self._with_valve)) as contacts:
            for pump in self._with_valve:
                self._try_contacts(contacts, pump)
        on_pins = [pump for pump in self._with_valve if pump.limiter == "timer"]
        self._say(*map(judge_pulser, listen_to_pulsers(bench, on_pins)))
        for pump in self._with_valve:
            if pump.pins is not None and pump.pins.bypass is not None:
                bypass = look_at_switch(bench, "bypass key", pump.pins.bypass, pump.number)
                self._say(judge_bypass(bypass))
        if self._config.hardware.ups_pin is not None:
            ups = look_at_switch(bench, "UPS signal", self._config.hardware.ups_pin)
            self._say(judge_mains(ups))

    def _try_contacts(self, contacts: Contacts, pump: PumpSettings) -> None:
        relay = judge_relay(contacts.relay(pump.number, self._forbidden))
        if relay.code == "relay_follows":
            self._follow.add(pump.number)
        self._say(relay)
        if pump.limiter == "timer":
            found = contacts.timer(pump.number, self._forbidden)
            timer = judge_timer(found, pump.number, pump.timer_hold_ms)
            if timer.code in ("timer_welded", "timer_holds"):
                self._follow.discard(pump.number)  # only one contact is to be made at a time
            self._say(timer)

    def _killed(self, pump: PumpSettings) -> KilledFinding:
        if self._forbidden or pump.number not in self._follow:
            return KilledFinding(pump=pump.number, forbidden=self._forbidden or RELAY_FAILS)
        return kill_and_watch(self._config, self._file, pump)

    def _by_hand(self, bench: Bench, hands: Hands) -> None:
        """What needs somebody at the pumps; co-processors, whose contact wants a lifted nozzle."""
        with ExitStack() as opened:
            chips: dict[int, tuple[CoProcessor, int]] = {}
            for settings in self._config.picos:
                chip = CoProcessor(bench, settings)
                opened.callback(chip.close)
                self._look_at(chip)
                for place, number in enumerate(settings.pumps, start=1):
                    chips[number] = chip, place
            for number, (chip, place) in chips.items():
                self._say(judge_pulser(_count(chip, place, number)))
            self._say(*map(judge_card, hold_cards(bench, self._config.pumps, hands)))
            for pump in self._with_valve:
                self._at_nozzle(bench, hands, pump, chips.get(pump.number))
        if self._with_valve:
            self._say(judge_stop(try_stop(bench, self._config.hardware.emergency_stop_pin, hands)))

    def _look_at(self, chip: CoProcessor) -> None:
        self._say(judge_pico(chip.who()))
        if chip.talks:
            self._say(judge_witness(chip.witness(Path(self._config.gateway.state_dir))))

    def _at_nozzle(
        self,
        bench: Bench,
        hands: Hands,
        settings: PumpSettings,
        at_chip: tuple[CoProcessor, int] | None,
    ) -> None:
        number = settings.number
        forbidden = self._forbidden or ("" if number in self._follow else RELAY_FAILS)
        limited = LimiterFinding(pump=number, forbidden=forbidden or NOBODY)

        def lifted() -> None:
            nonlocal limited
            if at_chip is not None and at_chip[0].talks and not forbidden:
                limited = at_chip[0].limit(at_chip[1], number)

        self._say(judge_nozzle(try_nozzle(bench, settings, hands, lifted)))
        if at_chip is not None:
            chip, _ = at_chip
            if not chip.talks:
                limited = LimiterFinding(pump=number, forbidden=NO_PICO)
            self._say(judge_limiter(limited, chip.settings.lease_ms))


def _count(chip: CoProcessor, place: int, pump: int) -> PulserFinding:
    return chip.count(place, pump) if chip.talks else PulserFinding(pump=pump, forbidden=NO_PICO)
