"""Bring a co-processor's firmware up to date: into the folder that does not run, hash by hash.

The chip takes it with every valve shut only, tries it at one start, and goes back to the old
one unless a host greets it. Its totaliser is not touched, and compared to be sure.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from firmware.guard.codec import Fields
from firmware.guard.messages import PUMPS
from hardware.ports import HardwareError, LinkLost
from hardware.pump.pico_link import PicoLink

PIECE_BYTES = 64
ANSWER_S, RESTART_S, LOOK_S = 20.0, 20.0, 0.002
NOT_SHUT, SETTLES_S = "not_shut", 5.0
"""A valve that was just shut, or a chip that just started, settles in 2 s."""
NOT_PROVEN = "not_proven"
"""It runs a firmware on trial that no host has greeted: its next start runs the one before."""
ROOT = Path(__file__).parents[2]


def firmware_files(root: Path = ROOT) -> dict[str, bytes]:
    """All that runs on the chip, by its name there."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "firmware").rglob("*.py"))
    }


def flash(link: PicoLink, files: dict[str, bytes], tell: Callable[[str, int, int], None]) -> Fields:
    """Send, check, restart; the birth of the new firmware. HardwareError: the old one runs on.

    `tell` gets each file's name, its number and how many there are.
    """
    before = _begin(link)
    hashes = {}
    for number, (name, content) in enumerate(files.items(), start=1):
        tell(name, number, len(files))
        hashes[name] = sha256(content).hexdigest()
        _file(link, op="open", name=name, size=len(content), sha=hashes[name])
        for at in range(0, len(content), PIECE_BYTES):
            _file(link, op="piece", at=at, data=content[at : at + PIECE_BYTES].hex())
        _file(link, op="close")
    whole = sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode())
    _file(link, op="switch", n=len(hashes), sha=whole.hexdigest())
    counts = _counts(link)
    link.order("reboot", {})
    after = _restarted(link, before)
    if after["slot"] == before["slot"]:
        raise HardwareError(
            f"co-processor {after['id']}: expected the new firmware to start, found the old one "
            f"again ({after['fw']}, restarted for {after['why']}); nothing is lost, try again"
        )
    if (found := _counts(link)) != counts and counts is not None:
        raise HardwareError(
            f"co-processor {after['id']}: expected its totalisers at {counts}, found {found}; "
            "compare with the dispensers' own before selling"
        )
    return after


def _begin(link: PicoLink) -> Fields:
    """The birth of the firmware that takes the new one."""
    before = link.birth
    answer = _answer(link, op="begin")
    if answer == NOT_PROVEN:
        link.order("reboot", {})
        before = _restarted(link, before)
        answer = _answer(link, op="begin")
    _check(answer, "begin")
    return before


def _file(link: PicoLink, **fields: str | int) -> None:
    _check(_answer(link, **fields), fields.get("name", fields["op"]))


def _answer(link: PicoLink, **fields: str | int) -> str | None:
    order = link.order("file", fields)
    began = time.monotonic()
    while order.answer is None and time.monotonic() < began + ANSWER_S:
        time.sleep(LOOK_S)
        link.listen()
        link.check()
        if order.answer == NOT_SHUT and time.monotonic() < began + SETTLES_S:
            order = link.order("file", fields)
    return order.answer


def _check(answer: str | None, where: str | int) -> None:
    if answer != "":
        why = "no answer" if answer is None else answer
        raise HardwareError(
            f"the co-processor refuses {where}: {why}; its old firmware runs on. Shut every "
            "valve, wait a few seconds, and begin again"
        )


def _restarted(link: PicoLink, before: Fields) -> Fields:
    end = time.monotonic() + RESTART_S
    while time.monotonic() < end:
        time.sleep(LOOK_S)
        link.listen()
        try:
            birth = link.birth
        except LinkLost:
            continue
        if birth["boot"] != before["boot"]:
            return birth
    raise HardwareError("the co-processor did not come back after its restart; check its cable")


def _counts(link: PicoLink) -> list[int] | None:
    """None of a firmware of another version, whose states we cannot read."""
    try:
        return [link.state(pump)["n"] for pump in PUMPS]
    except KeyError:
        return None
