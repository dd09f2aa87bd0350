"""The main loop on the chip. Never returns; the watchdog resets it if it stands still."""

from time import ticks_us

from firmware.board.pico import PicoBoard
from firmware.guard.device import Device


def main() -> None:
    """The interrupts count, and break a contact at its limit, whatever this loop does."""
    board = PicoBoard()
    device = Device(board, ticks_us())
    board.start(device.channels)
    while True:
        now_us = ticks_us()
        board.wait(now_us, device.turn(now_us))
