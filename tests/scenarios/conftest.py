"""The same stations as for the faults."""

from tests.faults.conftest import (  # noqa: F401
    make_station,
    offline,
    start_mosquitto,
    template,
    template_of_two,
)
