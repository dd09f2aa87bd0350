"""What the host says, done: each order answered with why it is refused, or ""."""

from firmware.guard.codec import BadMessage, Fields, read
from firmware.guard.messages import TO_CHIP, VERSION
from firmware.guard.stops import Stops

BEFORE_HELLO = ("hello", "shut", "ask", "file", "reboot")
US_PER_MS = 1000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.guard.device import Device
    from firmware.guard.port import Board


class Orders:
    """One host at a time; a greeting of another shuts both pumps."""

    def __init__(self, device: "Device", board: "Board") -> None:
        self._device, self._board = device, board
        self._host = 0

    def obey(self, line: str, now_us: int) -> str:
        """Do what a line says; why not, or ""."""
        try:
            verb, fields = read(TO_CHIP, line)
        except BadMessage as error:
            return str(error)
        if not self._host and verb not in BEFORE_HELLO:
            return "no_hello"
        if "p" in fields:
            return self._at_pump(verb, fields, now_us)
        if verb == "renew":
            for pump, channel in self._device.channels.items():
                channel.renew(fields[f"s{pump}"], now_us)
            return ""
        if verb == "witness":
            return self._device.keeper.see(fields)
        if verb == "hello":
            return self._hello(fields, now_us)
        if verb == "ask":
            return self._ask(fields["what"])
        if not self._device.settled(now_us):
            return "not_shut"
        if verb == "file":
            if self._device.greeted:
                self._device.boots.prove()
            return self._device.flashing.take(fields)
        self._device.save(now_us)
        self._board.reboot()
        return ""

    def _at_pump(self, verb: str, fields: Fields, now_us: int) -> str:
        pump = fields["p"]
        channel = self._device.channels[pump]
        if verb in ("shut", "break"):
            channel.shut("host" if verb == "shut" else "break", now_us)
            return ""
        if verb == "clear":
            why = self._device.keeper.missing or channel.clear()
            if not why:
                self._device.keeper.looked(pump)
            return why
        if verb == "setup":
            return channel.setup(fields["kind"], fields["gap"], self._board.levels(pump))
        if self._device.flashing.busy:
            return "flashing"
        if verb == "make":
            why = channel.make(fields["s"], now_us)
            if not why:
                self._device.keeper.open_fill()
            return why
        try:
            stops = stops_of(fields)
        except ValueError:
            return "stops"
        if verb == "raise":
            return channel.raise_stops(fields["s"], stops, now_us)
        return channel.arm(fields["s"], stops, fields["lease"] * US_PER_MS, now_us)

    def _hello(self, fields: Fields, now_us: int) -> str:
        device = self._device
        if fields["v"] != VERSION:
            self._host = 0
            device.shut_all("version", now_us)
            device.tell_birth()
            return f"version_{fields['v']}_expected_{VERSION}"
        if fields["host"] != self._host:
            device.shut_all("host_new", now_us)
            device.parser.lost = 0
        self._host = fields["host"]
        device.flashing.stop()
        device.greeted = True
        device.tell_birth()
        device.tell_states()
        return ""

    def _ask(self, what: str) -> str:
        device = self._device
        if what == "birth":
            device.tell_birth()
        elif what == "state":
            device.tell_states()
        elif what == "link":
            device.say("link", {"bad": device.parser.bad, "lost": device.parser.lost})
        elif device.keeper.missing:
            return device.keeper.missing
        else:
            witness = dict(device.keeper.witness)
            witness["kept"] = int(device.keeper.witness_kept)
            device.say("witness", witness)
        return ""


def stops_of(fields: Fields) -> Stops:
    """The stops in an `arm` or `raise`. ValueError where they do not fit each other."""
    return Stops(
        fields["lim"],
        fields["slow"] or None,
        fields["sr"],
        fields["st"],
        fields["dose"] or None,
        fields["lags"],
    )


def fields_of(stops: Stops) -> Fields:
    """The same as fields, for the host."""
    return {
        "lim": stops.limit_pulses,
        "slow": stops.slow_pulses or 0,
        "sr": stops.slow_rate_mhz,
        "st": stops.slow_within_us,
        "dose": stops.dose_pulses or 0,
        "lags": tuple(stops.lags),
    }
