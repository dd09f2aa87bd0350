"""Takar's firmware onto a Pico that has MicroPython and nothing of ours yet.

    /main.py        firmware/board/start.py: which folder runs
    /loader/...     the few files that it needs for that, apart from both folders
    /a/...          all of the firmware; /b stays empty until the first `takar pico flash`

/main.py is written last: until then the Pico starts with its prompt, and all can be done again.
What a Pico keeps of counts and of the ledger is not touched.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from hardware.ports import HardwareError
from hardware.pump.pico_flash import ROOT, firmware_files
from hardware.pump.pico_repl import Prompt

LEAST_MICROPYTHON = (1, 25)
PIECE_BYTES = 512
START = "firmware/board/start.py"
LOADER = (
    "firmware/__init__.py",
    "firmware/pins.py",
    *(f"firmware/board/{name}.py" for name in ("__init__", "memory")),
    *(
        f"firmware/guard/{name}.py"
        for name in ("__init__", "boots", "codec", "port", "protocol", "record")
    ),
)
"""All that start.py imports before it knows which folder runs."""

_CHIP = """
import os, sys, machine
from binascii import hexlify, unhexlify
from hashlib import sha256
def folders(name):
    made = ""
    for part in name.split("/")[:-1]:
        made += "/" + part
        try:
            os.mkdir(made)
        except OSError:
            pass
def gone(path):
    try:
        if os.stat(path)[0] & 0x4000:
            for name in os.listdir(path):
                gone(path + "/" + name)
            os.rmdir(path)
        else:
            os.remove(path)
    except OSError:
        pass
def digest(path):
    found = sha256()
    with open(path, "rb") as file:
        data = file.read(512)
        while data:
            found.update(data)
            data = file.read(512)
    return hexlify(found.digest()).decode()
"""
_OLD = ("/main.py", "/loader", "/a", "/b", "/slots/4", "/slots/5")
"""What is written anew, and which folder ran."""
FRAM_KNOWN = "/fram"


def prepared_files(root: Path = ROOT) -> dict[str, bytes]:
    """Every file by its path on the Pico, in the order in which they are written."""
    firmware = firmware_files(root)
    return {
        **{f"/loader/{name}": firmware[name] for name in LOADER},
        **{f"/a/{name}": content for name, content in firmware.items()},
        "/main.py": firmware[START],
    }


def prepare(path: str, tell: Callable[[str, int, int], None], *, forget_fram: bool = False) -> None:
    """Write, compare each file's hash, and restart. HardwareError says what is wrong.

    `forget_fram`: it had FRAM and will have none from now on.
    """
    prompt = Prompt(path)
    try:
        prompt.run(_CHIP)
        _check_version(prompt)
        for old in (*_OLD, FRAM_KNOWN) if forget_fram else _OLD:
            prompt.run(f"gone({old!r})")
        files = prepared_files()
        for number, (name, content) in enumerate(files.items(), start=1):
            tell(name, number, len(files))
            _write(prompt, name, content)
        prompt.leave("machine.reset()")
    finally:
        prompt.close()


def _check_version(prompt: Prompt) -> None:
    said = prompt.run("print(sys.implementation[0], *sys.implementation[1][:2])")
    name, *version = said.split()
    if name != "micropython" or tuple(map(int, version)) < LEAST_MICROPYTHON:
        raise HardwareError(
            f"{prompt.path}: expected MicroPython 1.25 or later, found {said}; put a newer one "
            "onto the Pico"
        )


def _write(prompt: Prompt, name: str, content: bytes) -> None:
    prompt.run(f"folders({name!r})\nfile = open({name!r}, 'wb')")
    for at in range(0, len(content), PIECE_BYTES):
        prompt.run(f"file.write(unhexlify('{content[at : at + PIECE_BYTES].hex()}'))")
    prompt.run("file.close()")
    found, wanted = prompt.run(f"print(digest({name!r}))"), sha256(content).hexdigest()
    if found != wanted:
        raise HardwareError(
            f"{prompt.path}: {name}: expected the hash {wanted[:16]}, found {found[:16]}: its "
            "flash is damaged or full; try again, or take another Pico"
        )
