from hashlib import sha256
from typing import Any

import pytest

from firmware.guard.boots import Boots
from firmware.guard.messages import VERSION
from tests.firmware.guard.bench import HOST, Bench

FILES = {"main.py": b"print(1)\n" * 30, "guard/lease.py": b"x" * 64, "empty.py": b""}


def whole(files: dict[str, bytes]) -> str:
    lines = [f"{name} {sha256(files[name]).hexdigest()}\n" for name in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()


@pytest.fixture
def bench() -> Bench:
    bench = Bench().start()
    bench.ask("hello", v=VERSION, host=HOST)
    bench.run(2_000_000)
    return bench


def send(bench: Bench, name: str, data: bytes) -> str:
    sha = sha256(data).hexdigest()
    bench.ask("file", op="open", name=name, size=len(data), sha=sha)
    for at in range(0, len(data), 64):
        assert bench.ask("file", op="piece", at=at, data=data[at : at + 64].hex()) == ""
    return bench.ask("file", op="close")


def started(bench: Bench) -> tuple[str, Bench]:
    """What main.py does at a start."""
    board = Bench()
    board.slots, board.files = dict(bench.slots), dict(bench.files)
    folder = Boots(board).choose()
    return folder, board.start()


def test_a_whole_firmware_is_tried_once_and_kept_when_a_host_greets_it(bench: Bench) -> None:
    assert bench.ask("file", op="begin") == ""
    for name, data in FILES.items():
        assert send(bench, name, data) == ""
    assert bench.ask("file", op="switch", n=len(FILES), sha=whole(FILES)) == ""
    assert bench.files["b", "guard/lease.py"] == FILES["guard/lease.py"]
    assert bench.ask("reboot") == ""
    assert bench.reboots == 1

    folder, bench = started(bench)
    assert folder == "b"
    bench.ask("hello", v=VERSION, host=HOST)
    assert ("birth", "b") in [(verb, said.get("slot")) for verb, said in bench.heard()]
    bench.run(2_000_000)
    assert started(started(bench)[1])[0] == "b"
    assert Boots(bench).spare == "a"


def test_a_firmware_that_no_host_greets_runs_once(bench: Bench) -> None:
    bench.ask("file", op="begin")
    send(bench, "main.py", b"raise")
    bench.ask("file", op="switch", n=1, sha=whole({"main.py": b"raise"}))
    folder, bench = started(bench)
    assert folder == "b"
    bench.run(10_000_000)
    folder, bench = started(bench)
    assert folder == "a"
    assert started(bench)[0] == "a"


def test_a_firmware_on_trial_does_not_take_a_new_one_over_the_good_one(bench: Bench) -> None:
    transfer(bench)
    bench.files["a", "main.py"] = b"good"
    _, bench = started(bench)
    bench.run(3_000_000)
    assert bench.ask("file", op="begin") == "not_proven"
    assert bench.ask("file", op="open", name="x", size=0, sha=SHA) == "not_begun"
    assert bench.files["a", "main.py"] == b"good"
    assert bench.ask("reboot") == ""
    folder, bench = started(bench)
    bench.run(3_000_000)
    assert (folder, bench.ask("file", op="begin")) == ("a", "")


def test_a_host_that_greets_one_on_trial_proves_it_before_it_sends_another(bench: Bench) -> None:
    transfer(bench)
    _, bench = started(bench)
    bench.ask("hello", v=VERSION, host=HOST)
    bench.now_us += 3_000_000  # it asks in the very turn in which all is settled
    assert bench.ask("file", op="begin") == ""
    assert started(bench)[0] == "b"


def test_before_the_switch_a_cut_changes_nothing(bench: Bench) -> None:
    bench.ask("file", op="begin")
    for name, data in FILES.items():
        assert started(bench)[0] == "a"
        send(bench, name, data)
    assert started(bench)[0] == "a"


class PowerCut(Exception):
    """Nothing of the board is written any more."""


class Failing(Bench):
    """Loses power at its `left`th write from now on, half of that one written."""

    left = 1_000_000

    def save(self, slot: int, line: bytes) -> None:
        self.count()
        super().save(slot, line if self.left else line[: len(line) // 2])
        self.stop()

    def append(self, folder: str, name: str, data: bytes) -> None:
        self.count()
        super().append(folder, name, data if self.left else data[: len(data) // 2])
        self.stop()

    def count(self) -> None:
        self.left -= 1

    def stop(self) -> None:
        if not self.left:
            raise PowerCut


def transfer(bench: Bench) -> None:
    bench.ask("file", op="begin")
    for name, data in FILES.items():
        send(bench, name, data)
    bench.ask("file", op="switch", n=len(FILES), sha=whole(FILES))


def test_a_cut_at_any_write_leaves_a_firmware_that_is_whole() -> None:
    folders = []
    for writes in range(1, 20):
        failing = Failing()
        failing.files = {("a", "main.py"): b"old", ("b", "main.py"): b"older"}
        failing.start()
        failing.ask("hello", v=VERSION, host=HOST)
        failing.run(2_000_000)
        failing.left = writes
        try:
            transfer(failing)
        except PowerCut:
            folder, bench = started(failing)
        else:
            folder, bench = started(failing)
            folders.append(folder)
            break
        assert folder == "a"
        assert bench.files["a", "main.py"] == b"old"
        assert bench.state()["fault"] == ""
    assert folders == ["b"], "the writes were all tried, and without a cut the new one runs"
    assert {name: bench.files["b", name] for name in FILES} == FILES


def test_the_totaliser_is_kept(bench: Bench) -> None:
    bench.open(pulses=5)
    bench.pulse(number=5)
    bench.run(6_000_000)
    bench.ask("file", op="begin")
    send(bench, "main.py", b"1")
    bench.ask("file", op="switch", n=1, sha=whole({"main.py": b"1"}))
    assert started(bench)[1].state()["n"] == 5


def test_only_with_every_valve_shut_and_settled(bench: Bench) -> None:
    bench.open(2)
    assert bench.ask("file", op="begin") == "not_shut"
    assert bench.ask("reboot") == "not_shut"
    bench.hold(3_000_000)
    assert bench.ask("file", op="begin") == "not_shut"
    bench.ask("shut", p=2)
    assert bench.ask("file", op="begin") == "not_shut"
    bench.run(2_000_000)
    assert bench.ask("file", op="begin") == ""


def test_no_fill_begins_meanwhile(bench: Bench) -> None:
    bench.lifted[1] = True
    bench.ask("file", op="begin")
    assert bench.ask("arm", p=1, s=1, lim=5) == "flashing"
    bench.ask("hello", v=VERSION, host=HOST)
    assert bench.ask("arm", p=1, s=1, lim=5) == "", "a greeting ends a transfer"
    assert bench.ask("make", p=1, s=1) == ""


def test_what_was_armed_before_does_not_open(bench: Bench) -> None:
    bench.lifted[1] = True
    bench.run(5000)
    assert bench.ask("arm", p=1, s=1, lim=5) == ""
    bench.ask("file", op="begin")
    assert bench.ask("make", p=1, s=1) == "flashing"


def test_a_spare_folder_is_emptied_first(bench: Bench) -> None:
    bench.files = {("b", "old.py"): b"1", ("a", "main.py"): b"2"}
    bench.ask("file", op="begin")
    assert bench.files == {("a", "main.py"): b"2"}


SHA = sha256(b"abcd").hexdigest()


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([{"op": "open", "name": "x", "size": 4, "sha": SHA}], "not_begun"),
        ([{"op": "begin"}, {"op": "piece", "data": "00"}], "no_file_open"),
        ([{"op": "begin"}, {"op": "close"}], "no_file_open"),
        ([{"op": "begin"}, {"op": "open", "size": 4, "sha": SHA}], "bad_name"),
        ([{"op": "begin"}, {"op": "open", "name": "../x", "size": 4, "sha": SHA}], "bad_name"),
        ([{"op": "begin"}, {"op": "open", "name": "/x", "size": 4, "sha": SHA}], "bad_name"),
        ([{"op": "begin"}, {"op": "open", "name": "x/", "size": 4, "sha": SHA}], "bad_name"),
        ([{"op": "begin"}, {"op": "open", "name": "x", "size": 4, "sha": SHA[1:]}], "bad_sha"),
        ([{"op": "begin"}, {"op": "switch", "n": 0, "sha": whole({})}], "not_whole"),
    ],
)
def test_steps_out_of_order_are_refused(
    bench: Bench, steps: list[dict[str, Any]], why: str
) -> None:
    answers = [bench.ask("file", **step) for step in steps]
    assert answers == [""] * (len(steps) - 1) + [why]


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([(0, "61"), (1, "626364")], ""),
        ([(0, "6162"), (0, "6162"), (2, "6364")], ""),
        ([(0, "6162"), (3, "64")], "expected_at_2"),
        ([(0, "6162"), (0, "61")], "expected_at_2"),
        ([(0, "6162636465")], "bad_size"),
        ([(0, "61"), (1, "")], ""),
        ([(0, "zz")], "not_hex"),
        ([(0, "616")], "not_hex"),
    ],
)
def test_pieces(bench: Bench, pieces: list[tuple[int, str]], why: str) -> None:
    bench.ask("file", op="begin")
    assert bench.ask("file", op="open", name="x", size=4, sha=SHA) == ""
    assert bench.ask("file", op="open", name="y", size=4, sha=SHA) == "file_open"
    assert bench.ask("file", op="switch", n=1, sha=SHA) == "not_whole"
    answers = [bench.ask("file", op="piece", at=at, data=data) for at, data in pieces]
    assert answers == [""] * (len(pieces) - 1) + [why]
    written = bench.files.get(("b", "x"), b"")
    if written == b"abcd":
        assert bench.ask("file", op="close") == ""
        assert bench.ask("file", op="open", name="x", size=4, sha=SHA) == "file_twice"
        assert bench.ask("file", op="switch", n=2, sha=whole({"x": b"abcd"})) == "not_whole"
        assert bench.ask("file", op="switch", n=1, sha=SHA) == "not_whole"
        assert bench.ask("file", op="switch", n=1, sha=whole({"x": b"abcd"})) == ""
    else:
        assert bench.ask("file", op="close") == "bad_hash"
        assert bench.ask("file", op="piece", at=0, data="61") == "not_begun"


def test_what_flash_made_of_it_is_what_counts(bench: Bench) -> None:
    bench.ask("file", op="begin")
    bench.ask("file", op="open", name="x", size=4, sha=SHA)
    bench.ask("file", op="piece", at=0, data="61626364")
    bench.files["b", "x"] = b"abcc"
    assert bench.ask("file", op="close") == "bad_hash"


def test_a_full_flash_ends_it(bench: Bench, monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError(28)

    bench.ask("file", op="begin")
    bench.ask("file", op="open", name="x", size=4, sha=SHA)
    monkeypatch.setattr(bench, "append", full)
    assert bench.ask("file", op="piece", at=0, data="61") == "flash_failed"
    assert bench.ask("file", op="close") == "not_begun"
    assert bench.ask("arm", p=1, s=1, lim=5) == ""
