"""The same script under CPython and under MicroPython, each in a process of its own."""

from pathlib import Path
from typing import Any

import pytest

from hardware.ports import HardwareError
from hardware.simulated.pico import interpreter

FOLDER = Path(__file__).parent


def run(kind: interpreter.Interpreter, script: str, said: bytes = b"") -> bytes:
    with interpreter.start(kind, FOLDER / script) as process:
        output, _ = process.communicate(said, timeout=60)
    assert process.returncode == 0
    return output


def test_it_is_micropython_that_runs() -> None:
    assert run("micropython", "name.py") == b"micropython\n"
    assert run("cpython", "name.py") == b"cpython\n"


def test_a_long_walk_through_the_limiter_ends_alike() -> None:
    walked = run("micropython", "limiter_walk.py")
    steps, _, stops, _, errors, *_ = walked.split()
    assert (int(steps), int(stops) > 100, int(errors) > 100) == (4000, True, True), walked
    assert walked == run("cpython", "limiter_walk.py")


@pytest.mark.parametrize("kind", ["cpython", "micropython"])
def test_lines_go_in_and_out_until_the_end(kind: interpreter.Interpreter) -> None:
    long = "x" * 20_000
    assert run(kind, "echo.py", f"one\n\n{long}\n".encode()) == f"<one>\n<>\n<{long}>\n".encode()


def test_a_machine_without_it_is_told(monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(HardwareError, match="expected MicroPython, found neither"):
        interpreter.start("micropython", FOLDER / "name.py")


def test_an_interrupt_creates_nothing() -> None:
    counts = run("micropython", "no_allocation.py").split()
    assert counts == b"a 300 0 ab 300 0 1".split()


def test_the_firmware_fits_a_picos_memory() -> None:
    """An RP2040 has about 190 kB of heap. The WebAssembly build has words of 32 bits too."""
    taken = int(run("micropython", "size.py"))
    print(f"the whole device takes {taken} bytes of heap")
    assert taken < 130_000
