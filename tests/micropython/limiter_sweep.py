"""Every event in every state of the limiter, folded into one number. Runs anywhere."""

import lines

from firmware.guard.limiter import Limiter
from firmware.guard.stops import Stops

COUNTS = (0, 1, 2, 3, 7)
EVENTS = [(name, pulses) for name in ("add", "open", "raise_limit") for pulses in (-1, 0, 1, 2, 7)]
EVENTS.append(("shut", 0))


def state(limit: int, counted: int, shut: int) -> Limiter:
    limiter = Limiter()
    limiter.add(counted, 0)
    if limit > counted:
        limiter.open(Stops(limit))
        if shut:
            limiter.shut("swept")
    return limiter


def outcome(limiter: Limiter, name: str, pulses: int) -> str:
    try:
        if name == "add":
            answer = str(limiter.add(pulses, 20_000))
        elif name == "shut":
            answer = str(limiter.shut("event"))
        else:
            answer = str(getattr(limiter, name)(Stops(pulses)))
    except ValueError as error:
        answer = str(error)
    return f"{answer} {limiter.is_open} {limiter.pulses_total} {limiter.limit_pulses}"


def sweep() -> str:
    digest = swept = 0
    for limit in COUNTS:
        for counted in COUNTS:
            for shut in (0, 1):
                for name, pulses in EVENTS:
                    for character in outcome(state(limit, counted, shut), name, pulses):
                        digest = (digest * 31 + ord(character)) % 1_000_003
                    swept += 1
    return f"{swept} cases, digest {digest}"


lines.write(sweep())
