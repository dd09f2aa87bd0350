"""A long walk through the limiter's events, every step folded into one number. Runs anywhere."""

import lines

from firmware.guard.limiter import Limiter
from firmware.guard.stops import Stops

STEPS = 4000
MODULUS = 1_000_003


class Draws:
    """The same numbers anywhere, small enough for MicroPython to add without a big one."""

    def __init__(self) -> None:
        self.state = 1

    def below(self, bound: int) -> int:
        self.state = (self.state * 1103 + 12_345) % MODULUS
        return self.state % bound


def stops(draws: Draws, counted: int) -> Stops:
    limit = counted + draws.below(60)
    slow = None if draws.below(2) else limit - draws.below(20)
    dose = None if draws.below(2) else limit - draws.below(10)
    lags = ((1000 + draws.below(9000), 50_000), (20_000 + draws.below(70_000), 250_000))
    return Stops(limit, slow, 5000, 200_000, dose, lags)


def step(limiter: Limiter, draws: Draws, now_us: int) -> object:
    """One event, mostly pulses."""
    what = draws.below(40)
    try:
        if what == 0:
            return limiter.shut("walk")
        if what == 1:
            return limiter.raise_limit(stops(draws, limiter.pulses_total))  # type: ignore[func-returns-value]
        if what < 8:
            return limiter.open(stops(draws, limiter.pulses_total))  # type: ignore[func-returns-value]
        if what < 16:
            return limiter.tick(now_us)
        return limiter.add(draws.below(9) // 4 - (what == 39), now_us)
    except ValueError as error:
        return error


def walk() -> str:
    limiter, draws = Limiter(), Draws()
    digest = now_us = errors = shuts = 0
    for _ in range(STEPS):
        now_us += 200 + draws.below(60_000)
        answer = step(limiter, draws, now_us)
        errors += isinstance(answer, ValueError)
        shuts += answer is True
        seen = (
            f"{answer} {limiter.is_open} {limiter.pulses_total} {limiter.limit_pulses} "
            + f"{limiter.slow} {limiter.due_us} {limiter.shut_reason} {limiter.stopped_pulses} "
            + f"{limiter.rate_mhz}"
        )
        for character in seen:
            digest = (digest * 31 + ord(character)) % MODULUS
    return f"{STEPS} steps, {shuts} stops, {errors} errors, digest {digest}"


lines.write(walk())
