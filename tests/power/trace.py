"""Run a program under strace, and read what it did to the files of one folder.

strace stands between program and kernel, so SQLite and TinyDB are recorded as they are.
A system call that could change a file and is not understood here is an error, never skipped.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLLOWED = (
    "open,openat,openat2,creat,close,dup,dup2,dup3,rename,renameat,renameat2,unlink,unlinkat,"
    "link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir,truncate,ftruncate,fallocate,lseek,write,"
    "writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync,syncfs,msync,sync_file_range,mmap,"
    "copy_file_range,sendfile,chdir"
)
PROGRAM_S = 300
"""A deadline against hanging, never reached."""

_CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)")
_BEGUN = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that succeeded."""

    name: str
    words: list[str]
    """Its arguments as strace prints them, without the texts."""
    texts: list[bytes]
    """Paths or content among the arguments, in order."""
    result: int


def record(program: Path, *arguments: str) -> list[Call]:
    """Run a Python program to its end; what it did to files, in order, of all its threads."""
    log = Path(arguments[0]).with_name("strace.log")
    subprocess.run(
        ["strace", "-f", "-qq", "-xx", "-s", "100000000", "-e", f"trace={FOLLOWED}",
         "-e", "signal=none", "-o", str(log), sys.executable, "-B", str(program), *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=PROGRAM_S,
    )  # fmt: skip
    with log.open() as lines:
        calls = list(_calls(lines))
    log.unlink()
    return calls


def _calls(lines: Iterator[str]) -> Iterator[Call]:
    begun: dict[str, str] = {}
    for raw in lines:
        line = raw.rstrip("\n")
        if found := _BEGUN.match(line):
            begun[found[1]] = found[2]
            continue
        if found := _ENDED.match(line):
            line = f"{found[1]} {begun.pop(found[1])}{found[3]}"
        found = _CALL.match(line)
        if found is None:
            raise ValueError(f"strace printed what is not understood: {line[:200]}")
        result = -1 if found[4] == "?" else int(found[4], 0)
        if result >= 0:
            texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(found[3])]
            words = _TEXT.sub("", found[3]).split(", ")
            yield Call(found[2], words, texts, result)
