"""When a gateway asks for another certificate, and what it does with what comes."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.config.load import load_gateway
from gateway.config.types import GatewayConfig, MqttSettings
from gateway.runtime.renewing import (
    AGAIN_S,
    DOWN_S,
    IN_GOOD_TIME,
    LOOK_S,
    RENEWED_S,
    NotRenewed,
    Renewing,
    have_certificate,
    renew,
)
from gateway.setup.certificate_files import TlsFiles, files_of
from gateway.setup.configurations import gateway_settings
from gateway.setup.enrolled import configured
from gateway.setup.enrolling import enrol, places_in
from gateway.setup.rewriting import rewrite
from mqtt.authority import CLIENT_DAYS
from mqtt.enrolment.asking import AnswerRefused, ask_for_certificate
from mqtt.enrolment.code import code_text
from mqtt.enrolment.http import Address, NoAnswer
from mqtt.enrolment.messages import AnyAnswer, AnyRequest
from mqtt.keys import load_private
from tests.mqtt.enrolment.office import NOW, Office

LIFE = timedelta(days=CLIENT_DAYS)


class Station:
    """An enrolled gateway's configuration, and what its thread does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.office = Office(folder / "office")
        places = places_in(folder / "site")
        file = folder / "site" / "gateway.toml"
        code = code_text(self.office.invite())
        enrolled = enrol(code, Address("127.0.0.1"), places, by=self.ask)
        plain = gateway_settings(
            "gateway",
            pumps=1,
            kind="simulated",
            mqtt=MqttSettings(),
            reader_poll_ms=100,
            root_key=enrolled.root_key,
        )
        rewrite(file, configured(plain, enrolled, places, file))
        self.config: GatewayConfig = load_gateway(file)
        self.private = load_private(Path(self.config.keys.private_file))
        files = files_of(self.config)
        assert files is not None
        self.files: TlsFiles = files
        self.reconnects = 0
        self.asked: list[bool] = []
        self.down_s = 0.0
        self.clock: Callable[[], datetime] = lambda: self.office.now
        self.renewing = Renewing(
            files, self._renew, lambda: self.down_s, self._reconnect, lambda: self.clock()
        )

    def ask(self, _address: Address, request: AnyRequest) -> AnyAnswer:
        return self.office.certifying.answer(request)

    def _renew(self, new: bool) -> bool:
        self.asked.append(new)
        return renew(self.config, self.private, new, self.ask)

    def _reconnect(self) -> None:
        self.reconnects += 1

    def turn(self, passed_s: float = LOOK_S) -> None:
        self.renewing.turn(passed_s)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def test_it_asks_when_a_third_is_left_and_takes_up_a_new_key(station: Station) -> None:
    station.office.pass_days(CLIENT_DAYS * 2 / 3 - 1)
    station.turn()
    assert station.asked == []
    key = station.files.key()
    station.office.pass_days(2)
    station.turn()
    assert (station.asked, station.reconnects) == ([True], 1)
    assert station.files.ends() == station.office.now.replace(microsecond=0) + LIFE
    renewed = station.files.key()
    assert key is not None
    assert renewed is not None
    assert key.public_key() != renewed.public_key()
    station.turn(RENEWED_S)
    assert station.asked == [True]


def test_a_clock_that_is_behind_does_not_keep_it_out_for_ever(station: Station) -> None:
    """It believes that all is well, and the broker, whose clock is right, refuses it."""
    station.clock = lambda: datetime(2000, 1, 1, tzinfo=UTC)
    station.office.pass_days(CLIENT_DAYS + 1)
    station.down_s = DOWN_S - 1
    station.turn()
    assert station.asked == []
    station.down_s = DOWN_S
    station.turn()
    assert (station.asked, station.reconnects) == ([False], 1)
    assert station.files.ends() > station.office.now


def test_a_clock_that_is_ahead_asks_once_a_day(station: Station) -> None:
    station.clock = lambda: datetime(2040, 1, 1, tzinfo=UTC)
    for _ in range(100):
        station.turn()
    assert len(station.asked) == 1
    station.turn(RENEWED_S)
    assert len(station.asked) == 2


def test_a_link_that_is_down_for_other_reasons_gets_no_other_certificate(station: Station) -> None:
    """The network, or central's broker: for days, an hour at a time."""
    own = station.files.own.read_bytes()
    station.down_s = DOWN_S
    for _ in range(30):
        station.turn(AGAIN_S)
    assert station.office.state() == (1, 1)
    assert station.files.own.read_bytes() == own
    assert station.reconnects == 0


def test_what_stands_in_the_way_is_said_once_and_tried_again(
    station: Station, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.office.pass_days(CLIENT_DAYS)
    before = station.files.own.read_bytes()

    def nobody(_address: Address, _request: AnyRequest) -> AnyAnswer:
        raise NoAnswer("central cannot be reached")

    real = station.ask
    monkeypatch.setattr(station, "ask", nobody)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            station.turn(AGAIN_S)
    assert caplog.text.count("was not renewed") == 1
    assert len(station.asked) == 5
    assert station.files.own.read_bytes() == before
    monkeypatch.setattr(station, "ask", real)
    station.turn(AGAIN_S)
    assert station.files.ends() > station.office.now + IN_GOOD_TIME


def test_an_answer_of_somebody_else_leaves_all_as_it_was(station: Station, tmp_path: Path) -> None:
    other = Station(tmp_path / "elsewhere")
    before = station.files.own.read_bytes()

    def elsewhere(_address: Address, request: AnyRequest) -> AnyAnswer:
        return other.office.certifying.answer(request)

    with pytest.raises(NotRenewed, match="unknown_key"):
        renew(station.config, station.private, True, elsewhere)

    def replayed(_address: Address, _request: AnyRequest) -> AnyAnswer:
        return old

    old = station.ask(Address("127.0.0.1"), _request_of(station))
    with pytest.raises(AnswerRefused):
        renew(station.config, station.private, True, replayed)
    assert station.files.own.read_bytes() == before


def _request_of(station: Station) -> AnyRequest:
    key = station.files.key()
    assert key is not None
    return ask_for_certificate(station.config.gateway.name, station.private, key)


def test_a_restored_card_without_a_certificate_asks_at_its_start(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.files.own.unlink()
    with pytest.raises(NotRenewed, match="expected our certificate for the broker, found none"):
        have_certificate(station.config, station.private)  # nobody answers at that address
    monkeypatch.setattr("gateway.runtime.renewing.renew.__defaults__", (station.ask,))
    have_certificate(station.config, station.private)
    assert station.files.ends() > NOW
