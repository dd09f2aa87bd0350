"""Every message between host and chip, declared once for both ends, each value with its bounds.

`codec.text` and `codec.read` refuse the same at either end. Counts are pulses, cumulative since
the totaliser began; times are microseconds unless the name says otherwise.

`hello`, `birth`, `ok`, `no`, `ask`, `file` and `reboot` never change their meaning, so that a
host can tell a chip of any version apart and bring it up to date.
"""

from firmware.guard.codec import Lags, Messages, Number, Word

VERSION = 1
PUMPS = (1, 2)
COUNT_MAX = (1 << 40) - 1
"""A totaliser of 250 pulses a litre is full after four thousand million litres."""
FILL_MAX = 1_000_000
"""Most pulses that one fill may still be given: 4,000 L of 250 pulses each."""
NUMBER_32 = (1 << 32) - 1

_pump = Number(1, len(PUMPS))
_session = Number(1, NUMBER_32)
_count = Number(0, COUNT_MAX)
_stop = Number(0, COUNT_MAX, 0)
_flag = Number(0, 1)
_word = Word((), "")
_reason = Word((), "", 20)
_number = Number(0, NUMBER_32)
_number_or_0 = Number(0, NUMBER_32, 0)
_STOPS = (
    ("lim", Number(1, COUNT_MAX)),
    ("slow", _stop),
    ("sr", Number(0, NUMBER_32, 0)),
    ("st", Number(0, NUMBER_32, 0)),
    ("dose", _stop),
    ("lags", Lags()),
)
_PUMP = ("p", _pump)
_FILL = (_PUMP, ("s", _session))

TO_CHIP: Messages = {
    # The host's run: another number than before shuts both pumps.
    "hello": (("v", Number(0, 65535)), ("host", Number(1, NUMBER_32))),
    # What a pump is: pulser of one channel or two, least µs between two pulses of real flow.
    "setup": (_PUMP, ("kind", Word(("a", "ab"))), ("gap", Number(0, 1_000_000))),
    # One fill: stops as in stops.py (0 for none), lease in ms.
    "arm": _FILL + _STOPS + (("lease", Number(100, 1000, 300)),),
    "raise": _FILL + _STOPS,
    "make": _FILL,
    "break": (_PUMP,),
    "renew": (("s1", _number_or_0), ("s2", _number_or_0)),
    "shut": (_PUMP,),
    "clear": (_PUMP,),
    # How far the ledger is: incarnation, head and 16 hex digits of its hash, high-water mark.
    "witness": (("inc", Word()), ("seq", _count), ("hash", Word((), None, 16)), ("hwm", _count)),
    "ask": (("what", Word(("birth", "state", "witness", "link"))),),
    # Firmware in pieces, see flashing.py.
    "file": (
        ("op", Word(("begin", "open", "piece", "close", "switch"))),
        ("name", Word((), "", 64, "/")),
        ("size", Number(0, 1 << 20, 0)),
        ("sha", _word),
        ("at", Number(0, 1 << 20, 0)),
        ("data", Word((), "", 128)),
        ("n", Number(0, 100, 0)),
    ),
    "reboot": (),
}

TO_HOST: Messages = {
    # After each reset: version, firmware, serial number, boot number, why it was reset.
    "birth": (
        ("v", Number(0, 65535)),
        ("fw", Word((), None, 32)),
        ("id", Word((), None, 32)),
        ("boot", _number),
        ("why", _reason),
        ("keep", Word(("flash", "fram"))),
        ("slot", _word),
    ),
    # Totaliser, reverse and stray pulses, then the session that was last armed. `unc`: starts at
    # which pulses may have been lost; `gap`: for how many ms with every valve shut, at the starts
    # since the last fill.
    "state": (
        _PUMP,
        ("n", _count),
        ("rev", _number),
        ("stray", _number),
        ("s", _number),
        ("lim", _count),
        ("armed", _flag),
        ("open", _flag),
        ("slow", _flag),
        ("made", _flag),
        ("noz", _flag),
        ("stop", _flag),
        ("why", _reason),
        ("at", _count),
        ("rate", _number),
        ("unc", _number),
        ("fault", _reason),
        ("gap", Number(0, 60_000, 0)),
    ),
    "witness": (
        ("inc", _word),
        ("seq", _count),
        ("hash", _word),
        ("hwm", _count),
        ("kept", _flag),
    ),
    "link": (("bad", _number), ("lost", _number)),
    "ok": (("re", Number(0, 65535)),),
    "no": (("re", Number(0, 65535)), ("why", Word())),
}
