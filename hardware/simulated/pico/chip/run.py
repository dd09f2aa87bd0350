"""The firmware's own device on a board of text: one line in, one line out, at every turn."""

import json

import lines
from textboard import TextBoard

from firmware.guard.boots import Boots
from firmware.guard.device import Device


def turn(device: Device, board: TextBoard, request: dict) -> dict:  # type: ignore[type-arg]
    """The interrupts since the last turn, in order, then the main loop once."""
    board.see(request)
    for raw_us, pump, levels in request.get("edges", ()):
        board.interrupt(device.channels[pump], pump, raw_us, levels)
    wait_us = device.turn(request["t"])
    while board.more_to_read:
        wait_us = device.turn(request["t"])
    answer: dict = board.take()  # type: ignore[type-arg]
    answer["wait"] = wait_us
    channels = device.channels.values()
    answer["busy"] = int(any(one.lease.session or one.contact.wanted for one in channels))
    return answer


def main() -> None:
    boot = json.loads(lines.read())
    board = TextBoard(boot)
    Boots(board).choose()
    device = Device(board, boot["t"])
    lines.write(json.dumps(board.take()))
    while True:
        line = lines.read()
        if line is None:
            return
        lines.write(json.dumps(turn(device, board, json.loads(line))))


main()
