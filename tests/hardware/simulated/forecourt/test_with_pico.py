"""A forecourt in real time with a co-processor: its port answers like any serial device."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import serial

from firmware.guard import protocol
from firmware.guard.codec import read, text
from firmware.guard.messages import TO_CHIP, TO_HOST
from hardware.simulated.pico.settings import PicoSettings

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Forecourt


class Host:
    def __init__(self, port: str) -> None:
        self.port = serial.Serial(port, timeout=20)
        self._parser = protocol.Parser()
        self._sequence = 0

    def say(self, verb: str, **fields: Any) -> None:
        self.port.write(protocol.frame(self._sequence, text(TO_CHIP, verb, fields)))
        self._sequence += 1

    def hear(self, verb: str, **wanted: Any) -> dict[str, Any]:
        """The next message of this kind with these fields; others are passed over."""
        while True:
            line = self.port.readline()
            assert line, f"nothing but silence instead of {verb} {wanted}"
            for _, said in self._parser.feed(line):
                name, fields = read(TO_HOST, said)
                if name == verb and wanted.items() <= fields.items():
                    return fields


def test_a_lease_runs_out_in_real_time(forecourt: "Callable[..., Forecourt]") -> None:
    place = forecourt(time="real", picos=(PicoSettings(),))
    control = place.client("control")
    status = control.ask(op="status")
    (pico,) = status["picos"]
    assert pico["pumps"] == [1, 2]
    host = Host(pico["port"])
    host.say("hello", v=1, host=5)
    assert host.hear("birth")["id"] == pico["serial"]
    control.ask(op="lift", pump=1)
    host.hear("state", p=1, noz=1)
    host.say("arm", p=1, s=1, lim=100, lease=1000)
    host.say("make", p=1, s=1)
    host.hear("state", p=1, open=1, made=1)
    # Nobody renews.
    assert host.hear("state", p=1, open=0, made=0)["why"] == "lease"
    control.ask(op="fault", name="pico_unplugged", pump=1)
    with pytest.raises(serial.SerialException):
        host.hear("state", p=1, n=12_345)  # never said
    host.port.close()
    control.ask(op="fault", name="pico_unplugged", pump=1, on=False)
    again = Host(pico["port"])
    again.say("ask", what="birth")
    assert again.hear("birth")["boot"] == 1
    again.port.close()
