"""Private files by name: keys and passwords that lie encrypted on the disk.

Where a configuration names a private file it may say `credential:NAME`. A systemd unit finds it
decrypted in a folder of its own, in memory ($CREDENTIALS_DIRECTORY; systemd.exec(5)). Outside a
unit root decrypts it with `systemd-creds` from where it lies, /etc/credstore.encrypted/NAME, and
writes new ones there, encrypted for this machine's TPM, or where it has none its host key. Any
other name is a file's path.
"""

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "credential:"
STORE = Path("/etc/credstore.encrypted")
PROGRAM = "/usr/bin/systemd-creds"
FOLDER = "CREDENTIALS_DIRECTORY"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
PATIENCE_S = 60.0
"""A TPM may take seconds."""
REMEDY = (
    "Stop the service, and `sudo takar restore CONFIGURATION --backup FOLDER`, with a backup that "
    "was made --with-keys: it puts aside what cannot be opened, and keys in its place"
)
"""For what this machine cannot open. Nothing else has the key; that there is no such backup is
docs/RUNBOOK.md's to say, Gateway replaced."""
ASIDE = ".not-opened"


class CredentialRefused(OSError):
    """It is not there, not for this machine, or not for this account; the text says what to do."""


class NotOfThisMachine(CredentialRefused):
    """It is there, and this machine, as it is now, cannot open it."""


def is_credential(file: Path | str) -> bool:
    return str(file).startswith(PREFIX)


def exists(file: Path) -> bool:
    """Whether there is one, whoever may read it."""
    if not is_credential(file):
        return file.exists()
    return _place(_name(file)).exists()


def read(file: Path) -> bytes:
    """What is in it. OSError, of which CredentialRefused is one, says why not."""
    if not is_credential(file):
        return file.read_bytes()
    name = _name(file)
    place = _place(name)
    if place.parent != STORE:
        try:
            return place.read_bytes()
        except OSError as error:
            raise CredentialRefused(
                f"{file}: expected it among the credentials of this service, found "
                f"{error.strerror}; look whether {STORE / name} is there, made by `takar setup`, "
                "and whether the unit names it (LoadCredentialEncrypted=)"
            ) from error
    if not place.exists():
        raise CredentialRefused(
            f"{file}: expected {place}, found none. `takar setup` makes a new station's; "
            "for one that there is, `takar restore` brings it from a backup made --with-keys"
        )
    return _run(file, "decrypt", f"--name={name}", str(place), "-")


def write(file: Path, content: bytes, *, replace: bool = False) -> None:
    """Make it durable. FileExistsError rather than replace one, unless that is meant."""
    if not is_credential(file):
        _write(file, content, replace=replace)
        return
    name = _name(file)
    if not may_write(file):
        raise CredentialRefused(f"{file}: a service cannot write credentials; root does, by hand")
    if not replace and (STORE / name).exists():
        raise FileExistsError(errno.EEXIST, "is there already", str(STORE / name))
    STORE.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = _run(file, "encrypt", "--with-key=auto", f"--name={name}", "-", "-", given=content)
    _write(STORE / name, sealed, replace=replace)


def put_aside_unopened(file: Path) -> bool:
    """Rename a credential that this machine cannot open, so that it is as if it were not there.
    False where there is none such. CredentialRefused if it cannot be tried."""
    if not is_credential(file) or not exists(file):
        return False
    try:
        read(file)
    except NotOfThisMachine:
        place = STORE / _name(file)
        place.replace(place.with_name(place.name + ASIDE))
        _sync(STORE)
        return True
    return False


def may_write(file: Path) -> bool:
    """Whether this process may write it: a service only reads its credentials."""
    return not (is_credential(file) and os.environ.get(FOLDER))


def rename(file: Path, to: Path) -> None:
    """Put a waiting one in the place of another, whose content is then gone, or was never there.

    Of a credential the name is sealed with the content, so it is written anew.
    """
    if is_credential(file):
        write(to, read(file), replace=True)
        (STORE / _name(file)).unlink()
        _sync(STORE)
    else:
        file.replace(to)
        _sync(to.parent)


@contextmanager
def as_path(file: str) -> Iterator[str]:
    """A path at which a library may read it while this lasts; nothing is written to a disk."""
    if not is_credential(file):
        yield file
        return
    place = _place(_name(Path(file)))
    if place.parent != STORE:
        yield str(place)
        return
    memory = os.memfd_create("takar", os.MFD_CLOEXEC)
    try:
        os.write(memory, read(Path(file)))
        yield f"/proc/self/fd/{memory}"
    finally:
        os.close(memory)


def _name(file: Path | str) -> str:
    name = str(file).removeprefix(PREFIX)
    if not NAME.fullmatch(name):
        raise CredentialRefused(f"{file}: expected {PREFIX}NAME of letters, digits, dot, - and _")
    return name


def _place(name: str) -> Path:
    folder = os.environ.get(FOLDER)
    return (Path(folder) if folder else STORE) / name


def _run(file: Path, *command: str, given: bytes | None = None) -> bytes:
    if os.geteuid() != 0:
        raise CredentialRefused(f"{file}: only root opens it outside the service; use sudo")
    try:
        done = subprocess.run(  # noqa: S603
            [PROGRAM, *command],
            input=given,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialRefused(f"{file}: systemd-creds does not run: {error}") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise NotOfThisMachine(
            f"{file}: expected a credential made on this machine, found otherwise ({said}). One "
            "of another machine, or of before its TPM or /var/lib/systemd/credential.secret was "
            f"changed, can not be opened. {REMEDY}"
        )
    return done.stdout


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """Mode 0600 from its first byte, and on the disk when this returns."""
    aside = path.with_name(path.name + ".new") if replace else path
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    with os.fdopen(os.open(aside, flags, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    if replace:
        aside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
