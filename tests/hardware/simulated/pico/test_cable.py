"""What goes wrong on the cable: the valve shuts within the lease, and the count is kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import serial

from hardware.ports import HardwareError
from hardware.simulated.pico.link import Link

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hardware.simulated.pico.conftest import Station

Make = Callable[..., "Station"]
MS = 1_000_000
LEASE_MS = 300


def flowing(station: Make, pulses: int = 5000) -> "Station":
    subject = station({"interpreter": "micropython"})
    subject.connect()
    subject.fill(pulses)
    subject.wait(1000)
    assert subject.pump.flowing
    return subject


def test_a_pulled_cable_shuts_and_the_count_is_told_after_plugging(station: Make) -> None:
    subject = flowing(station)
    subject.world.set_fault(1, "pico_unplugged", on=True)
    assert not subject.pico.link.path.is_symlink()
    subject.holding = False
    assert subject.port is not None
    with pytest.raises(OSError):  # noqa: PT011 - pyserial's own, or the system's
        subject.port.write(b"x")
    subject.port.close()
    subject.port = None
    subject.wait(LEASE_MS + 20)
    assert not subject.pump.limiter.made
    subject.end()
    subject.world.set_fault(1, "pico_unplugged", on=False)
    subject.connect()
    assert subject.last("state")["n"] == subject.pump.pulses > 50
    assert subject.last("birth")["boot"] == 1  # it had power all the while


def test_noise_shuts_a_pump_that_flows(station: Make) -> None:
    subject = flowing(station)
    subject.world.set_fault(1, "pico_noise", on=True, value=500)
    subject.wait(1000)
    assert not subject.pump.limiter.made
    subject.world.set_fault(1, "pico_noise", on=False)
    subject.end()
    subject.say("ask", what="state")
    subject.wait(50)
    assert subject.last("state")["why"] in ("noise", "lease")
    assert subject.last("state")["n"] == subject.pump.pulses


def test_another_product_on_the_port_is_no_pico(station: Make) -> None:
    subject = flowing(station)
    before = len(subject.heard)
    subject.world.set_fault(1, "pico_other_product", on=True)
    subject.wait(LEASE_MS + 20)  # the host renews, and another hears it
    assert not subject.pump.limiter.made
    subject.wait(3000)
    assert len(subject.heard) == before
    subject.world.set_fault(1, "pico_other_product", on=False)
    subject.end()
    subject.say("ask", what="state")
    subject.wait(50)
    assert subject.last("state")["n"] == subject.pump.pulses


def test_a_second_host_shuts_the_first_ones_fill(station: Make) -> None:
    subject = flowing(station)
    subject.say("hello", v=1, host=8)
    subject.wait(20)
    assert not subject.pump.limiter.made
    assert subject.last("state")["why"] == "host_new"


def test_a_pump_without_a_pico_says_so(station: Make) -> None:
    subject = station({"pumps": (2,)})
    with pytest.raises(ValueError, match="pump 1 has no co-processor"):
        subject.world.set_fault(1, "pico_off", on=True)


def test_a_port_is_never_made_over_a_file(tmp_path: "Path") -> None:
    (tmp_path / "port").write_text("a file")
    with pytest.raises(HardwareError, match="is there and no link"):
        Link(tmp_path / "port")


def test_what_no_host_reads_is_dropped(tmp_path: "Path") -> None:
    link = Link(tmp_path / "port")
    assert (link.connected, link.write(b"lost\n")) == (False, False)
    with serial.Serial(str(tmp_path / "port"), timeout=5) as port:
        assert (link.connected, link.write(b"heard\n")) == (True, True)
        assert port.readline() == b"heard\n"
        port.write(b"back\n")
        assert link.read() == b"back\n"
        while link.write(b"x" * 1000):
            pass
        assert link.connected
    assert not link.connected
    link.unplug()


def test_a_forecourt_that_stood_still_does_not_let_a_renewed_lease_lapse(station: Make) -> None:
    subject = flowing(station)
    for _ in range(8):
        subject.say_only("renew", s1=subject.session, s2=0)
    subject.pico.hear_over(subject.world.now_ns, subject.world.now_ns + 800 * MS)
    subject.world.run(subject.world.now_ns + 800 * MS)
    assert subject.pump.limiter.made
    subject.world.run(subject.world.now_ns + LEASE_MS * MS)
    assert not subject.pump.limiter.made
