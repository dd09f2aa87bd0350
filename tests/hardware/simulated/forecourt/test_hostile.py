"""What hostile clients achieve at the socket: nothing."""

from pathlib import Path

import pytest

from hardware.ports import HardwareError
from hardware.simulated.forecourt.listening import listen
from tests.hardware.simulated.forecourt.wires import PULSER, Start


def test_a_second_gateway_is_refused_until_the_first_has_gone(forecourt: Start) -> None:
    place = forecourt()
    first = place.client("gateway")
    second = place.client()
    answer = second.ask(hello="gateway", version=1)
    assert "a gateway is connected already" in answer["error"]
    with pytest.raises(EOFError):
        second.hear()
    first.close()
    hand = place.client("control")
    while hand.ask(op="status")["gateway"]:
        pass
    assert place.client("gateway").greeting["ok"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"hello":"driver","version":1}',
        b'{"hello":"control","version":2}',
        b'{"hello":"edges","version":1}',
    ],
)
def test_a_wrong_greeting_is_answered_and_closed(forecourt: Start, line: bytes) -> None:
    place = forecourt()
    stranger = place.client()
    stranger.say(line)
    assert stranger.hear()["error"]
    with pytest.raises(EOFError):
        stranger.hear()
    assert place.client("control").ask(op="status")["ok"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"\xff\x00",
        b"[" * 50_000,
        b"null",
        b'{"op":"explode"}',
        b'{"op":"lift"}',
        b'{"op":"lift","pump":"1"}',
        b'{"op":"lift","pump":3}',
        b'{"op":"lift","pump":1,"hard":true}',
        b'{"op":"tap","pump":1,"cards":[]}',
        b'{"op":"tap","pump":1,"cards":[{"uid":"04"}]}',
        b'{"op":"tap","pump":1,"cards":[{"uid":"01020304","fault":"melted"}]}',
        b'{"op":"tap","pump":1,"cards":[' + b"[" * 50_000,
        b'{"op":"squeeze","pump":1}',
        b'{"op":"squeeze","pump":1,"free_ml":0}',
        b'{"op":"fault","name":"valve_melted"}',
        b'{"op":"fault","name":"spi_dead","value":5}',
        b'{"op":"elapse","ns":-1}',
        b'{"op":"scenario","visits":[{"pump":9,"uid":"01020304"}]}',
        b'{"op":"scenario","visits":[{"pump":1,"uid":"xyz"}]}',
        b'{"op":"advance","until_ns":1}',
    ],
)
def test_a_wrong_request_is_answered_and_the_connection_goes_on(
    forecourt: Start, line: bytes
) -> None:
    hand = forecourt().client("control")
    hand.say(line)
    assert hand.hear()["error"]
    assert hand.ask(op="status")["ok"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"op":"spi","bus":0,"device":0,"data":"zz"}',
        b'{"op":"spi","bus":1,"device":0,"data":"00"}',
        b'{"op":"output","pin":25}',
        b'{"op":"output","pin":9}',
        b'{"op":"output","pin":99}',
        b'{"op":"pin","pin":17,"level":1}',
        b'{"op":"pin","pin":17,"level":2}',
        b'{"op":"advance","until_ns":-1}',
        b'{"op":"advance","until_ns":99999999999999999999}',
        b'{"op":"lift","pump":1}',
    ],
)
def test_a_wrong_request_of_the_gateway_is_answered_too(forecourt: Start, line: bytes) -> None:
    gateway = forecourt().client("gateway")
    gateway.say(line)
    assert gateway.hear()["error"]
    assert gateway.ask(op="advance", until_ns=0) == {"now_ns": 0, "edges": []}


def test_an_output_on_an_input_pin_names_the_pin(forecourt: Start) -> None:
    gateway = forecourt().client("gateway")
    gateway.tell(op="output", pin=PULSER)
    assert "pin 25 is pump 1's pulser, expected an output" in gateway.hear()["error"]


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_line_without_end_is_cut_off(forecourt: Start, ending: bytes) -> None:
    place = forecourt()
    hand = place.client("control")
    hand.socket.sendall(b"x" * 65_536 + ending)
    assert "more than 65536 bytes" in hand.hear()["error"]
    assert place.client("control").ask(op="status")["ok"]


def test_requests_in_pieces_and_in_bundles_are_understood(forecourt: Start) -> None:
    hand = forecourt().client("control")
    hand.socket.sendall(b'{"op":"st')
    hand.socket.sendall(b'atus"}\n{"op":"status"}\n{"op":')
    assert hand.hear()["ok"]
    assert hand.hear()["ok"]
    hand.socket.sendall(b'"status"}\n')
    assert hand.hear()["ok"]


def test_one_socket_serves_one_forecourt(forecourt: Start) -> None:
    place = forecourt()
    with pytest.raises(HardwareError, match=r"a forecourt runs at .* already"):
        listen(place.path)
    with pytest.raises(HardwareError, match="longer than the 107 bytes"):
        listen(Path("/tmp/" + "x" * 103))
    with pytest.raises(HardwareError, match=r"cannot listen at .*: No such file"):
        listen(Path("/nowhere/forecourt.sock"))


def test_only_a_dead_forecourts_socket_is_replaced(forecourt: Start) -> None:
    folder = forecourt().path.parent
    dead = folder / "dead.sock"
    listen(dead).close()
    listen(dead).close()
    precious = folder / "precious"
    precious.write_text("not a socket")
    with pytest.raises(HardwareError, match="is there and no socket"):
        listen(precious)
    assert precious.read_text() == "not a socket"
