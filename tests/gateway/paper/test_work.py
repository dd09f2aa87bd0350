"""Work outside the console's process: bounded, one at a time, ended where it hangs."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from gateway.config.types import ReceiptSettings
from gateway.paper import work as module
from gateway.paper.work import MOST_WAITING, NotMade, Print, Workshop
from tests.hardware.receipt_printer.slips import SLIP, read


def print_on(**port: object) -> Print:
    return Print(SLIP, ReceiptSettings(**port))  # type: ignore[arg-type]


def test_a_receipt_is_printed_by_another_process(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    device.touch()
    asyncio.run(Workshop().do(print_on(connection="file", device=str(device), heading="H")))
    assert "DH 1932 BH" in read(device.read_bytes())[0]


def test_a_printer_that_is_not_there_has_begun_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotMade, match="no printer answers") as failed:
        asyncio.run(Workshop().do(print_on(connection="file", device=str(tmp_path / "lp0"))))
    assert not failed.value.begun


def test_one_that_hangs_is_ended_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that nobody reads blocks whoever opens it, as a device may."""
    monkeypatch.setattr(module, "PATIENCE_S", 1.0)
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    job = print_on(connection="file", device=str(pipe))

    async def crowd() -> None:
        workshop = Workshop()
        asked = [asyncio.create_task(workshop.do(job)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(NotMade, match="too much at once") as sent_away:
            await workshop.do(job)
        assert not sent_away.value.begun
        first, *others = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(first, NotMade)
        assert first.begun
        assert all(isinstance(one, NotMade) for one in others)

    asyncio.run(crowd())
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    lines = [Path(f"/proc/{child}/cmdline") for child in children]
    assert not any(b"gateway.paper" in line.read_bytes() for line in lines if line.exists())


def test_what_breaks_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MODULE", "gateway.paper.nothing")
    with pytest.raises(NotMade, match=r"No module named") as failed:
        asyncio.run(Workshop().do(print_on(connection="file", device="/dev/null")))
    assert failed.value.begun
    monkeypatch.setattr(sys, "executable", "/nothing")
    with pytest.raises(NotMade, match="/nothing"):
        asyncio.run(Workshop().do(print_on(connection="file", device="/dev/null")))
