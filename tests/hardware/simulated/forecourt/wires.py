"""Which pin is what at the first pump, and how a forecourt is started."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Forecourt

Start = Callable[..., "Forecourt"]
MS = 1_000_000
NOZZLE, PULSER, ENABLE_BACK, TIMER_BACK, STOP = 3, 25, 22, 23, 4
