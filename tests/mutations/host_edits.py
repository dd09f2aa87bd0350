"""Wrong edits of the co-processor's driver on the host, and who must notice them."""

from tests.mutations.runner import Edit

PUMP, FILL, METER = "pump/pico.py", "pump/pico_fill.py", "pump/pico_meter.py"
LINK, TALK, FAULTS = "pump/pico_link.py", "pump/pico_talk.py", "pump/pico_faults.py"
WITNESS = "pump/pico_witness.py"
T_FILLS, T_HOSTILE, T_STRANGE = "test_pico_fills.py", "test_pico_hostile.py", "test_pico_strange.py"
T_WITNESS = "test_pico_witness.py"

EDITS = [
    Edit(PUMP, "elif self._fill.passed:", "elif False:", T_FILLS),
    Edit(PUMP, "elif refused and self._open:", "elif False:", T_FILLS),
    Edit(PUMP, "self._end(told.why)", "pass", T_FILLS),
    Edit(PUMP, "self._fill.stopped = told\n", "pass\n", T_FILLS),
    Edit(PUMP, "if self._connection != self._link.connections:", "if False:", T_FILLS),
    Edit(FILL, "self._session % NUMBER_32 + 1", "self._session", T_FILLS),
    Edit(FILL, "pulses <= total:", "pulses < total:", T_FILLS),
    Edit(FILL, "stops.limit_pulses > total + FILL_MAX", "False", T_FILLS),
    Edit(FILL, "chip(stops.limit_pulses),", "stops.limit_pulses,", T_FILLS),
    Edit(FILL, 'self._meter.our_count(state["at"])', 'state["at"]', T_FILLS),
    Edit(FILL, "stops.check_raised_from(self.stops)", "pass", T_FILLS),
    Edit(METER, "return grown <= most", "return True", T_STRANGE),
    Edit(
        METER,
        '("gap"):\n            self.uncounted = True',
        '("gap"):\n            pass',
        T_HOSTILE,
    ),
    Edit(
        METER, "counts twice.\n            self.uncounted = True", "\n            pass", T_STRANGE
    ),
    Edit(METER, "fell and again", "False", T_STRANGE),
    Edit(
        METER,
        "self._from = count - self.total\n        elif count >",
        "pass\n        elif count >",
        T_HOSTILE,
    ),
    Edit(LINK, "if now_ns < until_ns}", "}", T_FILLS),
    Edit(LINK, "now_ns - talk.heard_ns >= SILENT_NS", "False", T_FILLS),
    Edit(LINK, "found.casefold() != wanted.casefold()", "False", T_HOSTILE),
    Edit(LINK, "                self.connections += 1\n", "", T_WITNESS),
    Edit(TALK, "or now_ns - order.said_ns >= order.again_ns", "", T_HOSTILE),
    Edit(TALK, "if order.verb not in OF_A_FILL", "", T_FILLS),
    Edit(TALK, 'queue.extend([Order("shut", {"p": pump}), *kept])', "queue.extend(kept)", T_FILLS),
    Edit(FAULTS, "now_ns - self._apart_since_ns >= APART_NS", "True", T_STRANGE),
    Edit(WITNESS, 'if not seen["inc"]:', "if False:", T_WITNESS),
]
