"""Central's HTTP door, and the question put to it: nothing that is sent stops it."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from mqtt.central.door import MOST_A_MINUTE, CannotOpen, Door
from mqtt.enrolment.http import Address, NoAnswer, ask, read_address
from mqtt.enrolment.messages import MOST_REQUEST_BYTES, EnrolmentAnswer, Refusal, read_answer
from mqtt.topics import ENROLMENT_PATH, ENROLMENT_PORT
from tests.mqtt.enrolment.office import Device, Office

HERE = "127.0.0.1"


@pytest.fixture
def door(office: Office) -> Iterator[Door]:
    with Door(office.certifying, HERE, 0) as opened:
        yield opened


def post(door: Door, body: bytes, path: str = ENROLMENT_PATH) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(HERE, door.port, timeout=20)) as connection:
        connection.request("POST", path, body)
        response = connection.getresponse()
        return response.status, response.read()


def test_a_device_asks_over_http(office: Office, door: Door, device: Device) -> None:
    answer = ask(Address(HERE, door.port), device.request(office.invite()))
    assert isinstance(answer, EnrolmentAnswer)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[" * 8000,
        b'{"type":"enrolment-request"}',
        b'{"type":"seal","gateway":"kupang-04"}',
        b"x" * (MOST_REQUEST_BYTES + 1),
        b"x" * 1_000_000,
    ],
)
def test_what_is_no_request_is_refused_in_words(
    office: Office, door: Door, device: Device, body: bytes
) -> None:
    status, said = post(door, body)
    answer = read_answer(said)
    assert isinstance(answer, Refusal)
    assert (status, answer.code) == (403, "malformed")
    assert ("more than 8192 bytes" in answer.text) == (len(body) > MOST_REQUEST_BYTES)
    assert office.state() == (0, 0)
    test_a_device_asks_over_http(office, door, device)


def test_nothing_else_is_there(door: Door) -> None:
    assert post(door, b"{}", "/")[0] == 404
    with closing(http.client.HTTPConnection(HERE, door.port, timeout=20)) as connection:
        connection.request("GET", ENROLMENT_PATH)
        assert connection.getresponse().status == 405


def test_who_says_nothing_keeps_nobody_out(office: Office, door: Door, device: Device) -> None:
    silent = [socket.create_connection((HERE, door.port)) for _ in range(20)]
    try:
        silent[0].sendall(b"POST / HTTP/1.1\r\n")
        test_a_device_asks_over_http(office, door, device)
    finally:
        for one in silent:
            one.close()


def test_a_flood_is_answered_with_a_word(office: Office) -> None:
    now = [0.0]
    with Door(office.certifying, HERE, 0, lambda: now[0]) as opened:
        codes = set()
        for _ in range(MOST_A_MINUTE + 1):
            answer = read_answer(post(opened, b"{}")[1])
            assert isinstance(answer, Refusal)
            codes.add(answer.code)
        assert codes == {"malformed", "busy"}
        now[0] = 61.0
        answer = read_answer(post(opened, b"{}")[1])
        assert isinstance(answer, Refusal)
        assert answer.code == "malformed"


def test_a_taken_address_is_said(office: Office, door: Door) -> None:
    with pytest.raises(CannotOpen, match=r"\[enrolment\]"):
        Door(office.certifying, HERE, door.port)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("central.example", Address("central.example", ENROLMENT_PORT)),
        (" 10.0.0.7:99 ", Address("10.0.0.7", 99)),
        ("[fd00::7]", Address("fd00::7", ENROLMENT_PORT)),
        ("[fd00::7]:99", Address("fd00::7", 99)),
    ],
)
def test_addresses(text: str, wanted: Address) -> None:
    assert read_address(text) == wanted
    assert read_address(str(wanted)) == wanted


@pytest.mark.parametrize("text", ["", ":99", "a:b", "a:99999", "http://a", "a/b", "u@a", "a b"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="expected HOST"):
        read_address(text)


def answering(content: bytes) -> Callable[[socket.socket], None]:
    def answer(listening: socket.socket) -> None:
        opened, _ = listening.accept()
        with opened, suppress(ConnectionError):  # it hangs up on who goes on for ever
            heard = b""
            while not heard.endswith(b"}"):
                heard += opened.recv(65536)
            opened.sendall(content)

    return answer


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "not as central does"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "status 302"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, "without end"),
    ],
)
def test_something_else_that_answers_is_said(
    office: Office, device: Device, content: bytes, why: str
) -> None:
    with socket.create_server((HERE, 0)) as listening:
        answer = threading.Thread(target=answering(content), args=[listening], daemon=True)
        answer.start()
        address = Address(HERE, listening.getsockname()[1])
        with pytest.raises(NoAnswer, match=why):
            ask(address, device.request(office.invite()))
        answer.join()


def test_nobody_there_is_said(office: Office, device: Device) -> None:
    with socket.create_server((HERE, 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(NoAnswer, match="Check cable and address"):
        ask(Address(HERE, port), device.request(office.invite()))


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b"H"])
def test_who_answers_for_ever_is_left(
    office: Office, device: Device, monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    monkeypatch.setattr("mqtt.enrolment.http.WHOLE_S", 0.2)

    def go_on(listening: socket.socket) -> None:
        opened, _ = listening.accept()
        with opened, suppress(OSError):
            while True:
                opened.sendall(piece)

    with socket.create_server((HERE, 0)) as listening:
        answer = threading.Thread(target=go_on, args=[listening], daemon=True)
        answer.start()
        with pytest.raises(NoAnswer, match="without end"):
            ask(Address(HERE, listening.getsockname()[1]), device.request(office.invite()))
        answer.join()
