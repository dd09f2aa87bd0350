"""The co-processor's logic, pure: the same files under CPython and MicroPython.

    device ── orders ── messages, codec, protocol     what the host says, and what it is told
       │         └───── flashing ── boots             a new firmware, in the folder not running
       ├──── channel ── pulses                        one pump; what its interrupts do
       │         ├───── limiter ── rate, stops        where it stops
       │         └───── lease, contact                whether it may be open at all
       └──── keeper ─── record                        what outlives a loss of power

`port.Board` is all that it needs of a chip. Nothing here waits, reads a clock or starts a
thread: time comes in as `ticks_us`, and `Device.turn` answers when it wants to be called next.

Rules for these files, held by tests/firmware/guard/test_micropython.py: whole numbers only, no
modules but those of MicroPython itself, types in annotations alone, no f-string over two lines.
What an interrupt calls lies in pulses.py and creates no object.
"""
