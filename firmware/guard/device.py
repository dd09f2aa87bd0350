"""The whole co-processor, without its silicon: two pumps, one host, and what outlives power.

The main loop calls `turn` with `ticks_us` and comes back after as many microseconds as it
answers, or sooner. All that may happen to a valve happens in there, or in a pulser's interrupt.
"""

from firmware.guard import protocol
from firmware.guard.boots import Boots
from firmware.guard.channel import Channel
from firmware.guard.codec import Fields, text
from firmware.guard.flashing import Flashing
from firmware.guard.keeper import Keeper
from firmware.guard.messages import NUMBER_32, PUMPS, TO_HOST, VERSION
from firmware.guard.orders import Orders
from firmware.guard.port import Board
from firmware.guard.ticks import Ticks

TICK_US = 5_000
"""The longest between two turns."""
BUSY_US, IDLE_US = 100_000, 500_000
"""A pump's state is told so often while it is open or settling, and otherwise."""
BAD_FRAMES = 3
"""So many within a lease shut its pump: the line cannot be trusted with a stop."""


class Device:
    """Shut, with everything read from the slots, and ready for its first `turn`."""

    def __init__(self, board: Board, raw_us: int = 0) -> None:
        self._board = board
        for pump in PUMPS:
            board.drive(pump, contact=False, slow=False)
        self._ticks = Ticks(raw_us)
        self.boots = Boots(board)
        self.flashing = Flashing(board, self.boots)
        self.keeper = Keeper(board)
        counts = self.keeper.counts
        self.channels = {pump: Channel(counts[f"n{pump}"], self._ticks) for pump in PUMPS}
        for pump, channel in self.channels.items():
            wrong = self.keeper.wrong(pump)
            if wrong:
                channel.fail(wrong, 0)
        self._before = {pump: counts[f"rev{pump}"] for pump in PUMPS}
        self.parser = protocol.Parser()
        self._orders = Orders(self, board)
        self._sequence = 0
        self._bad_us = [-IDLE_US * 10] * BAD_FRAMES
        self._driven = dict.fromkeys(PUMPS, (False, False))
        self._told: dict[int, Fields] = {}
        self._looked_us = -TICK_US
        self._told_us = dict.fromkeys(PUMPS, 0)
        self._failing = False
        self.greeted = False
        """A host of this version was here: the firmware that runs is proven."""
        self.tell_birth()

    def turn(self, raw_us: int) -> int:
        """Do all that is due; microseconds until the next turn is, 0 to TICK_US."""
        board = self._board
        now_us = self._ticks.advance(raw_us)
        board.feed_watchdog()
        healthy = board.stop_healthy()
        for pump, channel in self.channels.items():
            for edge_us, levels in board.edges(pump):
                channel.edge(edge_us, levels)
            channel.look(
                now_us, made=board.readback(pump), lifted=board.nozzle(pump), healthy=healthy
            )
            channel.turn(now_us)
            self._drive(pump, channel)
        self._listen(now_us)
        self._watch_power(now_us)
        for pump, channel in self.channels.items():
            self._drive(pump, channel)
        if now_us - self._looked_us >= TICK_US:
            # A board may turn more often; what a look creates is the collector's to clear.
            self._looked_us = now_us
            for pump in PUMPS:
                self._tell(pump, now_us)
            self._keep(now_us)
        return self._wait_us(now_us)

    def settled(self, now_us: int) -> bool:
        """Whether nothing should flow at any pump: the only time to write flash."""
        return all(channel.contact.settled(now_us) for channel in self.channels.values())

    def shut_all(self, why: str, now_us: int) -> None:
        for channel in self.channels.values():
            channel.shut(why, now_us)

    def say(self, verb: str, fields: Fields) -> None:
        """Send a message."""
        self._board.write_line(protocol.frame(self._sequence, text(TO_HOST, verb, fields)))
        self._sequence = (self._sequence + 1) % protocol.SEQUENCES

    def tell_birth(self) -> None:
        board = self._board
        self.say(
            "birth",
            {
                "v": VERSION,
                "fw": board.firmware,
                "id": board.id,
                "boot": self.keeper.counts["boot"],
                "why": board.reset,
                "keep": board.keeps,
                "slot": self.boots.running,
            },
        )

    def tell_states(self) -> None:
        """Tell both pumps' states in this turn, changed or not."""
        self._told = {}

    def _listen(self, now_us: int) -> None:
        bad = self.parser.bad
        for sequence, line in self.parser.feed(self._board.read_bytes()):
            why = self._orders.obey(line, now_us)
            self._looked_us = now_us - TICK_US  # what it changed is told in this turn
            answer: Fields = {"re": sequence}
            if why:
                answer["why"] = why
            self.say("no" if why else "ok", answer)
        for _ in range(min(self.parser.bad - bad, BAD_FRAMES)):
            self._bad_us.pop(0)
            self._bad_us.append(now_us)
        if self.parser.bad != bad:
            for channel in self.channels.values():
                if now_us - self._bad_us[0] < channel.lease.hold_us:
                    channel.shut("noise", now_us)

    def _drive(self, pump: int, channel: Channel) -> None:
        wanted = channel.contact.wanted, channel.limiter.slow
        if wanted == self._driven[pump]:
            return
        self._driven[pump] = wanted
        self._board.drive(pump, contact=wanted[0], slow=wanted[1])
        if wanted[0] and channel.counter.tripped:
            # The pulse that reached the limit came in between; its interrupt broke the contact.
            self._board.drive(pump, contact=False, slow=wanted[1])

    def _watch_power(self, now_us: int) -> None:
        """Shut and save while what is left of the supply lasts; once each time it fails."""
        failing = self._board.power_failing()
        if failing:
            self.shut_all("power", now_us)
        if failing == self._failing:
            return
        self._failing = failing
        if not failing:
            return
        for pump, channel in self.channels.items():
            self._drive(pump, channel)
        self.save(now_us)

    def save(self, now_us: int) -> None:
        """Write every count as it is now; with every valve shut."""
        self._count()
        self.keeper.save_now(settled=self.settled(now_us))

    def _count(self) -> None:
        counts = self.keeper.counts
        for pump, channel in self.channels.items():
            counts[f"n{pump}"] = channel.limiter.pulses_total
            counts[f"rev{pump}"] = self._before[pump] + channel.backwards

    def _keep(self, now_us: int) -> None:
        settled = self.settled(now_us)
        self._count()
        self.keeper.tend(now_us, settled=settled)
        if settled and self.greeted:
            self.boots.prove()

    def _state(self, pump: int) -> Fields:
        channel = self.channels[pump]
        limiter = channel.limiter
        return {
            "s": channel.session,
            "lim": limiter.limit_pulses,
            "armed": int(channel.lease.session != 0),
            "open": int(channel.contact.wanted),
            "slow": int(limiter.slow),
            "made": int(channel.contact.made),
            "noz": int(channel.lifted),
            "stop": int(not channel.healthy),
            "why": channel.why,
            "at": limiter.stopped_pulses,
            "fault": channel.fault,
            "unc": self.keeper.counts["unc"],
            "gap": self.keeper.counts["gap"],
        }

    def _tell(self, pump: int, now_us: int) -> None:
        channel, state = self.channels[pump], self._state(pump)
        often = channel.contact.wanted or not channel.contact.settled(now_us)
        due_us = self._told_us[pump] + (BUSY_US if often else IDLE_US)
        if state == self._told.get(pump) and now_us < due_us:
            return
        self._told[pump] = state
        self._told_us[pump] = now_us
        limiter = channel.limiter
        rate_mhz = limiter.rate_mhz if limiter.is_open else limiter.stopped_rate_mhz
        counts: Fields = {
            "p": pump,
            "n": limiter.pulses_total,
            "rev": self._before[pump] + channel.backwards,
            "stray": channel.stray,
            "rate": min(rate_mhz, NUMBER_32),
        }
        counts.update(state)
        self.say("state", counts)

    def _wait_us(self, now_us: int) -> int:
        wait_us = TICK_US
        for channel in self.channels.values():
            for due_us in (channel.limiter.due_us, channel.lease.until_us):
                if due_us is not None and now_us < due_us < now_us + wait_us:
                    wait_us = due_us - now_us
        return wait_us
