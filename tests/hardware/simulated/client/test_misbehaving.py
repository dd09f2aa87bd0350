"""What the client makes of a forecourt that is absent, refuses, dies or talks nonsense."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hardware.ports import HardwareError
from hardware.simulated.client import ForecourtClient
from hardware.simulated.wire import LINE_MAX_BYTES

if TYPE_CHECKING:
    from tests.hardware.simulated.client.conftest import Misbehaving

Call = Callable[[ForecourtClient], object]
ASKING: dict[str, Call] = {
    "spi": lambda client: client.spi(0, 0, b"\x6e\x00"),
    "advance": lambda client: client.advance(5_000),
}
NONSENSE = [
    b"\n",
    b"hello?\n",
    b"[]\n",
    b"{}\n",
    b"\xff\xfe\n",
    b'{"now_ns":"soon"}\n',
    b'{"now_ns":5,"data":3,"edges":[[5,24]]}\n',
    b"x" * (LINE_MAX_BYTES + 1),
    b" " * (LINE_MAX_BYTES + 1) + b'{"now_ns":5,"data":"0000","edges":[]}\n',
]


def connected(server: "Misbehaving") -> ForecourtClient:
    return ForecourtClient(server.path)


def test_says_how_to_start_a_forecourt_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "forecourt.sock"
    with pytest.raises(HardwareError, match=f"no forecourt at {path} .*`takar forecourt run`"):
        ForecourtClient(path)


def test_says_why_it_was_refused(misbehaving: "Misbehaving") -> None:
    misbehaving.hello = b'{"error":"a gateway is connected already"}\n'
    with pytest.raises(HardwareError, match=r"refused: a gateway is connected already"):
        connected(misbehaving)


@pytest.mark.parametrize("line", [b"{}\n", b"", b'{"ok":true,"now_ns":1}\n', b"SSH-2.0\n"])
def test_a_greeting_must_be_a_forecourts(misbehaving: "Misbehaving", line: bytes) -> None:
    misbehaving.hello = line
    with pytest.raises(HardwareError, match=r"forecourt at .*`takar forecourt run`"):
        connected(misbehaving)


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("line", NONSENSE, ids=lambda line: repr(line[:20]))
def test_nonsense_loses_the_connection(misbehaving: "Misbehaving", ask: str, line: bytes) -> None:
    misbehaving.answer = lambda _request: line
    client = connected(misbehaving)
    with pytest.raises(HardwareError, match="sent"):
        ASKING[ask](client)
    for call in ASKING.values():
        with pytest.raises(HardwareError, match="sent"):
            call(client)
    with pytest.raises(HardwareError, match="sent"):
        client.set_level(17, 1)
    with pytest.raises(HardwareError, match="sent"):
        client.check()
    client.release(17)
    client.close()


@pytest.mark.parametrize("data", ["6e", "6e0000", "zz00", ""])
def test_spi_must_give_as_many_bytes_as_went_out(misbehaving: "Misbehaving", data: str) -> None:
    misbehaving.answer = lambda _request: json.dumps({"data": data, "now_ns": 5}).encode() + b"\n"
    client = connected(misbehaving)
    with pytest.raises(HardwareError, match="where 2 hex bytes were expected"):
        client.spi(0, 0, b"\x6e\x00")
    client.close()


@pytest.mark.parametrize("ask", ASKING)
def test_a_forecourt_that_dies_is_an_error_at_once(misbehaving: "Misbehaving", ask: str) -> None:
    misbehaving.answer = lambda _request: b""
    client = connected(misbehaving)
    with pytest.raises(HardwareError, match="closed the connection"):
        ASKING[ask](client)
    with pytest.raises(HardwareError, match="closed the connection"):
        client.output(17)
    client.close()


@pytest.mark.parametrize("ask", ASKING)
def test_a_silent_forecourt_is_an_error_in_the_end(
    misbehaving: "Misbehaving", ask: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulated.wire.ANSWER_TIMEOUT_S", 0.05)
    client = connected(misbehaving)
    with pytest.raises(HardwareError, match="gave no answer"):
        ASKING[ask](client)
    client.close()


def test_a_refusal_ends_the_connection_so_that_answers_stay_in_step(
    misbehaving: "Misbehaving",
) -> None:
    misbehaving.answer = lambda request: (
        b'{"error":"pin 9 is not wired"}\n' * (1 + (request["op"] == "advance"))
    )
    client = connected(misbehaving)
    with pytest.raises(HardwareError, match="refused: pin 9 is not wired"):
        client.output(9)
    with pytest.raises(HardwareError, match="refused: pin 9 is not wired"):
        client.spi(0, 0, b"\x00")
    client.close()


def test_time_never_runs_backwards(misbehaving: "Misbehaving") -> None:
    client = connected(misbehaving)
    seen: list[tuple[int, int, int]] = []
    client.deliver = lambda pin, level: seen.append((client.now_ns, pin, level))
    misbehaving.answer = lambda _request: b'{"now_ns":900,"edges":[[800,25,1],[2000,25,0]]}\n'
    client.advance(9_000)
    assert seen == [(1_000, 25, 1), (2_000, 25, 0)]
    assert client.now_ns == 2_000
    client.close()


def test_in_real_time_losing_the_edges_gives_up_the_outputs_too(
    misbehaving: "Misbehaving",
) -> None:
    misbehaving.hello = misbehaving.hello.replace(b"simulated", b"real")
    client = connected(misbehaving)
    assert [line["hello"] for line in misbehaving.wait_to_hear(2)] == ["gateway", "edges"]
    delivered = threading.Event()
    client.deliver = lambda pin, level: delivered.set()
    client.listen()
    edges = misbehaving.connections[1]
    edges.sendall(b'{"edges":[[5,25,1]]}\n')
    assert delivered.wait(10)
    edges.sendall(b"nonsense\n")
    assert client._listener is not None
    client._listener.join(10)
    with pytest.raises(HardwareError, match="tells of no more edges"):
        client.set_level(17, 1)
    client.close()


def test_in_real_time_an_error_in_a_callback_gives_up_the_outputs_too(
    misbehaving: "Misbehaving", monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: raised.append(arguments))
    misbehaving.hello = misbehaving.hello.replace(b"simulated", b"real")
    client = connected(misbehaving)

    def fail(pin: int, level: int) -> None:
        raise ZeroDivisionError

    client.deliver = fail
    client.listen()
    misbehaving.wait_to_hear(2)
    misbehaving.connections[1].sendall(b'{"edges":[[5,25,1]]}\n')
    assert client._listener is not None
    client._listener.join(10)
    assert len(raised) == 1
    with pytest.raises(HardwareError, match="tells of no more edges"):
        client.check()
    client.close()


def test_closing_wakes_the_listener_and_refuses_further_calls(
    misbehaving: "Misbehaving",
) -> None:
    misbehaving.hello = misbehaving.hello.replace(b"simulated", b"real")
    client = connected(misbehaving)
    client.listen()
    client.close()
    client.close()
    with pytest.raises(HardwareError, match="is closed"):
        client.spi(0, 0, b"\x00")


def test_in_real_time_a_write_has_reached_the_chip_when_it_returns(
    misbehaving: "Misbehaving",
) -> None:
    """A forecourt that runs late would else begin an exchange only when it is looked at."""
    misbehaving.hello = misbehaving.hello.replace(b"simulated", b"real")
    done: list[str] = []

    def answer(_line: dict[str, object]) -> bytes:
        done.append("by the forecourt")
        return b'{"data":"0000","now_ns":2000}\n'

    misbehaving.answer = answer
    client = connected(misbehaving)
    client.spi_write(0, 0, b"\x02\x0c")
    assert done == ["by the forecourt"]
    client.close()
