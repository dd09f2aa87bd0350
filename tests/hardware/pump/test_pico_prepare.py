"""A first firmware, by the prompt of MicroPython itself behind a pseudo-terminal."""

import json
import os
import pty
import shutil
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from gateway.cli.pico import command
from hardware.ports import HardwareError
from hardware.pump import pico_prepare, pico_repl
from hardware.pump.pico_prepare import prepare, prepared_files
from hardware.pump.pico_repl import Prompt
from hardware.simulated.pico.interpreter import _BUILD

NODE = shutil.which("node")
with_prompt = pytest.mark.skipif(
    NODE is None or not (_BUILD / "micropython.mjs").exists(),
    reason="the prompt that answers bytes is the WebAssembly build's, under Node",
)


class Blank(NamedTuple):
    port: str
    files: Path
    process: subprocess.Popen[bytes]

    def ended(self) -> dict[str, bytes]:
        assert self.process.wait(timeout=30) == 0
        held = json.loads(self.files.read_text())
        return {name: bytes.fromhex(content) for name, content in held.items()}


@pytest.fixture
def blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blank]:
    """A Pico with MicroPython, and with counts and a main program from before."""
    monkeypatch.setattr(pico_repl, "PAUSE_S", 0)  # a pseudo-terminal takes more at once
    near, far = pty.openpty()
    tty.setraw(far)
    files = tmp_path / "files.json"
    process = subprocess.Popen(
        [str(NODE), Path(__file__).parent / "prompt.mjs", _BUILD / "micropython.mjs", files],
        stdin=near,
        stdout=near,
    )
    os.close(near)
    yield Blank(os.ttyname(far), files, process)
    os.close(far)
    process.kill()
    process.wait()


@with_prompt
@pytest.mark.parametrize("forget_fram", [False, True])
def test_a_blank_one_gets_every_file_and_keeps_its_counts(blank: Blank, forget_fram: bool) -> None:
    flags = ["--forget-fram"] if forget_fram else []
    result = CliRunner().invoke(command, ["prepare", "--port", blank.port, *flags])
    assert result.exit_code == 0, result.output
    files = prepared_files()
    *told, last = result.output.splitlines()
    assert [line.split()[1] for line in told] == [*files]
    assert "/main.py" in told[-1], "last, so that a cut leaves the prompt"
    assert "prepared and started" in last
    kept = {"/slots/0": b"old"} | ({} if forget_fram else {"/fram": b"old"})
    assert blank.ended() == files | kept


@with_prompt
def test_what_micropython_refuses_is_said_in_its_words(blank: Blank) -> None:
    prompt = Prompt(blank.port)
    assert prompt.run("print(6 * 7)") == "42"
    with pytest.raises(HardwareError, match="found OSError"):
        prompt.run("open('/nowhere/x')")
    assert prompt.run("print('goes on')") == "goes on"
    prompt.close()


@with_prompt
def test_flash_that_keeps_something_else_is_found(
    blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pico_prepare, "_CHIP", pico_prepare._CHIP + "unhexlify = lambda hex: b'x'")
    with pytest.raises(HardwareError, match=r"/loader/firmware/__init__.py: expected the hash"):
        prepare(blank.port, lambda *_: None)


@with_prompt
def test_an_old_micropython_is_refused_before_anything_is_written(
    blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pico_prepare, "LEAST_MICROPYTHON", (9, 0))
    with pytest.raises(HardwareError, match=r"expected MicroPython 1.25 or later, found micropyth"):
        prepare(blank.port, lambda *_: None)
    Prompt(blank.port).leave("machine.reset()")
    assert blank.ended()["/main.py"] == b"old"


@pytest.mark.parametrize(
    ("ports", "found"),
    [({}, "found none; plug the Pico in"), ({"e6": "/dev/x", "e7": "/dev/y"}, "e6 at /dev/x, e7")],
)
def test_without_a_name_there_must_be_one_port(
    monkeypatch: pytest.MonkeyPatch, ports: dict[str, str], found: str
) -> None:
    monkeypatch.setattr(pico_repl, "plugged_in", lambda: ports)
    with pytest.raises(HardwareError, match=found):
        pico_repl.only_port()
    monkeypatch.setattr(pico_repl, "plugged_in", lambda: {"e6": "/dev/x"})
    assert pico_repl.only_port() == "/dev/x"


def test_something_else_on_the_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pico_repl, "ENTER_S", 0.3)
    near, far = pty.openpty()
    tty.setraw(far)
    os.write(near, b"12 state p=1 *ABCD\n")
    with pytest.raises(HardwareError, match=r"expected MicroPython's prompt, found .*BOOTSEL"):
        Prompt(os.ttyname(far))
    with pytest.raises(HardwareError, match="nowhere: expected a serial port"):
        Prompt("/nowhere")
    os.close(near)
    os.close(far)
