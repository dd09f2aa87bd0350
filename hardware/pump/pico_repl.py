"""MicroPython's own prompt over USB, in its raw mode: a program is sent, its output comes back.

docs.micropython.org/en/latest/reference/repl.html, "Raw mode": Ctrl-A enters it, Ctrl-D ends a
program, and the answer is `OK`, what it printed, Ctrl-D, what went wrong, Ctrl-D, `>`.
"""

import time

import serial

from hardware.ports import HardwareError
from hardware.pump.pico_port import plugged_in

INTERRUPT, RAW, RUN = b"\r\x03\x03", b"\x01", b"\x04"
ENTERED, TAKEN, PROMPT = b"raw REPL; CTRL-B to exit\r\n>", b"OK", b">"
ENTER_S, ANSWER_S = 5.0, 20.0
SENT_BYTES, PAUSE_S = 256, 0.005
"""A chip takes so many bytes at once, and clears them away within this."""


def only_port() -> str:
    """Of the one USB serial port that there is; HardwareError where there are none or several."""
    ports = plugged_in()
    if len(ports) != 1:
        found = ", ".join(f"{serial} at {path}" for serial, path in ports.items()) or "none"
        raise HardwareError(
            f"expected one USB serial port, found {found}; plug the Pico in with MicroPython on "
            "it, or name its port with --port"
        )
    return next(iter(ports.values()))


class Prompt:
    """In raw mode when created; HardwareError where nothing answers as MicroPython does."""

    def __init__(self, path: str) -> None:
        try:
            self._serial = serial.Serial(path, timeout=0.1, write_timeout=ENTER_S, exclusive=True)
        except (OSError, ValueError) as error:
            raise HardwareError(
                f"{path}: expected a serial port to itself, found {error}; check the cable, and "
                "that no other program has it open"
            ) from error
        self.path = path
        try:
            self._write(INTERRUPT + RAW)
            self._until(ENTERED, ENTER_S)
        except HardwareError:
            self.close()
            raise

    def run(self, program: str) -> str:
        """What it prints. HardwareError with what MicroPython says where it fails."""
        self._write(program.encode() + RUN)
        self._until(TAKEN, ENTER_S)
        printed = self._until(RUN, ANSWER_S)[:-1]
        wrong = self._until(RUN, ANSWER_S)[:-1].decode(errors="replace").strip()
        self._until(PROMPT, ENTER_S)
        if wrong:
            raise HardwareError(
                f"{self.path}: expected MicroPython to do as told, found {wrong.splitlines()[-1]}"
            )
        return printed.decode(errors="replace").strip()

    def leave(self, program: str) -> None:
        """Run one that does not come back."""
        self._write(program.encode() + RUN)
        self._until(TAKEN, ENTER_S)

    def close(self) -> None:
        self._serial.close()

    def _write(self, data: bytes) -> None:
        try:
            for at in range(0, len(data), SENT_BYTES):
                self._serial.write(data[at : at + SENT_BYTES])
                time.sleep(PAUSE_S)
        except OSError as error:
            raise HardwareError(f"{self.path}: it is gone ({error}); check the cable") from error

    def _until(self, end: bytes, within_s: float) -> bytes:
        received, deadline = b"", time.monotonic() + within_s
        while not received.endswith(end):
            if time.monotonic() > deadline:
                raise HardwareError(
                    f"{self.path}: expected MicroPython's prompt, found {received[-60:]!r}; put "
                    "MicroPython onto the Pico first; one that runs Takar's firmware is brought "
                    "up to date with `takar pico flash`, or shows its prompt when BOOTSEL is "
                    "pressed in the first second after it is plugged in"
                )
            try:
                received += self._serial.read(1)
            except OSError as error:
                raise HardwareError(
                    f"{self.path}: it is gone ({error}); check the cable"
                ) from error
        return received
