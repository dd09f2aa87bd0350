"""Small wrong edits of what counts, talks and keeps, in firmware/guard."""

from tests.mutations.runner import Edit

PULSES, CONTACT, TICKS = "pulses.py", "contact.py", "ticks.py"
PROTOCOL, CODEC, RECORD, KEEPER = "protocol.py", "codec.py", "record.py", "keeper.py"
DEVICE, ORDERS, BOOTS, FLASHING = "device.py", "orders.py", "boots.py", "flashing.py"
T_PULSES = "test_pulses.py"
T_CHANNEL, T_TICKS = "test_channel.py", "test_ticks.py"
T_PROTOCOL, T_MESSAGES, T_RECORD = "test_protocol.py", "test_messages.py", "test_record.py"
T_KEEPER, T_DEVICE, T_FLASHING = "test_keeper.py", "test_device.py", "test_flashing.py"

EDITS = [
    Edit(PULSES, "& MASK < self.gap_us", "& MASK <= self.gap_us", T_PULSES),
    Edit(PULSES, "raw_us - self.last_us & MASK <", "raw_us - self.last_us <", T_PULSES),
    Edit(PULSES, "            self._bounces -= 1", "            self._bounces = 0", T_PULSES),
    Edit(PULSES, "counted == self.trip or self.fault", "counted == self.trip", T_PULSES),
    Edit(PULSES, "return 0 if count == MASK else count + 1", "return count + 1", T_PULSES),
    Edit(PULSES, "rose = level > self._level", "rose = level", T_PULSES),
    Edit(PULSES, "self.fault = self.fault or MISSING_CHANNEL", "pass", T_PULSES),
    Edit(PULSES, "1 if rose and moved == 3 else 0", "0", T_PULSES),
    Edit(PULSES, "answer = self._turn(raw_us, 2)", "answer = self._turn(raw_us, 1)", T_PULSES),
    Edit(PULSES, "self.fault = self.fault or NOT_ALTERNATING", "pass", T_PULSES),
    Edit(PULSES, "        else:\n            self._skips = 0\n", "", T_PULSES),
    Edit(
        PULSES, "        self._channel = self._clean = 0\n", "        self._channel = 0\n", T_PULSES
    ),
    Edit(
        PULSES,
        "            self._backwards = 0\n            return",
        "            return",
        T_PULSES,
    ),
    Edit(PULSES, "self.fault = self.fault or REVERSE", "pass", T_PULSES),
    Edit(PULSES, "        self._channel = self._skips", "        self._skips", T_PULSES),
    Edit(PULSES, "= self._skips = self._backwards", "= self._backwards", T_PULSES),
    Edit(PULSES, "self._skips = self._backwards", "self._skips", T_PULSES),
    Edit(CONTACT, "self._changed_us) < CONTACT_US", "self._changed_us) <= CONTACT_US", T_CHANNEL),
    Edit(CONTACT, "WELDED if made else NOT_MADE", "NOT_MADE if made else WELDED", T_CHANNEL),
    Edit(CONTACT, "not self.wanted and ", "", T_KEEPER),
    Edit(CONTACT, "now_us - self._changed_us < NOISE_US", "False", T_CHANNEL),
    Edit(TICKS, "if passed > 0:", "if passed:", T_TICKS),
    Edit(TICKS, "min(0, since(raw_us, self._raw))", "since(raw_us, self._raw)", T_TICKS),
    Edit(PROTOCOL, "len(piece) >= LINE_MAX:", "len(piece) > LINE_MAX:", T_PROTOCOL),
    Edit(PROTOCOL, "byte <= 0x7E", "byte", T_PROTOCOL),
    Edit(PROTOCOL, "len(number) > 5", "len(number) > 6", T_PROTOCOL),
    Edit(PROTOCOL, "- self._next) % SEQUENCES", "- self._next)", T_PROTOCOL),
    Edit(PROTOCOL, 'self._part, self._overlong = b"", False', 'self._part = b""', T_PROTOCOL),
    Edit(PROTOCOL, "if not line and not overlong:", "if False:", T_PROTOCOL),
    Edit(PROTOCOL, "line[-6:-4] != ", "", T_PROTOCOL),
    Edit(CODEC, " or str(int(text)) != text", "", T_MESSAGES),
    Edit(CODEC, "        if key in given:", "        if False:", T_MESSAGES),
    Edit(CODEC, "    if given:", "    if False:", T_MESSAGES),
    Edit(CODEC, "len(text) > self.most or ", "", T_MESSAGES),
    Edit(CODEC, "if len(points) > LAGS_MAX:", "if False:", T_MESSAGES),
    Edit(CODEC, "        if key not in known:", "        if False:", T_MESSAGES),
    Edit(RECORD, "slot, sequence = 1 - self._slot", "slot, sequence = self._slot", T_RECORD),
    Edit(RECORD, "< SEQUENCES // 2", "> SEQUENCES // 2", T_RECORD),
    Edit(RECORD, "or verb != self._verb", "", T_RECORD),
    Edit(KEEPER, 'if self.counts["open"] or self.lost:', "if self.lost:", T_KEEPER),
    Edit(KEEPER, 'self.counts["open"] = 1', 'self.counts["open"] = 0', T_KEEPER),
    Edit(KEEPER, "if not settled and not fram:", "if False:", T_KEEPER),
    Edit(KEEPER, 'or fields["hwm"] < held["hwm"]', "", T_KEEPER),
    Edit(KEEPER, 'and fields["hash"] != held["hash"]', "and False", T_KEEPER),
    Edit(KEEPER, 'if fields["inc"] == held["inc"]:', "if True:", T_KEEPER),
    Edit(KEEPER, "FRAM_US if fram else FLASH_US", "FRAM_US", T_KEEPER),
    Edit(DEVICE, "if wanted[0] and channel.counter.tripped:", "if False:", T_DEVICE),
    Edit(DEVICE, "BAD_FRAMES = 3", "BAD_FRAMES = 4", T_DEVICE),
    Edit(DEVICE, "if now_us - self._bad_us[0] < channel.lease.hold_us:", "if True:", T_DEVICE),
    Edit(DEVICE, "in (channel.limiter.due_us, channel.lease.until_us)", "in (None,)", T_DEVICE),
    Edit(DEVICE, '            self.shut_all("power", now_us)\n', "            pass\n", T_KEEPER),
    Edit(DEVICE, "        if failing == self._failing:\n            return\n", "", T_KEEPER),
    Edit(DEVICE, 'channel.fail("totaliser_lost", 0)', "pass", T_KEEPER),
    Edit(DEVICE, "if settled and self.greeted:", "if settled:", T_FLASHING),
    Edit(DEVICE, "self._before[pump] + channel.backwards,\n", "channel.backwards,\n", T_KEEPER),
    Edit(ORDERS, 'if fields["host"] != self._host:', "if False:", T_DEVICE),
    Edit(ORDERS, "if not self._host and verb not in BEFORE_HELLO:", "if False:", T_DEVICE),
    Edit(ORDERS, 'if fields["v"] != VERSION:', 'if fields["v"] > VERSION:', T_DEVICE),
    Edit(ORDERS, "            self._host = 0\n", "", T_DEVICE),
    Edit(ORDERS, "if not self._device.settled(now_us):", "if False:", T_FLASHING),
    Edit(ORDERS, "if self._device.flashing.busy:", "if False:", T_FLASHING),
    Edit(
        ORDERS,
        "                self._device.keeper.open_fill()\n",
        "                pass\n",
        T_KEEPER,
    ),
    Edit(
        BOOTS,
        '        if self._now["tried"]:\n            self._save(self._now["good"]',
        '        if False:\n            self._save(self._now["good"]',
        T_FLASHING,
    ),
    Edit(BOOTS, 'self._save(self._now["good"], self._now["trial"], 1)', "pass", T_FLASHING),
    Edit(FLASHING, " or hexlify(digest.digest()).decode() != self._sha", "", T_FLASHING),
    Edit(FLASHING, " or sha != self._whole()", "", T_FLASHING),
    Edit(FLASHING, "number != len(self._files) or ", "", T_FLASHING),
    Edit(
        FLASHING, '        if at + len(piece) == self._at:\n            return ""\n', "", T_FLASHING
    ),
    Edit(FLASHING, "or at + len(piece) > self._size", "", T_FLASHING),
    Edit(FLASHING, 'or part.startswith(".")', "", T_FLASHING),
]
