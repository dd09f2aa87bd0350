"""Start a script under MicroPython, or under this Python, as a process that talks in lines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from hardware.ports import HardwareError

Interpreter = Literal["cpython", "micropython"]

ROOT = Path(__file__).parents[3]
_FOLDER = Path(__file__).parent
_BUILD = ROOT / ".micropython/node_modules/@micropython/micropython-webassembly-pyscript"


def start(interpreter: Interpreter, script: Path, *words: str) -> subprocess.Popen[bytes]:
    """Run `script`, which lies in this clone, imports only what is below `firmware/` and the
    module `lines`, and finds `words` in sys.argv (under Node without the script's own name
    before them: take them from the end). HardwareError if there is no such interpreter here.
    """
    paths = f"{ROOT}:{_FOLDER / 'chip'}"
    command, env = _command(interpreter, script, paths)
    return subprocess.Popen(  # noqa: S603 - our own scripts
        [*command, *words],
        env=os.environ | env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A signal to the terminal's group is for whoever started this.
        start_new_session=True,
    )


def _command(
    interpreter: Interpreter, script: Path, paths: str
) -> tuple[list[str], dict[str, str]]:
    if interpreter == "cpython":
        return [sys.executable, "-S", str(script)], {"PYTHONPATH": paths}
    unix_port = shutil.which("micropython")
    if unix_port is not None:
        return [unix_port, str(script)], {"MICROPYPATH": f"{paths}:.frozen"}
    node = shutil.which("node")
    if node is not None and (_BUILD / "micropython.mjs").exists():
        build = str(_BUILD / "micropython.mjs")
        name = str(script.relative_to(ROOT))
        return [node, str(_FOLDER / "node.mjs"), build, str(ROOT), name], {}
    raise HardwareError(
        "expected MicroPython, found neither a program `micropython` nor its WebAssembly build "
        "with Node: `./takar test` installs what is missing"
    )
