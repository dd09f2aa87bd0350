"""A doctor that is ended from outside leaves no contact made."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.config.types import GatewayConfig
from gateway.core.units import NS_PER_MS
from gateway.doctor.ending import held_back, orderly
from gateway.doctor.probes import killed
from gateway.doctor.probes.bench import Bench
from gateway.doctor.probes.contacts import Contacts
from gateway.doctor.probes.killed import kill_and_watch
from hardware.pump.switched import EnableRelay
from hardware.simulated.control import ForecourtControl
from tests.gateway.doctor.station import configured

Start = Callable[..., Path]
ENDS = [signal.SIGHUP, signal.SIGTERM, signal.SIGINT]
SHOULD_BE_LONG_NS = 400 * NS_PER_MS
"""Longer than a relay that is only tried stays made: this one's holder was killed."""


@pytest.fixture
def socket(start_forecourt: Start) -> Path:
    return start_forecourt(release="hold")


def enable_made(socket: Path) -> bool:
    with ForecourtControl(socket) as control:
        return bool(control.ask("status")["pumps"][0]["enable_made"])


def when_left_made(socket: Path, process: "subprocess.Popen[bytes]") -> None:
    """Returns while a relay stays made that nobody holds any more."""
    since_ns: int | None = None
    with ForecourtControl(socket) as control:
        while process.poll() is None:
            status = control.ask("status")
            now_ns = status["now_ns"]
            if not status["pumps"][0]["enable_made"]:
                since_ns = None
            elif since_ns is None:
                since_ns = now_ns
            elif now_ns - since_ns > SHOULD_BE_LONG_NS:
                return
    raise AssertionError(f"it ended before, with {process.returncode}")


@pytest.mark.long
def test_a_closed_terminal_leaves_no_relay_made(socket: Path) -> None:
    configured(socket)
    command = ("doctor", "--yes", "--json", "--config", str(socket.parent / "gateway.toml"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        when_left_made(socket, process)
        # As systemd ends a session: one after the other.
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (128 + signal.SIGHUP, 128 + signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
    assert not enable_made(socket)


def test_the_end_waits_until_a_left_relay_is_broken(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(socket)
    break_it = killed._break

    def told_first(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        break_it(*arguments)

    monkeypatch.setattr(killed, "_break", told_first)
    with pytest.raises(SystemExit) as ended, orderly():
        kill_and_watch(config, socket.parent / "gateway.toml", config.pumps[0])
    assert ended.value.code == 128 + signal.SIGINT
    assert not enable_made(socket)


def test_the_end_waits_until_a_tried_relay_is_broken(
    start_forecourt: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = start_forecourt(time="simulated")
    config: GatewayConfig = configured(socket)
    let_go: list[bool] = []
    make, release = EnableRelay.make, EnableRelay.let_go

    def told_once_made(relay: EnableRelay) -> None:
        make(relay)
        signal.raise_signal(signal.SIGTERM)

    def counted(relay: EnableRelay) -> None:
        release(relay)
        let_go.append(relay.made)

    monkeypatch.setattr(EnableRelay, "make", told_once_made)
    monkeypatch.setattr(EnableRelay, "let_go", counted)
    with (
        pytest.raises(SystemExit),
        orderly(),
        Bench(config) as bench,
        closing(Contacts(bench, config.pumps)) as contacts,
    ):
        contacts.relay(1, "")
    assert let_go == [True, False], "told to break, watched until it had, and told again"


def test_what_was_set_before_holds_again() -> None:
    before = [signal.getsignal(number) for number in ENDS]
    with pytest.raises(SystemExit), orderly():
        signal.raise_signal(signal.SIGHUP)
    assert [signal.getsignal(number) for number in ENDS] == before
    with held_back():
        pass


def test_who_ignores_a_closed_terminal_goes_on() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orderly():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
