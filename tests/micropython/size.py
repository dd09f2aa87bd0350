"""How much of the heap the whole device takes, with both pumps, when it is at rest."""

import gc

import lines
from textboard import TextBoard

gc.collect()
# %%
before = gc.mem_alloc()  # type: ignore[attr-defined]
from firmware.guard.device import Device  # noqa: E402

board = TextBoard({"id": "x", "why": "power", "keeps": "flash", "slots": {}, "files": {}})
device = Device(board, 0)
for turn in range(200):
    device.turn(turn * 5000)
board.take()
gc.collect()
# %%
lines.write(f"{gc.mem_alloc() - before}")  # type: ignore[attr-defined]
