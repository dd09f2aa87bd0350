"""A start after a power cut, again and again: `python recoverer.py BASE STATE...`.

Each state folder is opened, recovered and closed, as a gateway would with the keys of BASE.
"""

import logging
import sys
from pathlib import Path

from gateway.runtime.recovering import recover
from tests.power.place import UPTIME_MS, config_of, opened
from tests.power.saying import say, say_promises


def main(base: Path, states: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    say_promises()
    for state in states:
        say(enter=state)
        config = config_of(base, Path(state))
        with opened(config) as (shelf, wall):
            recover(shelf, config, wall, UPTIME_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
