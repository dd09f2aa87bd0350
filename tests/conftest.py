"""What all tests share."""

import signal

import pytest
from hypothesis import HealthCheck, settings

# No check of wall time: a busy machine is no bug. The same commit gets the same answer;
# `./takar test --long` looks further, with examples of its own.
settings.register_profile(
    "usual", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long", deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


def pytest_configure() -> None:
    """What nohup or a job in the background ignores, all that is started here would ignore too."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
