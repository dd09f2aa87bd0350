"""Hand assembled words to MicroPython's own loader.

A module of its own: the loader empties the globals of the function that it runs.
"""

import rp2


def load(program: "tuple[tuple[int, ...], int]") -> object:
    """What `rp2.StateMachine` takes, for a program of words.py: it shifts left, and both FIFOs
    are joined, for none of ours is ever written to."""
    words, first = program

    @rp2.asm_pio(fifo_join=rp2.PIO.JOIN_RX, in_shiftdir=rp2.PIO.SHIFT_LEFT)
    def loaded() -> None:
        at = 0
        for each in words:
            if at == first:
                wrap_target()
            word(each)
            at += 1
        wrap()

    return loaded
