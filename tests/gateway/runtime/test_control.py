"""The control socket: one line asked, one line answered, whatever is sent."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.config.types import Totalisers
from gateway.core.comparing import with_dispenser
from gateway.core.facts import FlowUncounted, TotaliserEntered
from gateway.runtime.control import LINE_BYTES, Answer, ControlRefused, ControlServer, ask
from gateway.runtime.entering import Entering
from gateway.runtime.requests import EnterTotaliser, Request
from tests.core.ledger_of import balance_of
from tests.gateway.runtime.office import Office


@pytest.fixture
def asked() -> list[Request]:
    return []


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory, asked: list[Request]) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("c") / "g.control"

    def take(request: Request, answer: Callable[[Answer], None]) -> None:
        asked.append(request)
        assert isinstance(request, EnterTotaliser)
        answer(Answer(done={"pump": request.pump}))

    with ControlServer(path, take):
        yield path


READING = EnterTotaliser(1, 5_000, 10, "Ama")


def said(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(os.fspath(path))
        asker.sendall(data)
        asker.shutdown(socket.SHUT_WR)
        with asker.makefile("rb") as lines:
            return lines.read()


def test_a_request_is_done(path: Path, asked: list[Request]) -> None:
    assert ask(path, READING) == {"pump": 1}
    assert asked == [READING]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("by", ["\u202eevil", "A\u0000ma", "A\u001b[2Jma", "Ama\u200bN"])
def test_a_name_that_hides_something_is_refused(path: Path, asked: list[Request], by: str) -> None:
    with pytest.raises(ControlRefused, match="can be printed"):
        ask(path, msgspec.structs.replace(READING, by=by))
    assert asked == []


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"do":"open.valve"}\n',
        msgspec.json.encode(READING).replace(b"Ama", b" ") + b"\n",
        msgspec.json.encode(READING).replace(b'"pump":1', b'"pump":5') + b"\n",
        b"x" * (LINE_BYTES + 1),
        b'{"half',
    ],
)
def test_what_is_no_request_is_refused_in_words(
    path: Path, asked: list[Request], data: bytes
) -> None:
    assert msgspec.json.decode(said(path, data), type=Answer).refused
    assert asked == []
    assert ask(path, READING)


def test_without_a_gateway_the_asker_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlRefused, match="no gateway answers"):
        ask(tmp_path / "none", READING)


def test_another_account_is_not_heard(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gateway.runtime.local_socket as local_socket

    monkeypatch.setattr(local_socket, "_PEER", _Stranger())
    with pytest.raises(ControlRefused, match="only root"):
        ask(path, READING)


class _Stranger:
    size = 12

    def unpack(self, _data: bytes) -> tuple[int, int, int]:
        return 1, os.geteuid() + 1 or 1, 1


# Entering


def enter(office: Office, entering: Entering, ml: int, *, replaced: bool = False) -> Answer:
    answers: list[Answer] = []
    request = EnterTotaliser(office.desk.number, ml, 10, "Ama", replaced)
    entering.take(request, answers.append)
    if not answers:
        office.settle()
    return answers[0]


@pytest.mark.parametrize(("their_ml", "drifted"), [(10_070, False), (10_071, True), (9_929, True)])
def test_two_readings_are_compared(office: Office, their_ml: int, drifted: bool) -> None:
    books = office.open()
    entering = Entering({1: office.desk}, books, office.keeper, Totalisers())
    first = enter(office, entering, 700_000)
    assert first.done == {"compared": False, "totaliser_ml": 0}
    office.desk.count(1_000)
    done = enter(office, entering, 700_000 + their_ml).done
    assert done is not None
    assert (done["counted_ml"], done["recorded_ml"]) == (their_ml, 10_000)
    assert (done["tolerance_ml"], done["drifted"]) == (70, drifted)
    kind, data = office.newest()
    assert kind == ("totaliser.drifted" if drifted else "totaliser.entered")
    assert books.balance.meters[1].alarm == ("dispenser" if drifted else None)
    if not drifted:
        assert data["by"] == "Ama"


def test_what_cannot_be_is_refused(office: Office) -> None:
    books = office.open()
    entering = Entering({1: office.desk}, books, office.keeper, Totalisers())
    enter(office, entering, 700_000)
    refused = enter(office, entering, 699_999).refused
    assert refused is not None
    assert "at least 700000 ml" in refused
    assert enter(office, entering, 5, replaced=True).done
    answers: list[Answer] = []
    entering.take(EnterTotaliser(3, 1, 1, "Ama"), answers.append)
    assert answers[0].refused == "pump 3: expected one of 1"
    office.desk.session = msgspec.structs.replace(office.desk.session, fill=office.fill())
    assert "in use" in (enter(office, entering, 6).refused or "")


def test_what_was_not_counted_widens_the_tolerance() -> None:
    first = TotaliserEntered(
        pump=1, reading_ml=0, resolution_ml=100, replaced=False, totaliser_ml=0, by="A"
    )
    unseen = FlowUncounted(pump=1, bound_ml=3_000, why="power")
    entered = balance_of(first, unseen).meters[1].entered
    assert entered is not None
    now = msgspec.structs.replace(first, reading_ml=23_300, totaliser_ml=20_000)
    found = with_dispenser(entered, now, 5)
    assert (found.tolerance_ml, found.drifted) == (3_300, False)
