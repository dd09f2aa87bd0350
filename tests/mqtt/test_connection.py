"""Logging in over TLS, and what is said when that cannot work."""

import gc
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mqtt.connection import Connection
from tests.mqtt.authority import Authority
from tests.mqtt.brokers import RunningBroker, Settings
from tests.mqtt.parties import Watch

PASSWORD_LINE = (
    "depot-1:$7$101$ANf7REOcDnhgpRc7$YXp45C2Hl4oTcHnvRI2yD2lDisEOg0qQXVwGLzNtsJdSUFaG"
    "RHl8sFkY8v6+eqnrlNTrCbP3uz4RmytMCn/yFA==\n"
)
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
StartMosquitto = Callable[[str, str], RunningBroker]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "city")


@pytest.fixture
def tls_broker(authority: Authority, start_mosquitto: StartMosquitto) -> RunningBroker:
    own = authority.issue("broker", server=True)
    return start_mosquitto(
        "5",
        f"cafile {authority.file}\ncertfile {own.certificate_file}\nkeyfile {own.key_file}\n"
        "require_certificate true\nuse_identity_as_username true\nallow_anonymous false",
    )


def outcome(settings: Settings, watch: Watch) -> str:
    """ "up", or why not."""
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(what)
        watch.note()

    connection = Connection(
        settings,
        "depot-1",
        [],
        on_up=lambda: tell("up"),
        on_down=tell,
        on_message=lambda _topic, _payload: None,
    )
    connection.start()
    watch.until(lambda: told)
    connection.stop()
    gc.collect()  # the socket of a failed handshake, which paho leaves to the collector
    return told[0]


def test_client_certificate_logs_in(
    tls_broker: RunningBroker, authority: Authority, watch: Watch
) -> None:
    own = authority.issue("depot-1")
    settings = replace(
        tls_broker.settings,
        ca_file=str(authority.file),
        certificate_file=str(own.certificate_file),
        key_file=str(own.key_file),
    )
    assert outcome(settings, watch) == "up"


def test_broker_of_another_authority_is_refused(
    tls_broker: RunningBroker, tmp_path: Path, watch: Watch
) -> None:
    other = Authority(tmp_path / "other")
    why = outcome(replace(tls_broker.settings, ca_file=str(other.file)), watch)
    assert why.startswith(f"TLS with broker 127.0.0.1:{tls_broker.settings.port} failed")
    assert "ca_file" in why


def test_plain_connection_to_a_tls_port_is_explained(
    tls_broker: RunningBroker, watch: Watch
) -> None:
    assert "check port, TLS (ca_file) and protocol" in outcome(tls_broker.settings, watch)


def test_tls_connection_to_a_plain_port_is_explained(
    start_mosquitto: Callable[[], RunningBroker], authority: Authority, watch: Watch
) -> None:
    settings = replace(start_mosquitto().settings, ca_file=str(authority.file))
    assert "TLS" in outcome(settings, watch)


def test_password_logs_in(start_mosquitto: StartMosquitto, tmp_path: Path, watch: Watch) -> None:
    users = tmp_path / "users"
    # PBKDF2-SHA512 of "sekali", as mosquitto_passwd writes it.
    users.write_text(PASSWORD_LINE)
    users.chmod(0o600)
    broker = start_mosquitto("5", f"allow_anonymous false\npassword_file {users}")
    secret = tmp_path / "password"
    secret.write_text("sekali\n")
    login = replace(broker.settings, username="depot-1", password_file=str(secret))
    assert outcome(login, watch) == "up"
    secret.write_text("dua kali")
    assert "refused the login" in outcome(login, watch)


def test_missing_files_are_named_at_once(watch: Watch) -> None:
    with pytest.raises(OSError, match=r"nowhere\.pem"):
        outcome(Settings(1, ca_file="nowhere.pem"), watch)
    with pytest.raises(OSError, match=r"nowhere\.txt"):
        outcome(Settings(1, username="depot-1", password_file="nowhere.txt"), watch)


def test_embedded_broker_asked_for_mqtt_5_says_what_to_check(
    embedded_broker: RunningBroker, watch: Watch
) -> None:
    why = outcome(replace(embedded_broker.settings, protocol="5"), watch)
    assert "protocol" in why


def test_no_message_waits_for_the_one_before_it(
    start_mosquitto: StartMosquitto,
    tls_broker: RunningBroker,
    authority: Authority,
    watch: Watch,
) -> None:
    own = authority.issue("depot-1")
    encrypted = replace(
        tls_broker.settings,
        ca_file=str(authority.file),
        certificate_file=str(own.certificate_file),
        key_file=str(own.key_file),
    )
    for settings in (start_mosquitto("3.1.1", "").settings, encrypted):
        assert sends_at_once(settings, watch)


def sends_at_once(settings: Settings, watch: Watch) -> bool:
    """Whether the connection to a broker has TCP_NODELAY."""
    found: list[int] = []

    def look() -> None:
        opened = connection._client.socket()
        assert isinstance(opened, socket.socket)
        found.append(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        watch.note()

    connection = Connection(
        settings,
        "depot-1",
        [],
        on_up=look,
        on_down=lambda _: None,
        on_message=lambda _topic, _payload: None,
    )
    connection.start()
    watch.until(lambda: found)
    connection.stop()
    return bool(found[0])
