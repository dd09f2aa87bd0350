"""A new firmware and an asked restart; and both pumps of one co-processor at once."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.hardware.simulated.pico.conftest import Station

Make = Callable[..., "Station"]
MICROPYTHON = {"interpreter": "micropython"}
NAME, CONTENT = "firmware/version.py", b'FIRMWARE = "0.2.0"\n'


def send_firmware(station: "Station") -> None:
    sha = hashlib.sha256(CONTENT).hexdigest()
    whole = hashlib.sha256(f"{NAME} {sha}\n".encode()).hexdigest()
    station.say("file", op="begin")
    station.say("file", op="open", name=NAME, size=len(CONTENT), sha=sha)
    station.say("file", op="piece", at=0, data=CONTENT.hex())
    station.say("file", op="close")
    station.say("file", op="switch", n=1, sha=whole)
    station.wait(50)
    assert all(verb != "no" for verb, _ in station.heard), station.heard


def test_a_new_firmware_is_tried_and_falls_back_until_a_host_greets_it(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    subject.wait(3000)
    send_firmware(subject)
    subject.say("reboot")
    subject.wait(1000)
    birth = subject.last("birth")
    assert (birth["slot"], birth["why"]) == ("b", "asked")
    subject.world.set_fault(1, "pico_off", on=True)
    subject.world.set_fault(1, "pico_off", on=False)
    subject.wait(1000)
    assert subject.last("birth")["slot"] == "a"  # nobody had greeted b


def test_a_firmware_outlives_the_forecourt_that_held_it(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    subject.wait(3000)
    send_firmware(subject)
    again = station(MICROPYTHON)
    again.connect()
    again.say("ask", what="birth")
    again.wait(50)
    assert (again.last("birth")["slot"], again.last("birth")["boot"]) == ("b", 2)


def test_both_pumps_have_limits_of_their_own(station: Make) -> None:
    subject = station(MICROPYTHON)
    subject.connect()
    second = subject.world.positions[2].pump
    second.lift()
    second.squeeze()
    subject.fill(150)
    subject.say("arm", p=2, s=9, lim=60, lease=1000)
    second.drive_enable(1)
    subject.say("make", p=2, s=9)
    subject.holding = False  # both leases are renewed here
    for _ in range(30):
        subject.say("renew", s1=subject.session, s2=9)
        subject.wait(100)
    ends = {fields["p"]: fields for verb, fields in subject.heard if verb == "state"}
    assert [(ends[pump]["why"], ends[pump]["at"]) for pump in (1, 2)] == [
        ("limit", 150),
        ("limit", 60),
    ]
    assert [ends[1]["n"], ends[2]["n"]] == [subject.pump.pulses, second.pulses]
