"""Small wrong edits of what stands between a tank and an open valve, in firmware/guard.

Tried, and found to change nothing: `rate_mhz < at_mhz` in Stops.lag_us (at a point itself the
line that begins there gives the same lag).
"""

from tests.mutations.runner import Edit

LIMITER, RATE, LEASE, STOPS = "limiter.py", "rate.py", "lease.py", "stops.py"
CHANNEL = "channel.py"
T_LIMITER, T_DOSE, T_SLOW = "test_limiter.py", "test_dose.py", "test_slow_stage.py"
T_STOPS, T_LEASE = "test_stops.py", "test_lease.py"
T_CHANNEL, T_SWEEP = "test_channel.py", "test_channel_sweep.py"
T_DEVICE = "test_device.py"

GATE = """        if session != self.lease.session:
            self.shut("session", now_us)
            return "session"
        if self.contact.wanted:"""
"""Only in `make`."""
ARMED = "        if self._stops is None or not self.lease.fresh(now_us):\n"

EDITS = [
    Edit(LIMITER, "pulses <= self.pulses_total:", "pulses < self.pulses_total:", T_LIMITER),
    Edit(LIMITER, "total >= self.stops.limit_pulses", "total > self.stops.limit_pulses", T_LIMITER),
    Edit(LIMITER, "stops.check_raised_from(self.stops)", "pass", T_LIMITER),
    Edit(LIMITER, "        if not self.is_open:\n            return False\n", "", T_LIMITER),
    Edit(LIMITER, "        self._foresee(stops)\n", "", T_DOSE),
    Edit(LIMITER, "now_us >= self.due_us", "now_us > self.due_us", T_DOSE),
    Edit(LIMITER, "missing -= rate_mhz * stops.lag_us(rate_mhz)", "pass", T_DOSE),
    Edit(LIMITER, "if missing <= 0:", "if missing < 0:", T_DOSE),
    Edit(LIMITER, "elif rate_mhz and missing <= PULSES_MHZ_US:", "elif rate_mhz:", T_DOSE),
    Edit(LIMITER, "- (-missing // rate_mhz)", "+ missing // rate_mhz", T_DOSE),
    Edit(LIMITER, "        self._rate.clear()\n", "", T_DOSE),
    Edit(LIMITER, "            return self.shut(NOT_SLOW)", "            pass", T_SLOW),
    Edit(LIMITER, "_slow_since_us + stops.slow_within_us", "_slow_since_us", T_SLOW),
    Edit(LIMITER, "slowest_mhz > stops", "slowest_mhz >= stops", T_SLOW),
    Edit(
        LIMITER,
        "            self.slow = False\n            self._slow_since_us = None\n",
        "            pass\n",
        T_SLOW,
    ),
    Edit(
        LIMITER,
        "            self._slow_since_us = None\n        self._foresee",
        "        self._foresee",
        T_SLOW,
    ),
    Edit(
        LIMITER,
        "        self.slow = False\n        self.due_us = None\n        self.shut",
        "        self.due_us = None\n        self.shut",
        T_SLOW,
    ),
    Edit(RATE, "at_us - points[-1][1] < SPAN_US", "at_us <= points[-1][1]", T_DOSE),
    Edit(RATE, "(len(rates) - 1) // 2", "-1", T_DOSE),
    Edit(RATE, "POINTS = 6", "POINTS = 2", T_DOSE),
    Edit(RATE, "points[-3][1] < since_us", "False", T_SLOW),
    Edit(RATE, "min(self._span_mhz(-1)", "max(self._span_mhz(-1)", T_SLOW),
    Edit(STOPS, "(rate_mhz - before_mhz)", "rate_mhz", T_STOPS),
    Edit(STOPS, "if now[name] < before:", "if now[name] < before - 1:", T_STOPS),
    Edit(STOPS, "if not 1 <= pulses <= self.limit_pulses:", "if pulses < 1:", T_STOPS),
    Edit(STOPS, "if rate_mhz <= before_mhz:", "if rate_mhz < before_mhz:", T_STOPS),
    Edit(LEASE, "now_us < self.until_us", "now_us <= self.until_us", T_LEASE),
    Edit(LEASE, "if self.fresh(now_us):", "if self.session:", T_LEASE),
    Edit(LEASE, "self.session != 0 and ", "", T_LEASE),
    Edit(LEASE, "LEAST_US <= hold_us", "0 < hold_us", T_LEASE),
    Edit(CHANNEL, "            (self.fault, self.fault),\n", "", T_CHANNEL),
    Edit(CHANNEL, '            (session == self._opened, "session"),\n', "", T_CHANNEL),
    Edit(CHANNEL, "not total < stops.limit_pulses", "not total <= stops.limit_pulses", T_CHANNEL),
    Edit(CHANNEL, "stops.limit_pulses <= total + FILL_MAX", "stops.limit_pulses", T_CHANNEL),
    Edit(
        CHANNEL,
        ARMED + '            return "not_armed"\n' + GATE,
        "        if self._stops is None:\n" + '            return "not_armed"\n' + GATE,
        T_CHANNEL,
    ),
    Edit(CHANNEL, GATE, "        if self.contact.wanted:", T_CHANNEL),
    Edit(CHANNEL, '            (not self._up, "nozzle"),\n', "", T_CHANNEL),
    Edit(CHANNEL, '            (self.contact.made, "welded"),\n', "", T_CHANNEL),
    Edit(CHANNEL, "(self.fault or self.counter.fault,", "(self.fault,", T_CHANNEL),
    Edit(CHANNEL, "        self.counter.tripped = 0\n", "", T_DEVICE),
    Edit(CHANNEL, "        self._count()\n        try:", "        try:", T_CHANNEL),
    Edit(
        CHANNEL,
        "        self._set_trips()\n        self.contact.drive",
        "        self.contact.drive",
        T_CHANNEL,
    ),
    Edit(
        CHANNEL,
        "            self.limiter.raise_limit(stops)\n            self._set_trips()\n",
        "            self.limiter.raise_limit(stops)\n",
        T_CHANNEL,
    ),
    Edit(CHANNEL, "            if self.counter.tripped:\n", "            if False:\n", T_CHANNEL),
    Edit(CHANNEL, "before = self._seen - self.limiter", "before = -self.limiter", T_CHANNEL),
    Edit(CHANNEL, "        elif self.lease.session:\n", "        elif session:\n", T_CHANNEL),
    Edit(
        CHANNEL,
        "if self.contact.wanted or self.contact.made:",
        "if self.contact.wanted:",
        T_CHANNEL,
    ),
    Edit(
        CHANNEL,
        "        if self.lease.session:\n            self.why",
        "        if True:\n            self.why",
        T_CHANNEL,
    ),
    Edit(CHANNEL, "        self.lease.give_up()\n", "", T_SWEEP),
    Edit(
        CHANNEL, "        self.counter.trip = self.counter.slow_trip = pulses.NEVER\n", "", T_SWEEP
    ),
    Edit(CHANNEL, "now_us - self._lifted_us < NOZZLE_US", "False", T_CHANNEL),
    Edit(
        CHANNEL,
        "        if not healthy:\n",
        "        if not healthy and self.contact.wanted:\n",
        T_CHANNEL,
    ),
    Edit(CHANNEL, "elif self.contact.wanted and not self.lifted:", "elif False:", T_CHANNEL),
    Edit(
        CHANNEL, "if self.lease.session and not self.lease.fresh(now_us):", "if False:", T_CHANNEL
    ),
    Edit(CHANNEL, "        if self.counter.fault:\n", "        if False:\n", T_CHANNEL),
    Edit(CHANNEL, "if self.contact.wanted and self.counter.tripped:", "if False:", T_DEVICE),
    Edit(CHANNEL, "self.fault = self.fault or fault", "self.fault = fault", T_CHANNEL),
    Edit(CHANNEL, "if self.contact.settled(at_us):", "if not self.contact.wanted:", T_CHANNEL),
    Edit(CHANNEL, "0 if self.contact.noisy(now_us) else ", "", T_CHANNEL),
]
